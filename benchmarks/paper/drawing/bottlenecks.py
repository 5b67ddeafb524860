"""Compression ratios by depth, and how many bottlenecks there are."""
import numpy
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from . import style
from .states import plain_numbers

INPUT = {"color": style.OFFLOAD, "lw": 1.2}
INPUT_AS_UINT8 = {"color": style.OFFLOAD, "lw": 1.2, "ls": (0, (1, 1.2))}
MARKS = {"block without a bottleneck": {"marker": "o", "ms": 2.6, "color": "white", "mec": style.FAINT, "mew": 0.6},
         "natural bottleneck": {"marker": "o", "ms": 3, "color": style.NATURAL},
         "compressive bottleneck": {"marker": "D", "ms": 4, "color": style.SPLIT}}


def ratios(results):
    """c_l by depth, one panel per model."""
    table = results.table("ratios").where(input_type="float32")
    models = style.in_order(table.distinct("model"))
    if not models:
        return None
    page = style.Page(len(models), 5, (1.85, 1.15), "Where networks shrink what they send: compression ratio by depth",
                      "Size of each layer's output over the size of the input, in elements. Layers outside the blocks are in the line, but unmarked.",
                      width=8.2)
    for panel, model in zip(page.panels, models):
        draw_ratios(panel, table.where(model=model))
        panel.set_title(style.name_of(model))
    low, high = table["ratio"].min(), table["ratio"].max()
    for panel in page.panels:
        panel.set_yscale("log")
        panel.set_ylim(low / 1.6, high * 1.6)
        plain_numbers(panel.yaxis)
        panel.set_yticks([tick for tick in (0.001, 0.01, 0.1, 1, 10, 100) if low / 1.6 <= tick <= high * 1.6])
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.tick_params(labelleft=panel in page.first_column)
    page.axis_labels("split l: layers on the device", "compression ratio $c_l$")
    page.legend([Line2D([], [], label="the input, c = 1", **INPUT), Line2D([], [], label="the input sent as uint8", **INPUT_AS_UINT8),
                 *(Line2D([], [], ls="", label=words, **look) for words, look in MARKS.items())])
    return page


def draw_ratios(panel, model):
    panel.axhline(1, **INPUT)
    panel.axhline(1 / 4, **INPUT_AS_UINT8)
    panel.plot(model["split"], model["ratio"], color=style.HAIRLINE, lw=1)
    block, natural, compressive = (model[name] == 1 for name in ("block", "natural", "compressive"))
    for marked, look in zip((block & ~natural, natural & ~compressive, compressive), MARKS.values()):
        panel.plot(model["split"][marked], model["ratio"][marked], ls="", **look)
    panel.set_xlim(0, len(model) + 1)


def counts(results):
    """Natural and compressive bottlenecks of every model, one panel per input type."""
    table = results.table("bottlenecks")
    input_types = [kind for kind in style.INPUT_TYPES if kind in table.distinct("input_type")]
    models = style.in_order(table.distinct("model"))
    if not input_types:
        return None
    page = style.Page(len(input_types), 2, (3.6, 0.2 * len(models) + 0.2), "How many bottlenecks the networks have",
                      "Counted over the blocks. As uint8 the input is a quarter of its float32 size, and fewer outputs are smaller.",
                      left=1.1, gap=(0.25, 0.4), width=7.2)
    longest = table["natural"].max()
    for panel, kind in zip(page.panels, input_types):
        draw_counts(panel, table.where(input_type=kind), models)
        panel.set_title(style.INPUT_TYPES[kind])
        panel.set_xlim(0, longest * 1.1 + 1)
        panel.tick_params(labelleft=panel is page.panels[0])
    page.axis_labels("bottlenecks", "")
    page.legend([Patch(color=style.NATURAL, label="natural: smaller than the input"),
                 Patch(color=style.SPLIT, label="compressive: smaller than every earlier one too")])
    return page


def draw_counts(panel, table, models):
    rows = numpy.array([models.index(model) for model in table["model"]])
    for name, shift, color in (("natural", -0.2, style.NATURAL), ("compressive", 0.2, style.SPLIT)):
        panel.barh(rows + shift, table[name], height=0.36, color=color)
        for row, count in zip(rows, table[name]):
            panel.text(count + 0.4, row + shift, f"{count:.0f}", va="center_baseline", size=6.5, color=style.INK)
    panel.set_yticks(range(len(models)), [style.name_of(model) for model in models])
    panel.set_ylim(len(models) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x")
