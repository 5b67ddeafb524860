"""What dynamic split computing gains over fixed strategies, in the mean over all states and state by state."""
import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.colors import PowerNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style
from .states import StateGrid, extrapolation_key

AGAINST = {"local": ("no offloading", style.LOCAL), "offload": ("full offloading", style.OFFLOAD),
           "best_static": ("the best static split", style.SPLIT)}
STATIC = {"color": style.DYNAMIC, "lw": 0.8, "marker": "_", "ms": 4, "mew": 0.8}
PERCENT = PowerNorm(0.5, 0, 100)


def bars(results, sites, input_type, candidates="paper"):
    """Three bars per model, and a line over the range of its static splits."""
    table = results.table("gains").where(sites=sites, input_type=input_type, candidates=candidates)
    models = style.in_order(table.distinct("model"))
    if not models:
        return None
    page = style.Page(1, 1, (max(4.2, 0.62 * len(models)), 2.6), "Mean gain of dynamic split computing over fixed strategies",
                      f"Over all states of the grid. {style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}.",
                      width=8.6, bottom=0.42, titles=False)
    panel = page.panels[0]
    for shift, (against, (_, color)) in zip((-0.29, -0.06, 0.17), AGAINST.items()):
        draw_bars(panel, table.where(against=against), models, shift, color)
    for place, model in enumerate(models):
        gains = table.where(against="static", model=model)["gain_percent"]
        panel.plot([place + 0.36] * len(gains), gains, **STATIC)
    stars = {model: "*" for model in models if extrapolates(results, model, sites)}
    panel.set_xticks(range(len(models)), [style.name_of(model) + stars.get(model, "") for model in models])
    panel.tick_params(axis="x", length=0)
    panel.set_xlim(-0.5, len(models) - 0.5)
    panel.set_ylim(min(0, *table["gain_percent"]), max(10, *table["gain_percent"]) * 1.08)
    panel.grid(axis="y")
    panel.set_ylabel("mean gain (%)")
    page.legend([Patch(color=color, label=f"over {words}") for words, color in AGAINST.values()] +
                [Line2D([], [], label="over every static split at a compressive bottleneck", **STATIC)])
    if stars:
        page.write(0.15, page.height - 0.1, "* with states of extrapolated batch sizes", size=7.5, color=style.FAINT)
    return page


def extrapolates(results, model, sites):
    """Whether some of a model's states have batch sizes that were not measured."""
    return max(results.table("switching").where(model=model, sites=sites)["batch"], default=0) > results.largest_measured(model, sites)


def draw_bars(panel, table, models, shift, color):
    places = numpy.array([models.index(model) for model in table["model"]]) + shift
    panel.bar(places, table["gain_percent"], width=0.22, color=color)
    for place, gain in zip(places, table["gain_percent"]):
        panel.text(place, max(gain, 0) + 0.6, f"{gain:.0f}" if gain >= 9.95 else f"{gain:.1f}", ha="center", va="bottom", size=5.8)


def maps(results, sites, input_type):
    """The gain of every state: few models by three fixed strategies."""
    models = style.few(results.grids(sites, input_type))
    if not models:
        return None
    page = style.Page(3 * len(models), 3, (2.45, 1.25), "Gain of every state over three fixed strategies",
                      f"Of the paper's candidates. {style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}.", gap=(0.25, 0.42), right=0.95)
    extrapolated = False
    for i, panel in enumerate(page.panels):
        model, against = models[i // 3], list(AGAINST)[i % 3]
        grid = StateGrid(results.grid(sites, input_type, model))
        grid.draw(panel, percent_saved(grid["paper_s"], grid[f"{against}_s"]), cmap=style.GAIN, norm=PERCENT)
        extrapolated |= grid.mark_extrapolated(panel, results.largest_measured(model, sites))
        panel.set_title(f"{style.name_of(model)}, over {AGAINST[against][0]}")
        panel.tick_params(labelleft=panel in page.first_column, labelbottom=panel in page.lowest)
    page.axis_labels("data rate (MB/s)", "batch size")
    percent_scale(page)
    if extrapolated:
        page.legend([extrapolation_key("above")])
    return page


def percent_saved(dynamic, fixed):
    """Of the latency of a fixed strategy; nothing where that takes no time."""
    return 100 * numpy.divide(fixed - dynamic, fixed, out=numpy.zeros_like(fixed), where=fixed != 0)


def percent_scale(page):
    """A scale that tells small gains apart too: the square root."""
    box = page.panels[0].get_position()
    bar = page.axes(page.width - 0.75, box.y0 * page.height, 0.12, box.height * page.height)
    page.figure.colorbar(ScalarMappable(PERCENT, style.GAIN), cax=bar, ticks=[0, 1, 5, 20, 50, 100])
    bar.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    bar.spines["outline"].set_visible(False)
    bar.minorticks_off()
