"""Runs a device against a server over steady links, and over one whose rate jumps, and writes how good its predictions are, and how fast
its choice follows.

usage: accuracy.py --device COMMAND --server COMMAND [options]; see --help

COMMANDs are as chaos.py takes them; lines of the device also have predicted_s. Fails where an answer is wrong or missing; with --strict,
also where the median error of the predictions, after the first requests, is above 5 %, or the choice follows later than it should.
"""
import argparse
import collections
import json
import pathlib
import shlex
import statistics
import sys
import tempfile
import time

import shaped_network
from chaos import Scenario, Stage, local_run, problems_of
from device_run import DeviceRun

STEADY = [(rate, rtt) for rate in (1, 8, 32) for rtt in (0, 10, 50)]
JUMPS = (40, 2, 20, 0, 30)  # MB/s
LEARNING = 10  # requests before predictions count
LARGEST_ERROR = 0.05
FOLLOWS_WITHIN = 3  # requests


def prediction_error(requests):
    """Median of |predicted − observed| / observed over requests that a server answered; None without any."""
    errors = [abs(request.line["predicted_s"] - request.line["total_s"]) / request.line["total_s"] for request in requests
              if not request.line["fell_back"] and request.line["predicted_s"] is not None]
    return statistics.median(errors) if errors else None


def split_of(request):
    """Where it really ran: a device that finished by itself was on its way to be local."""
    return request.line["layers"] if request.line["fell_back"] else request.line["split"]


class Phase:
    """Requests under one condition, told apart by when they began."""

    def __init__(self, name, requests):
        self.name, self.requests = name, requests
        self.splits = [split_of(request) for request in requests]

    @property
    def settled(self):
        """The split that is taken most often in the second half; None without requests."""
        half = self.splits[len(self.splits) // 2:]
        return collections.Counter(half).most_common(1)[0][0] if half else None

    @property
    def settled_after(self):
        """How many requests passed before the first at that split."""
        return self.splits.index(self.settled) if self.splits else None


def run_steady(options, rate, rtt, log):
    scenario = Scenario("steady", f"{rate} MB/s, {rtt} ms", (), 1, rate_MBps=rate, rtt_ms=rtt)
    with Stage(scenario, options.server, options.emulator, log) as stage:
        command = [word.replace("{addresses}", stage.addresses) for word in options.device]
        reference, local_s = local_run(command, options.local_requests, options.timeout)
        with DeviceRun(stage.network, command) as device:
            device.wait_for(LEARNING + options.requests, options.timeout)
        requests = list(device.requests)
        return requests, list(problems_of(requests, reference, device)), local_s


def run_jumps(options, log):
    scenario = Scenario("jumps", "the rate jumps", (), 1, rate_MBps=JUMPS[0])
    with Stage(scenario, options.server, options.emulator, log) as stage:
        command = [word.replace("{addresses}", stage.addresses) for word in options.device]
        reference, _ = local_run(command, options.local_requests, options.timeout)
        changes = []
        with DeviceRun(stage.network, command) as device:
            device.wait_for(LEARNING, options.timeout)
            for rate in JUMPS:
                stage.network.set_rate(rate)
                changes.append(time.monotonic())
                device.wait_for(len(device.requests) + options.requests, options.timeout)
        requests = list(device.requests)
        phases = []
        for rate, start, end in zip(JUMPS, changes, [*changes[1:], float("inf")]):
            phases.append(Phase(f"{rate} MB/s", [request for request in requests if start <= request.started < end]))
        return phases, list(problems_of(requests, reference, device))


def main(arguments=None):
    parser = argparse.ArgumentParser(description="How good a device's predictions are on steady links, and how fast it follows a jump.")
    parser.add_argument("--device", type=shlex.split, required=True, help="command line of the device, with {addresses}")
    parser.add_argument("--server", type=shlex.split, required=True, help="command line of a server, with {address}")
    parser.add_argument("--emulator", type=pathlib.Path, help="dsc_link_emulator, for round-trip times")
    parser.add_argument("--requests", type=int, default=20, help="that count, for each condition")
    parser.add_argument("--local-requests", type=int, default=10)
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one condition")
    parser.add_argument("--conditions", default="", help="steady ones to run, as 8/10,32/0 for MB/s and ms; without, all nine")
    parser.add_argument("--strict", action="store_true", help="fail also for predictions and choices that are not good enough")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="Markdown file of the tables")
    parser.add_argument("--json", type=pathlib.Path, help="JSON file of all figures")
    options = parser.parse_args(arguments)
    if problem := shaped_network.unavailable():
        print(f"skipped: {problem}")
        return shaped_network.SKIPPED
    no_delay = shaped_network.unavailable(options.emulator, delay=True)
    chosen = [tuple(map(float, pair.split("/"))) for pair in options.conditions.split(",") if pair] or STEADY
    problems, misses, figures = [], [], []
    rows = ["| rate | round trip | requests | split | error of predictions, median | latency, of local |", "| --- |" + " --- |" * 5]
    for rate, rtt in chosen:
        if rtt and no_delay:
            rows.append(f"| {rate:g} MB/s | {rtt:g} ms | skipped: {no_delay} |" + " |" * 3)
            continue
        with tempfile.NamedTemporaryFile() as log:
            requests, wrong, local_s = run_steady(options, rate, rtt, log.name)
        counted = requests[LEARNING:]
        error, split = prediction_error(counted), Phase("", counted).settled
        latency = statistics.median(request.line["total_s"] for request in counted) / local_s if counted else float("nan")
        rows.append(f"| {rate:g} MB/s | {rtt:g} ms | {len(counted)} | {split} | {'–' if error is None else f'{error:.1%}'} | {latency:.2f} |")
        print(rows[-1], *wrong, flush=True)
        problems += wrong
        if error is not None and error > LARGEST_ERROR:
            misses.append(f"at {rate:g} MB/s and {rtt:g} ms predictions are off by {error:.1%} in the median")
        figures.append({"MBps": rate, "rtt_ms": rtt, "split": split, "error": error, "of_local": latency})
    with tempfile.NamedTemporaryFile() as log:
        phases, wrong = run_jumps(options, log.name)
    problems += wrong
    rows += ["", "| rate | requests | splits | settled after |", "| --- | --- | --- | --- |"]
    for phase in phases:
        follows = phase.settled_after
        rows.append(f"| {phase.name} | {len(phase.splits)} | {' '.join(map(str, phase.splits))} | {follows} requests |")
        if follows is None or follows > FOLLOWS_WITHIN:
            misses.append(f"after the jump to {phase.name} the choice settles after {follows} requests")
        figures.append({"phase": phase.name, "splits": phase.splits, "settled_after": follows})
    text = "\n".join(rows) + "\n"
    print(text, *problems, *misses, sep="\n")
    if options.output:
        options.output.write_text(text)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if problems or (options.strict and misses) else 0


if __name__ == "__main__":
    sys.exit(main())
