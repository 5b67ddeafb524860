#!/usr/bin/env python3
"""Compares the time to parse two headers, side by side: CPU seconds of `-fsyntax-only`, the two in turn, and the median of their ratios.

usage: include_time.py [--compiler g++] [--runs 31] [HEADER OTHER_HEADER]
"""
import argparse
import math
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cpu_seconds(compiler, source):
    before = os.times()
    subprocess.run([compiler, "-std=c++20", f"-I{ROOT / 'include'}", "-fsyntax-only", source], check=True)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def median_interval(values):
    """The median with its 95 % confidence interval by order statistics."""
    values = sorted(values)
    n = len(values)
    reach = math.ceil(0.98 * math.sqrt(n))
    middle = n // 2
    return statistics.median(values), values[max(0, middle - reach)], values[min(n - 1, middle + reach)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("headers", nargs="*", default=["dsc/dsc.hpp", "range/v3/all.hpp"])
    options = parser.parse_args()
    ours, other = options.headers
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for i, header in enumerate((ours, other)):
            sources.append(os.path.join(folder, f"{i}.cpp"))
            pathlib.Path(sources[-1]).write_text(f"#include <{header}>\n", encoding="ascii")
        for source in sources:
            cpu_seconds(options.compiler, source)
        times = [[cpu_seconds(options.compiler, source) for source in sources] for _ in range(options.runs)]
    for header, column in zip((ours, other), zip(*times)):
        print(f"{header}: median {statistics.median(column) * 1e3:.0f} ms over {options.runs} runs ({options.compiler})")
    median, low, high = median_interval([a / b for a, b in times])
    print(f"ratio: median {median:.3f}, 95 % confidence {low:.3f} to {high:.3f}")


if __name__ == "__main__":
    main()
