#!/usr/bin/env python3
"""Fails on what clang-format does not see: long comments and lines, includes against the order of the house, heavy headers in the core,
its details elsewhere, an engine that is known outside of its folder.

usage: tests/check_style.py [ROOT]
"""
import pathlib
import re
import subprocess
import sys

LINE = 120
COMMENT = 100

# What a header in one folder of include/dsc may include, beside the ground floor and its own folder: docs/architecture.md.
FLOW = ["model", "channel", "cost", "plan", "decide", "run"]
MAY_INCLUDE = {room: set(FLOW[:at]) for at, room in enumerate(FLOW)} | {
    "measure": set(FLOW),
    "emulation": {*FLOW, "measure"},
    "evaluate": {*FLOW, "measure", "emulation"},
    "io": {*FLOW, "measure", "evaluate"},
    "testing": {*FLOW, "measure", "emulation", "evaluate"},
}
GROUND = ["fwd", "version", "error", "units", "clock", "shape", "traits", "concepts"]
LOOK_FROM_OUTSIDE = ["dsc", "views"]  # headers of no folder that may include the folders of the flow

FOREIGN = {  # what the core includes in few places or nowhere: header → rooms that may
    r"torch/|ATen/|c10/": set(),
    r"iostream": set(),
    r"nlohmann/": {"io"},
    r"range/v3/": {"views"},
}

# What an engine of the command is made of is included in its folder alone, but for the list of kinds.
COMMAND = pathlib.PurePath("adapters/cli")
ENGINES = {"libtorch": r"dsc/libtorch/|torch/|ATen/|c10/"}
LIST_OF_KINDS = COMMAND / "engines/engine_kinds.cpp"


def tracked(root, *patterns):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    # A release archive has no git: everything but what was built.
    suffixes = {pattern.removeprefix("*") for pattern in patterns}
    return [path for path in root.rglob("*") if path.suffix in suffixes and "build" not in path.relative_to(root).parts[:1]]


def long_lines(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        is_comment = re.match(r"\s*/[/*]", line)
        limit = COMMENT if is_comment else LINE
        if number == 1 and "compile_fail" in path.parts:  # the message that is expected there
            continue
        if len(line) > limit and "http" not in line and 'R"(' not in line:  # neither can be broken
            yield f"{path}:{number}: {'comment' if is_comment else 'line'} of {len(line)} columns; at most {limit}"


def room_of(header):  # "plan/planner.hpp" → "plan"; "units.hpp" → "units"
    return header.split("/")[0].removesuffix(".hpp")


def allowed(source, target):
    """May the header `source` include `target`, both given from include/dsc on?"""
    here, there = room_of(source), room_of(target)
    if here == there or here in LOOK_FROM_OUTSIDE:
        return True
    if there == "detail" or here == "detail":
        return there in GROUND or there == "detail"
    if there in GROUND:
        return here not in GROUND or GROUND.index(there) < GROUND.index(here)
    return there in MAY_INCLUDE.get(here, set())


def includes(path, text, name):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)
        if not match:
            continue
        target = match[1]
        if target.startswith("dsc/") and not allowed(name, target.removeprefix("dsc/")):
            yield f"{path}:{number}: dsc/{name} must not include {target}: includes point to the left, model → channel → cost → plan → decide → run"
        for pattern, rooms in FOREIGN.items():
            if re.match(rf"(?:{pattern})", target) and room_of(name) not in rooms:
                yield f"{path}:{number}: no header of {room_of(name)} includes <{target}>"


def foreign_details(path, text):
    """What the core keeps to itself, in an adapter or a benchmark."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\s*#\s*include\s*<dsc/(?!libtorch/)(?:\w+/)*detail/", line) or re.search(r"\bdsc::detail::", line):
            yield f"{path}:{number}: detail/ is for its neighbours alone: take a public header"


def engine_includes(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)
        for engine, made_of in ENGINES.items() if match else ():
            if COMMAND / "engines" / engine in path.parents:
                continue
            listed = path == LIST_OF_KINDS and match[1] == f"engines/{engine}/kind.hpp"
            if re.match(rf"(?:{made_of}|engines/{engine}/)", match[1]) and not listed:
                yield f"{path}:{number}: only {COMMAND}/engines/{engine} may include {match[1]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    core = root / "include" / "dsc"
    faults = []
    for path in tracked(root, "*.hpp", "*.cpp"):
        text = path.read_text()
        shown = path.relative_to(root)
        faults += long_lines(shown, text)
        if COMMAND in shown.parents:
            faults += engine_includes(shown, text)
        if core in path.parents:
            faults += includes(shown, text, str(path.relative_to(core)))
        if shown.parts[0] in ("adapters", "benchmarks"):
            faults += foreign_details(shown, text)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
