#!/usr/bin/python3
"""Draws all figures of dsc_paper from the CSV tables that it has written, as SVG.

What is not there is left out: tables, models, sites. The same tables give the same bytes.
"""
import argparse
import functools
import os
import pathlib
import sys

sys.dont_write_bytecode = True


def refuse(sentence):
    print(f"figures.py: {sentence}", file=sys.stderr)
    sys.exit(2)


try:
    from drawing import best_splits, bottlenecks, conditions, gains, style
    from drawing.tables import BrokenTable, Results
except ModuleNotFoundError as missing:
    refuse(f"{missing}; figures need matplotlib (Debian: python3-matplotlib, for /usr/bin/python3)")


class Options(argparse.ArgumentParser):
    def error(self, message):
        refuse(message)


def all_figures(results):
    """Every figure's name and the function that draws it from the results, or finds that it has nothing to draw."""
    yield "bottlenecks", bottlenecks.ratios
    yield "bottleneck_counts", bottlenecks.counts
    for sites in sorted(results.sites(), key=lambda sites: (style.SITES.index(sites) if sites in style.SITES else len(style.SITES), sites)):
        for input_type in style.INPUT_TYPES:
            of = {"sites": sites, "input_type": input_type}
            yield f"best_split_{sites}_{input_type}", functools.partial(best_splits.maps, **of)
            yield f"best_split_{sites}_{input_type}_undominated", functools.partial(best_splits.maps, candidates="undominated", **of)
            yield f"switching_{sites}_{input_type}", functools.partial(best_splits.switching, **of)
            yield f"gains_{sites}_{input_type}", functools.partial(gains.bars, **of)
            yield f"gain_maps_{sites}_{input_type}", functools.partial(gains.maps, **of)
            yield f"varying_{sites}_{input_type}", functools.partial(conditions.varying, **of)
    yield "sensitivity", conditions.sensitivity
    yield "timeline", conditions.timeline


MARK = "drawn-by-dsc_paper.txt"


def own_folder(folder):
    """The folder of figures, without those of an earlier run: figures of tables that are gone go with them. It is new, or marked as ours."""
    if folder.exists() and not (folder / MARK).exists():
        refuse(f"'{folder}' was not made by this program; take another folder with --figures")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Every .svg here is removed and drawn anew by each run of figures.py.\n", encoding="ascii")
    for old in folder.glob("*.svg"):
        old.unlink()


def draw(results, folder):
    own_folder(folder)
    left_out = []
    for name, figure in all_figures(results):
        page = figure(results)
        if page is None:
            left_out.append(name)
            continue
        path = folder / f"{name}.svg"
        page.save(path)
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB", flush=True)
    if left_out:
        print(f"no data for {', '.join(left_out)}")


def main():
    parser = Options(description=__doc__.splitlines()[0])
    parser.add_argument("out", metavar="RESULTS", type=pathlib.Path, help="the output folder of dsc_paper")
    parser.add_argument("--figures", metavar="FOLDER", type=pathlib.Path, help="where the figures go; RESULTS/figures by default")
    options = parser.parse_args()
    if not options.out.is_dir():
        refuse(f"there is no folder {options.out}; run dsc_paper --out {options.out} first")
    try:
        draw(Results(options.out), options.figures or options.out / "figures")
    except BrokenTable as error:
        refuse(error)
    except BrokenPipeError:  # whoever read what is said here has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        refuse(f"cannot write {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
