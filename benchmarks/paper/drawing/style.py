"""Colours, names and pages that all figures share. The same colour means the same thing everywhere, and colour-blind readers can tell them apart."""
import logging
import re

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

OFFLOAD = "#e69f00"
LOCAL = "#6e6e6e"
SPLIT = "#2b87bd"  # a split in between where its depth does not matter: compressive bottlenecks, the best static split
NATURAL = "#a5d0e6"
DYNAMIC = "#1a1a1a"
OUTAGE = "#f2d9d5"
INK, FAINT, HAIRLINE = "#222222", "#666666", "#d4d4d4"
# Splits by l / L, from early to deep; the steps are finest where the bottlenecks lie.
DEPTH = LinearSegmentedColormap.from_list("depth", [(0, "#e4f4e4"), (0.15, "#bfe5d2"), (0.26, "#62bfc0"), (0.4, "#2b87bd"), (0.65, "#2d4b9c"),
                                                    (1, "#2c1a57")])
GAIN = "magma_r"
ASSUMPTION = "Purples"
RATE, SLOWDOWN, QUEUE = "#3f7350", "#4b2d73", "#e3a3c1"

INPUT_TYPES = {"float32": "float32 input", "uint8": "uint8 input"}
SITES = ["measured", "modelled", "gpu", "measured-b1", "modelled-b1"]
SINGLE_SAMPLES = "-b1"
PAPER_SLOWDOWN = 13.45 / 2.37
FEW_MODELS = ["efficientnet_b0", "efficientnet_b4", "efficientnet_v2_s", "efficientnet_v2_l"]

matplotlib.rcParams.update({
    "svg.hashsalt": "dsc",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": HAIRLINE,
    "grid.linewidth": 0.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.6,
    "text.color": INK,
})
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # Verdana is for readers of the SVG and need not be here


def name_of(model):
    """`efficientnet_v2_s` is V2-S, `resnet50` is ResNet-50; other names stay as they are."""
    if model.startswith("efficientnet_"):
        return model[len("efficientnet_"):].upper().replace("_", "-")
    known = {"resnet": "ResNet", "vgg": "VGG", "densenet": "DenseNet", "inception": "Inception", "alexnet": "AlexNet", "mobilenet": "MobileNet"}
    family, rest = re.fullmatch(r"([a-z]*)[_-]?(.*)", model).groups()
    return f"{known[family]}-{rest}".rstrip("-").replace("_", " ") if family in known else model


def in_order(models):
    """EfficientNets as their authors list them, then the others as they come."""
    series = ["efficientnet_b", "efficientnet_v2_b", "efficientnet_v2_"]

    def rank(model):
        for i, prefix in enumerate(series):
            rest = model[len(prefix):]
            if model.startswith(prefix) and (rest.isdigit() or i == 2):
                return i, int(rest) if rest.isdigit() else "sml".find(rest)
        return len(series), 0

    return sorted(models, key=rank)


def few(models):
    """Up to four models for the figures that show few: the usual ones, else the first ones."""
    chosen = [model for model in FEW_MODELS if model in models]
    return chosen or in_order(models)[:4]


def sites_label(results, sites):
    """How the two sites of a kind came about; the slowdown is the one that is written down with the assumptions."""
    kind = sites.removesuffix(SINGLE_SAMPLES)
    labels = {"measured": f"Measured: the server is one CPU core as it is, the device the same × {slowdown(results):.2f}",
              "modelled": "Modelled: the server is an RTX 2080 Ti, the device its 300 MHz twin",
              "gpu": "Measured: the server is a GPU"}
    return labels.get(kind, kind) + (", layers cost as at batch 1" if sites != kind else "")


def slowdown(results):
    told = results.table("assumptions").where(name="measured device")["device"]
    return float(told[0]) if len(told) else PAPER_SLOWDOWN


class Page:
    """A figure of equal panels, row by row, under a title, a line that says what is seen, and a legend. Lengths are in inches."""

    def __init__(self, count, columns, panel, title, line, *, left=0.62, right=0.2, bottom=0.5, gap=(0.3, 0.42), titles=True, width=None):
        columns = min(columns, count)
        rows = -(-count // columns)
        top = 1.14 if titles else 0.98
        self.width = max(left + columns * panel[0] + (columns - 1) * gap[0] + right, width or 0)
        self.height = top + rows * panel[1] + (rows - 1) * gap[1] + bottom
        self.figure = Figure(figsize=(self.width, self.height), facecolor="white")
        self.title = title
        self.write(0.15, 0.28, title, size=12, weight="bold")
        self.write(0.15, 0.5, line, size=8.5, color=FAINT)
        self.panels = []
        for i in range(count):
            row, column = divmod(i, columns)
            x, y = left + column * (panel[0] + gap[0]), self.height - top - row * (panel[1] + gap[1]) - panel[1]
            self.panels.append(self.axes(x, y, *panel))
        self.first_column = self.panels[::columns]
        self.lowest = [panel for i, panel in enumerate(self.panels) if i + columns >= count]

    def axes(self, x, y, width, height):
        """Axes whose lower left corner is at (x, y)."""
        return self.figure.add_axes([x / self.width, y / self.height, width / self.width, height / self.height])

    def write(self, x, from_top, words, **style):
        self.figure.text(x / self.width, 1 - from_top / self.height, words, va="baseline", **style)

    def legend(self, handles):
        """A row of keys under the line."""
        self.figure.legend(handles=handles, loc="upper left", ncol=len(handles), borderaxespad=0, borderpad=0,
                           bbox_to_anchor=(0.15 / self.width, 1 - 0.64 / self.height))

    def axis_labels(self, x, y):
        """The same labels for all panels, written once each, in the middle."""
        boxes = [panel.get_position() for panel in self.panels]
        low, high = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
        first, last = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
        self.figure.text((first + last) / 2, 0.12 / self.height, x, ha="center", va="baseline")
        self.figure.text(0.2 / self.width, (low + high) / 2, y, ha="center", va="center", rotation=90)

    def save(self, path):
        """Writes the SVG whole or not at all, the same bytes for the same tables."""
        partial = path.with_name(path.name + ".partial")
        try:
            self.figure.savefig(partial, format="svg", dpi=144, facecolor="white", metadata={"Date": None, "Creator": None, "Title": self.title})
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
