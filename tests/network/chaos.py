"""Runs a device against a server over a network that breaks, scenario by scenario, and writes a table of what it cost.

usage: chaos.py --device COMMAND --server COMMAND [options]; see --help

COMMANDs are lines whose words are split as a shell does. In the server's, {address} is where it shall listen; in the device's,
{addresses} are the servers, separated by commas. The device prints a line of JSON for each request and ends with its input, as
device_run.py tells; with --local at its end it uses no server: its answers then are the reference, its median time the unit.

What makes a run fail: a request that was not answered exactly once, an answer that differs from the undivided network's by a bit, a
device that ends by itself. With --strict, also what is slower than it should be. Exit code 77: such a network cannot be made here.
"""
import argparse
import collections
import dataclasses
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import shaped_network
from device_run import DeviceRun
from shaped_network import SERVER_ADDRESS, LineController, ShapedNetwork
from supervisor import Supervised, listening_ports, slope

HERE = pathlib.Path(__file__).resolve().parent
PORTS = {"first": 7000, "second": 7001, "proxy": 7100, "bad": 7200}

# Bounds of --strict, and of the marks in the table.
NOTICED_WITHIN_S = 1.0
BACK_WITHIN_S = 3.0
GROWTH_KB = 8192  # of the device's memory over the second half of a run

FAULT, RECOVERY = "fault", "recovery"


@dataclasses.dataclass(frozen=True)
class Event:
    at: float  # seconds from the start of each cycle
    action: str  # kill, pause, resume, restart (each with first or second); cut; restore; rate MBPS; proxy MODE; bad MODE
    marks: str = ""  # FAULT: from here on a dead peer is to be noticed; RECOVERY: from here on, remote answers are due again


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    story: str
    events: tuple
    period: float  # seconds; the events are repeated until there are enough requests
    rate_MBps: float = 32
    rtt_ms: float = 0
    loss_percent: float = 0
    front: str = ""  # what the device talks to: the server itself, or "proxy" or "bad" before it
    servers: int = 1


def faster(scenario, times):
    """The same in less time, for a short pass: stories then tell of longer faults than there are."""
    events = tuple(dataclasses.replace(event, at=event.at / times) for event in scenario.events)
    return dataclasses.replace(scenario, events=events, period=scenario.period / times)


def during(begin, end, action, undo):
    return Event(begin, action, FAULT), Event(end, undo, RECOVERY)


def lie(name, story, mode):
    return Scenario(name, story, during(2, 8, f"bad {mode}", "bad pass"), 14, front="bad")


SCENARIOS = [
    Scenario("quiet", "nothing happens", (), 5),
    Scenario("kill", "the server is killed (kill -9) and started again 3 s later", during(2, 5, "kill first", "restart first"), 16),
    Scenario("stop", "the server is stopped (SIGSTOP) for 5 s", during(2, 7, "pause first", "resume first"), 14),
    Scenario("cut", "the link is cut for 0.5, 2 and 8 s",
             (*during(2, 2.5, "cut", "restore"), *during(7, 9, "cut", "restore"), *during(14, 22, "cut", "restore")), 29),
    Scenario("loss", "2 % of the packets are lost each way, at 50 ms round-trip time", (), 10, rtt_ms=50, loss_percent=2),
    Scenario("drop", "the rate falls from 32 to 1 MB/s for 6 s", (Event(3, "rate 1"), Event(9, "rate 32", RECOVERY)), 14),
    Scenario("reset", "connections are reset in mid-transfer, each after 300 kB", during(2, 6, "proxy rst_after 300000", "proxy pass"),
             11, front="proxy"),
    Scenario("half", "connections end in mid-message, each after 300 kB", during(2, 6, "proxy cut_after 300000", "proxy pass"), 11,
             front="proxy"),
    Scenario("stall", "nothing passes for 4 s, connections stay open", during(2, 6, "proxy stall", "proxy pass"), 11, front="proxy"),
    Scenario("corrupt", "bits of what the server sends are flipped", during(2, 6, "proxy corrupt 64", "proxy pass"), 11, front="proxy"),
    Scenario("refuse", "connections are refused for 4 s", during(2, 6, "proxy refuse", "proxy pass"), 11, front="proxy"),
    lie("garbage", "the server answers bytes that are no message", "garbage"),
    lie("shape", "the server answers the wrong shape", "wrong_shape"),
    lie("type", "the server answers another element type", "wrong_type"),
    lie("model", "the server answers for another model", "other_model"),
    lie("short", "the server's answers lack bytes", "short"),
    lie("never", "the server takes requests and never answers", "never"),
    lie("late", "the server answers after the deadline, 10 s late", "late 10"),
    lie("error", "the server's model crashes (INTERNAL)", "error"),
    # The recovery is the second server's, which is there all the time.
    Scenario("takeover", "the first of two servers is killed for 8 s, the second takes over",
             (Event(2, "kill first", RECOVERY), Event(10, "restart first")), 16, servers=2),
]


