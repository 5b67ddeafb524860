"""How gains depend on the assumptions of the cost model, and on rates and loads that vary over time."""
import matplotlib
import numpy
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator

from . import style
from .best_splits import color_of
from .gains import AGAINST
from .states import plain_numbers

BANDWIDTHS = {"same": "-", "scaled": (0, (4, 2))}
SHARES = {"gain_local": "gain over\nno offloading (%)", "gain_offload": "gain over\nfull offloading (%)",
          "gain_best_static": "gain over the\nbest static split (%)", "real_share": "states with\n0 < l < L (%)"}
LINES = {"best_static": (0, (3, 2))}  # often the same as another strategy
LOADS = {"idle": "idle server", "slowdown": "slower server", "queue": "queue at server", "both": "both"}


def sensitivity(results):
    """Gains by launch time, one line per efficiency and bandwidth; a column per model, a row per gain."""
    table = results.table("sensitivity")
    input_types = table.distinct("input_type")
    if not input_types:
        return None
    input_type = "float32" if "float32" in input_types else input_types[0]
    table = table.where(input_type=input_type)
    models = style.few(table.distinct("model"))
    page = style.Page(len(SHARES) * len(models), len(models), (2.0, 1.05), "How much the gains depend on what the cost model assumes",
                      f"{style.sites_label(results, 'modelled')}; {style.INPUT_TYPES[input_type]}, the paper's candidates.", left=0.95, gap=(0.25, 0.22),
                      width=8.6)
    tints = matplotlib.colormaps[style.ASSUMPTION]
    efficiencies = sorted(set(table["efficiency"]))
    colors = {efficiency: tints(place) for efficiency, place in zip(efficiencies, numpy.linspace(0.4, 1, len(efficiencies)))}
    for i, panel in enumerate(page.panels):
        share, model = list(SHARES)[i // len(models)], models[i % len(models)]
        draw_dependence(panel, table.where(model=model), share, colors)
        if i < len(models):
            panel.set_title(style.name_of(model))
        panel.tick_params(labelleft=panel in page.first_column, labelbottom=panel in page.lowest)
        if panel in page.first_column:
            panel.set_ylabel(SHARES[share], labelpad=6)
    page.axis_labels("time to launch a layer (µs)", "")
    page.legend([Line2D([], [], color=color, lw=1.4, label=f"efficiency {efficiency:g}") for efficiency, color in colors.items()] +
                [Line2D([], [], color=style.INK, lw=1.1, ls=line, label=f"{kind} memory bandwidth") for kind, line in BANDWIDTHS.items()])
    return page


def draw_dependence(panel, table, share, colors):
    scale = 100 if share == "real_share" else 1
    for efficiency, color in colors.items():
        for bandwidth, line in BANDWIDTHS.items():
            mine = table.where(efficiency=efficiency, bandwidth=bandwidth)
            order = numpy.argsort(mine["launch_us"])
            panel.plot(mine["launch_us"][order], scale * mine[share][order], color=color, ls=line, lw=1.3, marker="o", ms=2.2)
    panel.set_ylim(0, 100)
    panel.set_yticks([0, 50, 100])
    panel.grid(axis="y")


def varying(results, sites, input_type):
    """Gains by trace, one row per model and one column per kind of load."""
    table = results.table("varying").where(sites=sites, input_type=input_type)
    models = style.few(table.distinct("model"))
    if not models:
        return None
    table = table.where(model=models)
    traces = table.where(trace_kind="real").distinct("trace")
    real = len(traces)
    traces += table.where(trace_kind="generated").distinct("trace")
    loads = [load for load in LOADS if load in table.distinct("load")]
    longest = max(len(trace) for trace in traces)
    page = style.Page(len(models) * len(loads), len(loads), (1.75, 0.3 + 0.14 * len(traces)), "Gains while rate and load vary",
                      f"{style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}, all splits to choose from.",
                      left=0.45 + 0.062 * longest, gap=(0.2, 0.4), width=8.6)
    for i, panel in enumerate(page.panels):
        model, load = models[i // len(loads)], loads[i % len(loads)]
        draw_dots(panel, table.where(model=model, load=load), traces)
        if 0 < real < len(traces):
            panel.axhline(real - 0.5, color=style.FAINT, lw=0.6)
        panel.set_title(f"{style.name_of(model)}: {LOADS[load]}")
        panel.tick_params(labelleft=panel in page.first_column, labelbottom=panel in page.lowest)
    lowest = min(0, *(table[f"gain_{against}"].min() for against in AGAINST))
    for panel in page.panels:
        panel.set_xlim(lowest - 4, 104)
        panel.set_xticks([0, 25, 50, 75, 100])
    page.axis_labels("mean gain (%)", "")
    page.legend([Line2D([], [], color=color, ls="", marker="o", ms=4, label=f"over {words}") for words, color in AGAINST.values()] +
                [Line2D([], [], color=style.INK, lw=1, marker="o", ms=3, label="mean and range over the batch sizes")])
    return page


def draw_dots(panel, table, traces):
    for shift, (against, (_, color)) in zip((-0.22, 0, 0.22), AGAINST.items()):
        gains = {row + shift: table.where(trace=trace)[f"gain_{against}"] for row, trace in enumerate(traces)}
        gains = {row: values for row, values in gains.items() if len(values)}
        panel.hlines(list(gains), [values.min() for values in gains.values()], [values.max() for values in gains.values()], color=color, lw=1)
        panel.scatter([values.mean() for values in gains.values()], list(gains), s=9, color=color, zorder=3)
    panel.set_yticks(range(len(traces)), traces)
    panel.set_ylim(len(traces) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x")


def timeline(results):
    """One run, second by second: rate, load, the split taken, and what every strategy takes."""
    table = results.table("timeline")
    if not len(table):
        return None
    run = liveliest(table)
    model, sites, input_type, trace, load, batch = (run[name][0] for name in ("model", "sites", "input_type", "trace", "load", "batch"))
    page = style.Page(4, 1, (8.0, 1.0), f"Dynamic split computing over time: {style.name_of(model)}, batch {batch:.0f}",
                      f"Rates of {trace}, load: {load.replace('_', '-')}. {style.sites_label(results, sites)}; {style.INPUT_TYPES[input_type]}.",
                      gap=(0, 0.2), left=0.95, right=0.75, titles=False)
    rate, server, split, latency = page.panels
    steps(rate, run, "rate_MBps", style.RATE)
    rate.set_ylabel("rate\n(MB/s)")
    draw_load(server, run)
    draw_splits(split, run, results.layers(model, run["split"]))
    draw_latencies(latency, run)
    for panel in page.panels:
        draw_outages(panel, run)
        panel.set_xlim(run["t"][0], end_of(run))
        panel.tick_params(labelbottom=panel is latency)
    page.figure.align_ylabels(page.panels)
    page.axis_labels("time (s)", "")
    page.legend([Line2D([], [], color=style.DYNAMIC, lw=1.6, label="dynamic")] +
                [Line2D([], [], color=color, lw=1, ls=LINES.get(against, "-"), label=words) for against, (words, color) in AGAINST.items()] +
                ([Patch(color=style.OUTAGE, label="outage")] if 0 in run["rate_MBps"] else []))
    return page


def liveliest(table):
    """The run of the table that takes the most different splits, the first of several."""
    key = ("model", "sites", "input_type", "trace", "load", "batch")
    runs = [table.where(**dict(zip(key, values))) for values in dict.fromkeys(zip(*(table[name].tolist() for name in key)))]
    return max(runs, key=lambda run: len(set(run["split"])))


def end_of(run):
    t = run["t"]
    return t[-1] + (t[-1] - t[-2] if len(t) > 1 else 1)


def steps(panel, run, name, color, line="-"):
    """A quantity that holds from one row to the next."""
    panel.step(numpy.append(run["t"], end_of(run)), numpy.append(run[name], run[name][-1]), where="post", color=color, lw=1, ls=line)


def draw_splits(panel, run, layers):
    ends = numpy.append(run["t"], end_of(run))
    changes = numpy.nonzero(numpy.diff(run["split"]))[0] + 1
    for first, last in zip([0, *changes], [*changes, len(run["split"])]):
        split = run["split"][first]
        panel.fill_between([ends[first], ends[last]], 0, max(split, layers / 40), color=color_of(split, layers), lw=0)
    panel.set_ylim(0, layers)
    panel.set_yticks([0, layers], ["offload, 0", f"local, {layers:.0f}"])
    panel.set_ylabel("split l")


def draw_latencies(panel, run):
    for against, (_, color) in AGAINST.items():
        steps(panel, run, f"{against}_s", color, LINES.get(against, "-"))
    steps(panel, run, "dynamic_s", style.DYNAMIC)
    times = numpy.concatenate([run["dynamic_s"], *(run[f"{against}_s"] for against in AGAINST)])
    times = times[numpy.isfinite(times) & (times > 0)]
    panel.set_yscale("log")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.set_ylim(times.min() / 1.5, min(times.max() * 1.5, run["dynamic_s"].max() * 20))
    plain_numbers(panel.yaxis)
    panel.set_ylabel("latency (s)")


def draw_load(panel, run):
    """The slowdown as a line, and queues as areas with an axis of their own."""
    queue = panel.twinx()
    queue.fill_between(numpy.append(run["t"], end_of(run)), 0, numpy.append(run["queue_ms"], run["queue_ms"][-1]), step="post", color=style.QUEUE, lw=0)
    queue.set_ylim(0, max(1, run["queue_ms"].max()) * 1.1)
    queue.set_ylabel("queue (ms)\nshaded")
    queue.spines["right"].set(visible=True, color=style.QUEUE)
    panel.set_zorder(queue.get_zorder() + 1)
    panel.patch.set_visible(False)
    steps(panel, run, "slowdown", style.SLOWDOWN)
    panel.set_ylabel("slowdown\n(×)")


def draw_outages(panel, run):
    ends = numpy.append(run["t"], end_of(run))
    out = numpy.nonzero(run["rate_MBps"] == 0)[0]
    for stretch in numpy.split(out, numpy.nonzero(numpy.diff(out) != 1)[0] + 1):
        if len(stretch):
            panel.axvspan(ends[stretch[0]], ends[stretch[-1] + 1], color=style.OUTAGE, lw=0, zorder=0)
