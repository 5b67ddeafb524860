"""Dynamic split computing by brute force: what the program's tables must hold, recomputed from the profiles, every split in every state.

The words are the library's: a split l leaves l layers on the device (head) and the rest on the server (tail); 0 is full offloading, L is
no offloading. Nothing here is fast or clever, and nothing is shared with the program.
"""
import math
import re

PAPER_SLOWDOWN = 13.45 / 2.37  # TFLOP/s of the paper's server over those of its device
FLOAT32_BYTES = 4
INPUT_ELEMENT_BYTES = {"float32": FLOAT32_BYTES, "uint8": 1}
BLOCK = re.compile(r"features\.\d+\.\d+")


def is_block(layer_name):
    """EfficientNet's blocks are numbered inside their stage; stem, head convolution, pool and classifier are not."""
    return BLOCK.fullmatch(layer_name) is not None


# Sizes


def natural_bottlenecks(ratios):
    """The splits of some layers whose output is smaller than the input; `ratios` has c_l by split."""
    return [split for split, ratio in sorted(ratios.items()) if ratio < 1]


def compressive_bottlenecks(ratios):
    """The natural bottlenecks that are smaller than every earlier one."""
    natural = natural_bottlenecks(ratios)
    return [split for split in natural if all(ratios[split] < ratios[earlier] for earlier in natural if earlier < split)]


# Times


def between_batches(batches, times, batch):
    """A time at any batch size, from those at the measured ones: linear between two neighbours, and beyond the ends along the two nearest."""
    if batch in batches:
        return times[batches.index(batch)]
    if len(batches) == 1:
        return times[0] * batch / batches[0]
    later = [i for i, measured in enumerate(batches) if measured > batch]
    high = min(max(later[0], 1) if later else len(batches) - 1, len(batches) - 1)
    slope = (times[high] - times[high - 1]) / (batches[high] - batches[high - 1])
    return max(0.0, times[high - 1] + slope * (batch - batches[high - 1]))


class Profile:
    """Times and sizes of one model at one site, as in dsc.profile/1."""

    def __init__(self, document):
        self.model = document["model"]
        self.input_elements = document["input_bytes"] // FLOAT32_BYTES
        self.names = [layer["name"] for layer in document["layers"]]
        self.output_bytes = [layer["output_bytes"] for layer in document["layers"]]
        self.batches = document["batches"]
        self.prefixes = document["prefix_seconds"]
        self.suffixes = document.get("suffix_seconds") or [[max(0.0, prefix[-1] - time) for time in prefix] for prefix in self.prefixes]

    def prefix(self, split, batch):
        return between_batches(self.batches, [times[split] for times in self.prefixes], batch)

    def suffix(self, split, batch):
        return between_batches(self.batches, [times[split] for times in self.suffixes], batch)


class Sites:
    """A server as it was measured and a device that takes `slowdown` times as long. With `single_samples` a batch of any size takes either of
    them as long as one sample, and only the channel feels it."""

    def __init__(self, profile, input_type, slowdown=PAPER_SLOWDOWN, single_samples=False):
        self.profile = profile
        self.slowdown = slowdown
        self.single_samples = single_samples
        self.layers = len(profile.names)
        self.bytes = [profile.input_elements * INPUT_ELEMENT_BYTES[input_type], *profile.output_bytes]
        self.times_before, self.candidates_before = {}, {}

    def head_and_tail(self, split, batch):
        key = split, 1 if self.single_samples else batch
        if key not in self.times_before:
            self.times_before[key] = self.slowdown * self.profile.prefix(*key), self.profile.suffix(*key)
        return self.times_before[key]

    def latency(self, split, state):
        """T(l; B, r) in seconds; endless where something must be sent and the rate is 0."""
        head, tail = self.head_and_tail(split, state.batch)
        if split == self.layers:
            return head
        transfer = state.batch * self.bytes[split] / (state.rate_MBps * 1e6) if state.rate_MBps > 0 else math.inf
        return head + transfer + state.queue + state.slowdown * tail

    def latencies(self, state):
        """By split, 0 to L."""
        return [self.latency(split, state) for split in range(self.layers + 1)]

    def ratios_of_blocks(self):
        return {split: self.bytes[split] / self.bytes[0] for split, name in enumerate(self.profile.names, start=1) if is_block(name)}

    def candidates(self, kind):
        """Ascending: the paper's, or every split."""
        if kind not in self.candidates_before:
            self.candidates_before[kind] = ([0, *compressive_bottlenecks(self.ratios_of_blocks()), self.layers] if kind == "paper" else
                                            list(range(self.layers + 1)))
        return self.candidates_before[kind]


class State:
    """What a decision depends on: batch size, rate, and the server's slowdown and queueing delay in seconds."""

    def __init__(self, batch, rate_MBps, slowdown=1.0, queue=0.0):
        self.batch = batch
        self.rate_MBps = rate_MBps
        self.slowdown = slowdown
        self.queue = queue


# Decisions


def best_split(latencies, candidates):
    """The candidate with the smallest latency; the smallest one of several."""
    return min(candidates, key=lambda split: (latencies[split], split))


def tied_with_best(latencies, candidates, tolerance=1e-12):
    """The candidates that rounding alone may keep from the smallest latency."""
    least = min(latencies[split] for split in candidates)
    return [split for split in candidates if latencies[split] <= least * (1 + tolerance)]


class Gains:
    """Dynamic split computing against every static split over some states."""

    def __init__(self, sites, candidates, states):
        self.states = len(states)
        self.sites = sites
        self.candidates = candidates
        self.latencies = [sites.latencies(state) for state in states]
        self.taken = [best_split(latencies, candidates) for latencies in self.latencies]
        self.dynamic = [latencies[split] for latencies, split in zip(self.latencies, self.taken)]
        self.mean = math.fsum(self.dynamic) / self.states
        self.static_means = {split: self.static_mean(split) for split in range(sites.layers + 1)}
        self.best_static = min(candidates, key=lambda split: (self.static_means[split], split))

    def static_mean(self, split):
        times = [latencies[split] for latencies in self.latencies]
        return math.inf if math.inf in times else math.fsum(times) / self.states

    def gain_percent(self, split):
        """The mean over the states of what dynamic split computing saves of a static split's latency; all of it where that is endless."""
        return gain_percent(self.dynamic, [latencies[split] for latencies in self.latencies])

    def share(self, split):
        return self.taken.count(split) / self.states

    def winners(self):
        """The splits that are taken in some state, without 0 and L."""
        return sorted(set(self.taken) - {0, self.sites.layers})

    def real_share(self):
        return sum(0 < split < self.sites.layers for split in self.taken) / self.states

    def switches(self):
        return sum(now != before for before, now in zip(self.taken, self.taken[1:]))


def gain_percent(dynamic, static):
    return 100 * math.fsum(map(saved, dynamic, static)) / len(dynamic)


def saved(fast, slow):
    """The share of a latency that is saved; none of no time at all."""
    return 0.0 if slow == 0 else 1.0 if slow == math.inf else (slow - fast) / slow
