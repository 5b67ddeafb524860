"""The states of a grid, batch sizes by data rates, as rasters on two logarithmic axes."""
import math

import numpy
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from . import style

DASHED = {"color": style.INK, "lw": 0.9, "ls": (0, (4, 2.5))}


def edges(centers):
    """Where the cells around sorted centers end on a logarithmic axis: half-way between neighbours."""
    if len(centers) == 1:
        return numpy.array([0.8, 1.25]) * centers[0]
    middles = numpy.sqrt(centers[1:] * centers[:-1])
    return numpy.concatenate([[centers[0]**2 / middles[0]], middles, [centers[-1]**2 / middles[-1]]])


class StateGrid:
    """A grid table as matrices: one row per batch size, one column per rate."""

    def __init__(self, table):
        self.table = table
        self.batches = numpy.unique(table["batch"])
        self.rates = numpy.unique(table["rate_MBps"])
        self.place = numpy.searchsorted(self.batches, table["batch"]), numpy.searchsorted(self.rates, table["rate_MBps"])

    def matrix(self, cells):
        filled = numpy.full((len(self.batches), len(self.rates)), math.nan)
        filled[self.place] = cells
        return filled

    def __getitem__(self, name):
        return self.matrix(self.table[name])

    def draw(self, panel, matrix, **colors):
        """Cells as one raster inside the vector figure, so that the file stays small."""
        mesh = panel.pcolormesh(edges(self.rates), edges(self.batches), matrix, rasterized=True, **colors)
        panel.set_xscale("log")
        panel.set_xticks([tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500) if self.rates[0] <= tick <= self.rates[-1]])
        plain_numbers(panel.xaxis)
        panel.set_yscale("log")
        batch_ticks(panel.yaxis, self.batches)
        return mesh

    def mark_extrapolated(self, panel, largest_measured):
        """A thin dashed line above the last batch size that was measured; tells whether there is one."""
        border = extrapolation_border(self.batches, largest_measured)
        if border:
            panel.axhline(border, color="white", lw=2)
            panel.axhline(border, **DASHED)
        return border is not None


def extrapolation_border(batches, largest_measured):
    """Half-way between the last measured and the first extrapolated batch size, where a figure shows both."""
    measured, beyond = batches[batches <= largest_measured], batches[batches > largest_measured]
    return math.sqrt(measured[-1] * beyond[0]) if len(measured) and len(beyond) else None


def extrapolation_key(side):
    return Line2D([], [], label=f"batch sizes {side} the line are extrapolated", **DASHED)


def batch_ticks(axis, batches):
    axis.set_ticks([2**i for i in range(12) if batches[0] <= 2**i <= batches[-1]])
    plain_numbers(axis)


def plain_numbers(axis):
    """Numbers as one writes them instead of powers, and no small ticks."""
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_locator(NullLocator())