class Stage:
    """Network, servers and what stands before them, for one scenario."""

    def __init__(self, scenario, server_command, emulator, log):
        self.scenario, self._command, self._log = scenario, server_command, log
        self.network = ShapedNetwork(scenario.rate_MBps, rtt_ms=scenario.rtt_ms, loss_percent=scenario.loss_percent, emulator=emulator)
        self.servers, self._front = {}, None

    def __enter__(self):
        self.network.__enter__()
        try:
            for name in ("first", "second")[: self.scenario.servers]:
                address = f"{SERVER_ADDRESS}:{PORTS[name]}"
                self.servers[name] = Supervised([word.replace("{address}", address) for word in self._command], self.network,
                                                port=PORTS[name], log=self._log)
                self.servers[name].start()
            if self.scenario.front:
                self._start_front()
        except BaseException:
            self.network.close()
            raise
        return self

    def __exit__(self, *_):
        if self._front:
            self._front.close()
        for server in self.servers.values():
            server.end()
        self.network.close()

    def _start_front(self):
        program = HERE / ("faulty_proxy.py" if self.scenario.front == "proxy" else "bad_server.py")
        address = [f"{SERVER_ADDRESS}:{PORTS[self.scenario.front]}", f"{SERVER_ADDRESS}:{PORTS['first']}"]
        with open(self._log, "ab") as log:
            process = self.network.popen("server", [sys.executable, "-B", program, *address], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=log, text=True)
        self._front = LineController(process, program.name, ready="listening")

    @property
    def addresses(self):
        ports = [PORTS[self.scenario.front]] if self.scenario.front else [server.port for server in self.servers.values()]
        return ",".join(f"{SERVER_ADDRESS}:{port}" for port in ports)

    def do(self, action):
        verb, _, rest = action.partition(" ")
        if verb in ("kill", "pause", "resume"):
            getattr(self.servers[rest], verb)()
        elif verb == "restart":
            self.servers[rest].restart(wait=False)
        elif verb in ("cut", "restore"):
            getattr(self.network, verb)()
        elif verb == "rate":
            self.network.set_rate(float(rest))
        elif verb in ("proxy", "bad") and self.scenario.front == verb:
            self._front.ask(rest)
        else:
            raise ValueError(f"scenario {self.scenario.name} has no action {action!r}")

    def has_happened(self, action):
        """A server that was started again is back when it listens."""
        verb, _, name = action.partition(" ")
        return verb != "restart" or self.servers[name].port in listening_ports(self.servers[name].process.pid)


@dataclasses.dataclass
class Happened:
    time: float
    event: Event


class Timeline:
    """Does a scenario's events when it is time, cycle after cycle."""

    def __init__(self, stage):
        self.stage, self.done = stage, []
        self.start = time.monotonic()
        self.cycles = 0
        self._waiting = list(stage.scenario.events)
        self._pending = []  # begun, but not yet effective

    def advance(self):
        now = time.monotonic()
        for event in [event for event in self._pending if self.stage.has_happened(event.action)]:
            self._pending.remove(event)
            self.done.append(Happened(now, event))
        while self._waiting and now >= self.start + self._waiting[0].at:
            event = self._waiting.pop(0)
            # A fault is what the device sees, so it counts from before it is done; a recovery from when it is.
            before = time.monotonic()
            self.stage.do(event.action)
            if event.marks == RECOVERY and not self.stage.has_happened(event.action):
                self._pending.append(event)
            else:
                self.done.append(Happened(before if event.marks == FAULT else time.monotonic(), event))
        if now >= self.start + self.stage.scenario.period:
            self.start += self.stage.scenario.period
            self.cycles += 1
            self._waiting = list(self.stage.scenario.events)

    def is_at_a_cycles_end(self):
        return not self._waiting and not self._pending and time.monotonic() >= self.start + self.stage.scenario.period - 0.1


