"""Plays a rate trace on a shaped network: rates in MB/s that hold from their second on (docs/formats.md, "Rate traces", CSV); 0 is a cut.

    trace = read_trace("trace.csv")
    with ShapedNetwork(trace[0][1]) as network, TracePlayer(network, trace):
        ...                                # the rates change meanwhile, in a thread

As a command: trace_player.py [--emulator FILE] [--rtt MS] TRACE SITE COMMAND... runs a command while the trace is played, over and over.
"""
import argparse
import csv
import pathlib
import sys
import threading
import time

import shaped_network


def read_trace(path):
    """[(seconds from the start, MB/s), ...] of a CSV file as `dsc trace` writes it, with or without its header."""
    trace = []
    with open(path, newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if number == 1 and row == ["seconds", "megabytes_per_second"]:
                continue
            try:
                moment, rate = map(float, row)
            except ValueError:
                raise ValueError(f"{path}:{number}: two numbers are needed, seconds and MB/s, but it is {','.join(row)!r}") from None
            if not (0 <= rate < float("inf")) or (trace and moment <= trace[-1][0]):
                raise ValueError(f"{path}:{number}: times must increase, and rates be at least 0")
            trace.append((moment, rate))
    if not trace:
        raise ValueError(f"{path}: there is no rate in it")
    return [(moment - trace[0][0], rate) for moment, rate in trace]


def duration(trace):
    """The last rate holds as long as the one before it; one second where it is alone."""
    return trace[-1][0] + (trace[-1][0] - trace[-2][0] if len(trace) > 1 else 1)


class TracePlayer:
    """Sets the rates of `network` from the start of the block on, until its end. `changes` is [(monotonic time, MB/s), ...] so far."""

    def __init__(self, network, trace, loop=True):
        self.network, self.trace, self.loop = network, trace, loop
        self.changes = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._problem = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        if self._problem:
            raise self._problem

    def wait(self):
        """Until the trace has ended; never where it loops."""
        self._thread.join()

    def _play(self):
        try:
            round_start = time.monotonic()
            while not self._end.is_set():
                for moment, rate in self.trace:
                    if self._end.wait(max(0.0, round_start + moment - time.monotonic())):
                        return
                    self.network.set_rate(rate)
                    self.changes.append((time.monotonic(), rate))
                round_start += duration(self.trace)
                if self._end.wait(max(0.0, round_start - time.monotonic())) or not self.loop:
                    return
        except (RuntimeError, OSError) as problem:
            self._problem = problem


def main():
    parser = argparse.ArgumentParser(description="Runs a command at one end of a link whose rate follows a trace.")
    parser.add_argument("--rtt", type=float, default=0, help="round-trip time in ms")
    parser.add_argument("--emulator", type=pathlib.Path, help="dsc_link_emulator, for a round-trip time")
    parser.add_argument("trace", help="CSV file: seconds, MB/s")
    parser.add_argument("site", choices=shaped_network.SITES)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if problem := shaped_network.unavailable(options.emulator, delay=bool(options.rtt)):
        print(f"skipped: {problem}")
        return shaped_network.SKIPPED
    with shaped_network.ShapedNetwork(rtt_ms=options.rtt, emulator=options.emulator) as network:
        with TracePlayer(network, read_trace(options.trace)):
            return network.run(options.site, options.command).returncode


if __name__ == "__main__":
    sys.exit(main())
