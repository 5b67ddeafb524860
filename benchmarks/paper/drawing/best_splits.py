"""Which split wins: maps over rate and batch, and exact switching rates."""
import math

import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style
from .states import StateGrid, batch_ticks, edges, extrapolation_border, extrapolation_key, plain_numbers, DASHED

CANDIDATES = {"paper": "out of 0, the compressive bottlenecks and L", "undominated": "out of all splits"}
RATES_OF_THE_PAPER = {"color": style.INK, "lw": 0.8, "ls": (0, (1, 1.5))}


def color_of(split, layers):
    """The role's own colour at both ends, the relative depth's in between."""
    return style.OFFLOAD if split == 0 else style.LOCAL if split == layers else style.DEPTH(split / layers)


def maps(results, sites, input_type, candidates="paper"):
    """One map of the best splits per model."""
    models = style.in_order(results.grids(sites, input_type))
    if not models:
        return None
    page = style.Page(len(models), 5, (1.75, 1.3), f"The best split of every state, {CANDIDATES[candidates]}",
                      f"{style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}. The numbers are layers on the device.", width=9.8)
    extrapolated = False
    for panel, model in zip(page.panels, models):
        grid = StateGrid(results.grid(sites, input_type, model))
        splits = grid[f"{candidates}_split"]
        draw_map(panel, grid, splits, results.layers(model, grid.table[f"{candidates}_split"]))
        extrapolated |= grid.mark_extrapolated(panel, results.largest_measured(model, sites))
        panel.set_title(style.name_of(model))
        panel.tick_params(labelleft=panel in page.first_column)
    page.axis_labels("data rate (MB/s)", "batch size")
    depth_legend(page, [extrapolation_key("above")] if extrapolated else [])
    return page


def draw_map(panel, grid, splits, layers):
    values = numpy.unique(splits[~numpy.isnan(splits)])
    grid.draw(panel, numpy.where(numpy.isnan(splits), math.nan, numpy.searchsorted(values, splits)),
              cmap=ListedColormap([color_of(split, layers) for split in values]), vmin=-0.5, vmax=len(values) - 0.5)
    for split in values:
        if 0 < split < layers:
            label_region(panel, grid, splits == split, f"{split:.0f}", style.DEPTH(split / layers))


def label_band(panel, x, below, above, words, background):
    """Writes into the highest place of a band, near its middle, unless it is too low there."""
    heights = numpy.log10(above / below)
    place = max(range(len(x)), key=lambda i: (round(heights[i], 1), -abs(i - len(x) / 2)))
    if heights[place] > 0.2:
        panel.text(x[place], math.sqrt(below[place] * above[place]), words, ha="center", va="center_baseline", size=6.5, color=ink_on(background))


def label_region(panel, grid, inside, words, background):
    """Writes into the widest place of a region as the panel shows it, unless it is too narrow there."""
    rates, batches = seen_from(edges(grid.rates), 150), seen_from(edges(grid.batches), 110)
    seen = inside[numpy.ix_(numpy.searchsorted(edges(grid.batches), batches) - 1, numpy.searchsorted(edges(grid.rates), rates) - 1)]
    core, margin = widest_place(seen)
    if margin < 4 + 2 * len(words):
        return
    rows, columns = numpy.nonzero(core)
    middle = numpy.argmin((rows - rows.mean())**2 + (columns - columns.mean())**2)
    panel.text(rates[columns[middle]], batches[rows[middle]], words, ha="center", va="center_baseline", size=6.5,
               color=ink_on(background))


def seen_from(ends, points):
    """Points at equal distances on a logarithmic axis, inside its ends."""
    return numpy.geomspace(ends[0], ends[-1], points + 2)[1:-1]


def widest_place(cells):
    """What is left of a region after as many peelings as leave anything, and how many those are."""
    peelings = 0
    while True:
        padded = numpy.pad(cells, 1)
        peeled = cells & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        if not peeled.any():
            return cells, peelings
        cells, peelings = peeled, peelings + 1


def ink_on(background):
    return "white" if numpy.dot(background[:3], (0.299, 0.587, 0.114)) < 0.5 else style.INK


def depth_legend(page, more=()):
    """The two ends, the scale of depths between them, and what else a figure needs."""
    page.legend([Patch(color=style.OFFLOAD, label="full offloading, l = 0"), Patch(color=style.LOCAL, label="no offloading, l = L"), *more])
    bar = page.axes(page.width - 2.1, page.height - 0.76, 1.1, 0.11)
    page.figure.colorbar(ScalarMappable(Normalize(0, 1), style.DEPTH), cax=bar, orientation="horizontal", ticks=[])
    bar.spines["outline"].set_visible(False)
    for x, words, side in ((-0.06, "split early", "right"), (1.06, "late (l / L)", "left")):
        bar.text(x, 0.5, words, transform=bar.transAxes, ha=side, va="center_baseline")


def switching(results, sites, input_type, candidates="paper"):
    """The rate axis, cut where the best split changes, batch by batch."""
    table = results.table("switching").where(sites=sites, input_type=input_type, candidates=candidates)
    models = style.few(table.distinct("model"))
    if not models:
        return None
    table = table.where(model=models)
    low, high = decades(table["from_MBps"][table["from_MBps"] > 0])
    page = style.Page(len(models), 4, (2.3, 2.5), f"Data rates at which the best split changes, {CANDIDATES[candidates]}",
                      f"{style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}. The numbers are layers on the device.", width=9.8)
    extrapolated = False
    for panel, model in zip(page.panels, models):
        mine = table.where(model=model)
        draw_bands(panel, mine, results.layers(model, mine["split"]), low, high)
        border = extrapolation_border(numpy.unique(mine["batch"]), results.largest_measured(model, sites))
        if border:
            panel.axvline(border, **DASHED)
        extrapolated |= border is not None
        panel.set_title(style.name_of(model))
        panel.tick_params(labelleft=panel in page.first_column)
    page.axis_labels("batch size", "data rate (MB/s)")
    depth_legend(page, [Line2D([], [], label="1 and 127 MB/s", **RATES_OF_THE_PAPER)] + ([extrapolation_key("right of")] if extrapolated else []))
    return page


def decades(rates):
    """Powers of ten around the rates and the paper's 1 to 127 MB/s."""
    return 10**math.floor(math.log10(min([1, *rates]))), 10**math.ceil(math.log10(max([127, *rates])))


def draw_bands(panel, table, layers, low, high):
    batches = numpy.unique(table["batch"])
    ends = edges(batches)
    for split in numpy.unique(table["split"]):
        mine = table.where(split=split)
        places = numpy.searchsorted(batches, mine["batch"])
        for run in numpy.split(numpy.arange(len(places)), numpy.nonzero(numpy.diff(places) != 1)[0] + 1):
            sides = numpy.repeat(ends[places[run[0]]:places[run[-1]] + 2], 2)[1:-1]
            below, above = (numpy.repeat(numpy.clip(mine[name][run], low, high), 2) for name in ("from_MBps", "to_MBps"))
            panel.fill_between(sides, below, above, facecolor=color_of(split, layers), edgecolor=color_of(split, layers), lw=0.3)
            if 0 < split < layers:
                label_band(panel, numpy.sqrt(sides[1:] * sides[:-1]), below[1:], above[1:], f"{split:.0f}", style.DEPTH(split / layers))
    for rate in (1, 127):
        panel.axhline(rate, **RATES_OF_THE_PAPER)
    panel.set(xscale="log", yscale="log", xlim=ends[[0, -1]], ylim=(low, high))
    batch_ticks(panel.xaxis, batches)
    plain_numbers(panel.yaxis)