def percentile(values, share):
    """The smallest value that at least this share of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else float("nan")


def until_noticed(requests, happened):
    """For each fault: seconds until the first answer without the server; None where it ended before it was noticed, and is no miss."""
    for moment, end in windows(happened, FAULT):
        without = [request for request in requests if request.answered > moment and not request.remote]
        yield without[0].answered - moment if without and without[0].answered <= end else None


def until_back(requests, happened, last):
    """For each recovery: seconds until the first remote answer; infinite where there was none before the next fault or the end."""
    for moment, end in windows(happened, RECOVERY):
        remote = [request for request in requests if request.started > moment and request.remote]
        if remote and remote[0].answered <= end:
            yield remote[0].answered - moment
        elif min(end, last) - moment > BACK_WITHIN_S:
            yield float("inf")


def windows(happened, mark):
    """(moment, moment of the next event of the other mark) of all events with this mark."""
    for at, this in enumerate(happened):
        if this.event.marks == mark:
            later = [other.time for other in happened[at + 1:] if other.event.marks not in ("", mark)]
            yield this.time, later[0] if later else float("inf")


def growth_of_memory(requests):
    """kB by which the device's memory grew over the second half of the run, by the line of least squares."""
    half = [(number, request.line["rss_kb"]) for number, request in enumerate(requests)][len(requests) // 2:]
    return slope(half) * len(half)


def problems_of(requests, reference, device):
    """What must never be, as sentences."""
    count = collections.Counter(request.line["request"] for request in requests)
    missing = sorted(set(range(max(count, default=-1) + 1)) - set(count))
    twice = sorted(number for number, times in count.items() if times > 1)
    if missing:
        yield f"{len(missing)} requests were not answered, {missing[0]} first"
    if twice:
        yield f"{len(twice)} requests were answered twice, {twice[0]} first"
    different = [request.line["request"] for request in requests if request.line["answer_hash"] != reference.get(request.line["input"])]
    if different:
        yield f"{len(different)} answers differ from the undivided network's, request {different[0]} first"
    if device.bad_lines:
        yield f"the device said {device.bad_lines[0]!r}"
    if device.exit_code != 0:
        yield f"the device ended with exit code {device.exit_code}: {device.errors or 'without a word'}"
    if not requests:
        yield "no request was answered"


class Result:
    """What a scenario cost, in the columns of the table."""

    def __init__(self, scenario, reference, local_s, device, happened):
        requests = list(device.requests)
        times = [request.line["total_s"] / local_s for request in requests]
        self.scenario, self.count, self.local_s = scenario, len(requests), local_s
        self.remote = sum(request.remote for request in requests)
        self.fell_back = sum(request.line["fell_back"] for request in requests)
        self.multiples = [percentile(times, share) for share in (50, 95, 99, 100)]
        last = requests[-1].answered if requests else 0
        self.faults = sum(one.event.marks == FAULT for one in happened)
        self.noticed = [seconds for seconds in until_noticed(requests, happened) if seconds is not None]
        self.back = list(until_back(requests, happened, last))
        self.growth_kb = growth_of_memory(requests)
        self.problems = list(problems_of(requests, reference, device))

    @property
    def misses(self):
        if self.noticed and max(self.noticed) > NOTICED_WITHIN_S:
            yield f"noticed only after {max(self.noticed):.2f} s"
        if self.back and max(self.back) > BACK_WITHIN_S:
            yield "never back to remote after a recovery" if max(self.back) == float("inf") else f"back only after {max(self.back):.1f} s"
        if self.growth_kb > GROWTH_KB:
            yield f"memory grew by {self.growth_kb / 1024:.0f} MB over the second half"
        if not self.remote:
            yield "no request was answered by a server"

    def row(self):
        worst = [f"{multiple:.2f}" for multiple in self.multiples]
        noticed = f"{max(self.noticed):.2f} s" if self.noticed else "–"
        back = "–" if not self.back else "never" if max(self.back) == float("inf") else f"{max(self.back):.2f} s"
        verdict = "; ".join([*self.problems, *self.misses]) or "all"
        return [self.scenario.story, str(self.count), str(self.remote), str(self.fell_back), *worst, noticed, back,
                f"{self.growth_kb / 1024:+.1f} MB", verdict]

    def as_json(self):
        return {"scenario": self.scenario.name, "requests": self.count, "remote": self.remote, "fell_back": self.fell_back,
                "local_s": self.local_s, "p50": self.multiples[0], "p95": self.multiples[1], "p99": self.multiples[2],
                "worst": self.multiples[3], "noticed_s": self.noticed, "back_s": self.back, "growth_kb": self.growth_kb,
                "problems": self.problems, "misses": list(self.misses)}


COLUMNS = ["what happens", "requests", "by a server", "finished here", "p50", "p95", "p99", "worst", "noticed", "back", "memory", "held"]


def table(results, skipped):
    """Markdown; times as multiples of the local median."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- |" + " --- |" * (len(COLUMNS) - 1)]
    lines += ["| " + " | ".join(result.row()) + " |" for result in results]
    lines += [f"| {scenario.story} | skipped: {reason} |" + " |" * (len(COLUMNS) - 2) for scenario, reason in skipped]
    return "\n".join(lines) + "\n"


def local_run(device_command, count, timeout):
    """Answers by input, and the median time, of the device alone."""
    with DeviceRun(None, [*device_command, "--local"]) as device:
        if not device.wait_for(count, timeout):
            device.stop()
            raise RuntimeError(f"the device alone answered {len(device.requests)} of {count} requests: {device.errors or 'without a word'}")
    requests = device.requests[1:]  # the first one warms up
    return ({request.line["input"]: request.line["answer_hash"] for request in device.requests},
            statistics.median(request.line["total_s"] for request in requests))


def run_scenario(scenario, options, log):
    with Stage(scenario, options.server, options.emulator, log) as stage:
        command = [word.replace("{addresses}", stage.addresses) for word in options.device]
        reference, local_s = local_run(command, options.local_requests, options.timeout)
        with DeviceRun(stage.network, command) as device:
            if not device.wait_for(1, options.timeout):
                device.stop()
                raise RuntimeError(f"the device answered nothing: {device.errors or 'without a word'}")
            timeline = Timeline(stage)
            end = time.monotonic() + options.timeout
            while device.runs and time.monotonic() < end:
                timeline.advance()
                enough = len(device.requests) >= options.requests and timeline.cycles >= options.cycles - 1
                if enough and timeline.is_at_a_cycles_end():
                    break
                time.sleep(0.005)
        if options.lines:
            with open(options.lines / f"{scenario.name}.jsonl", "w") as file:
                for request in device.requests:
                    file.write(json.dumps({"at": request.answered - device.requests[0].answered, **request.line}) + "\n")
        return Result(scenario, reference, local_s, device, timeline.done)


def parse(arguments):
    parser = argparse.ArgumentParser(description="Runs a device against a server over a network that breaks.")
    parser.add_argument("--device", type=shlex.split, required=True, help="command line of the device, with {addresses}")
    parser.add_argument("--server", type=shlex.split, required=True, help="command line of a server, with {address}")
    parser.add_argument("--emulator", type=pathlib.Path, help="dsc_link_emulator, for delay and loss")
    parser.add_argument("--scenarios", default="", help="names, separated by commas: " + ",".join(one.name for one in SCENARIOS))
    parser.add_argument("--requests", type=int, default=500, help="at least so many in each scenario")
    parser.add_argument("--cycles", type=int, default=1, help="at least so often are a scenario's events done")
    parser.add_argument("--speed", type=float, default=1, help="do all that happens in a scenario so many times as fast")
    parser.add_argument("--local-requests", type=int, default=20, help="for the local median")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one scenario")
    parser.add_argument("--strict", action="store_true", help="fail also for what is slower than it should be")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="Markdown file of the table")
    parser.add_argument("--json", type=pathlib.Path, help="JSON file of all figures")
    parser.add_argument("--lines", type=pathlib.Path, help="folder for all lines of the device")
    options = parser.parse_args(arguments)
    names = [name for name in options.scenarios.split(",") if name]
    known = {scenario.name: faster(scenario, options.speed) for scenario in SCENARIOS}
    for name in names:
        if name not in known:
            parser.error(f"there is no scenario {name}")
    options.chosen = [known[name] for name in names or known]
    return options


def missing_for(scenario, emulator):
    """One sentence on why this scenario cannot be run here, or None."""
    if scenario.rtt_ms or scenario.loss_percent:
        return shaped_network.unavailable(emulator, delay=True)
    if scenario.front == "bad":
        try:
            import bad_server
        except ImportError:
            return "servers that lie need Python's grpcio (Debian: python3-grpcio)"
        return bad_server.unavailable()
    return None


def main(arguments=None):
    options = parse(arguments)
    if problem := shaped_network.unavailable():
        print(f"skipped: {problem}")
        return shaped_network.SKIPPED
    if options.lines:
        options.lines.mkdir(parents=True, exist_ok=True)
    results, skipped, failed = [], [], False
    for scenario in options.chosen:
        if reason := missing_for(scenario, options.emulator):
            skipped.append((scenario, reason))
            continue
        with tempfile.NamedTemporaryFile("r", errors="replace") as log:
            try:
                result = run_scenario(scenario, options, log.name)
            except RuntimeError:
                print(f"{scenario.name}: the servers' last words: {log.read()[-2000:]}", file=sys.stderr)
                raise
            results.append(result)
            print(f"{scenario.name}: " + " | ".join(result.row()), flush=True)
            if result.problems or (options.strict and list(result.misses)):
                failed = True
                print(f"{scenario.name}: the servers' last words: {log.read()[-2000:]}", file=sys.stderr)
    text = table(results, skipped)
    if options.output:
        options.output.write_text(text)
    if options.json:
        options.json.write_text(json.dumps([result.as_json() for result in results], indent=2) + "\n")
    print(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
