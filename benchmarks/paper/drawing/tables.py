"""Reads the CSV tables of dsc_paper; what is missing is an empty table, what is broken is an error that says where."""
import csv
import math

import numpy

text, number, open_end = "text", "number", "number, or nothing where there is no end"

COLUMNS = {
    "bottlenecks": {"model": text, "input_type": text, "layers": number, "natural": number, "compressive": number},
    "ratios": {"model": text, "input_type": text, "split": number, "block": number, "ratio": number, "natural": number,
               "compressive": number},
    "switching": {"model": text, "sites": text, "input_type": text, "candidates": text, "batch": number, "from_MBps": number, "to_MBps": open_end,
                  "split": number},
    "grid": {"batch": number, "rate_MBps": number, "paper_split": number, "paper_s": number, "undominated_split": number, "undominated_s": number,
             "local_s": number, "offload_s": number, "best_static_s": number},
    "gains": {"model": text, "sites": text, "input_type": text, "candidates": text, "against": text, "split": number, "gain_percent": number,
              "share": number},
    "sensitivity": {"model": text, "input_type": text, "efficiency": number, "launch_us": number, "bandwidth": text, "gain_local": number,
                    "gain_offload": number, "gain_best_static": number, "real_share": number},
    "assumptions": {"name": text, "device": number},
    "varying": {"model": text, "sites": text, "input_type": text, "trace": text, "trace_kind": text, "load": text, "batch": number,
                "gain_local": number, "gain_offload": number, "gain_best_static": number},
    "timeline": {"model": text, "sites": text, "input_type": text, "trace": text, "load": text, "batch": number, "t": number,
                 "rate_MBps": number, "slowdown": number, "queue_ms": number, "split": number, "dynamic_s": number,
                 "local_s": open_end, "offload_s": open_end, "best_static_s": open_end},
    "coverage": {"model": text, "sites": text, "largest_measured_batch": number},
}


class BrokenTable(Exception):
    """One sentence about a file that cannot be drawn from."""


class Table:
    """Columns of equal length by name."""

    def __init__(self, columns):
        self.columns = columns

    def __getitem__(self, name):
        return self.columns[name]

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def where(self, **wanted):
        """The rows whose cells are the wanted ones, or among them where a collection is given."""
        keep = numpy.ones(len(self), dtype=bool)
        for name, value in wanted.items():
            keep &= numpy.isin(self[name], list(value)) if isinstance(value, (list, tuple, set)) else self[name] == value
        return Table({name: cells[keep] for name, cells in self.columns.items()})

    def distinct(self, name):
        """A column's values, each once, in the order of the file."""
        return list(dict.fromkeys(self[name].tolist()))


def read(path, kind):
    """The table of a file, with the columns that figures need; without rows where there is no such file."""
    columns = COLUMNS[kind]
    if not path.exists():
        return Table({name: column(path, name, (), kind) for name, kind in columns.items()})
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return parse(path, csv.reader(file), columns)
    except OSError as error:
        raise BrokenTable(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenTable(f"{path} is no CSV: {error}") from None


def parse(path, lines, columns):
    header = next(lines, [])
    for name in columns:
        if name not in header:
            raise BrokenTable(f"{path} has no column '{name}'; it was cut off, or written by a program of another version")
    rows = []
    for row in lines:
        if len(row) != len(header):
            raise BrokenTable(f"{path}, line {lines.line_num}: {len(row)} cells where the header has {len(header)}; the file was cut off or edited")
        rows.append(row)
    cells = dict(zip(header, zip(*rows))) if rows else dict.fromkeys(header, ())
    return Table({name: column(path, name, cells[name], kind) for name, kind in columns.items()})


def column(path, name, cells, kind):
    if kind is text:
        return numpy.array(cells, dtype=str)
    values = numpy.fromiter((number_in(cell, kind) for cell in cells), float, len(cells))
    for line in numpy.nonzero(numpy.isnan(values))[0]:
        raise BrokenTable(f"{path}, line {line + 2}: {name} is '{cells[line]}', which is no number")
    return values


def number_in(cell, kind):
    """Not a number where there is none; endless where that is allowed."""
    try:
        value = float(cell)
    except ValueError:
        return math.inf if kind is open_end and cell == "" else math.nan
    return value if kind is open_end or abs(value) != math.inf else math.nan


class Results:
    """The output folder of dsc_paper: every table is read once, when it is first asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.read_before = {}

    def table(self, kind):
        return self.read_once(self.folder / f"{kind}.csv", kind)

    def grid(self, sites, input_type, model):
        return self.read_once(self.folder / "grid" / sites / input_type / f"{model}.csv", "grid")

    def grids(self, sites, input_type):
        """The models that have a grid with states in it."""
        files = sorted((self.folder / "grid" / sites / input_type).glob("*.csv"))
        return [file.stem for file in files if len(self.grid(sites, input_type, file.stem))]

    def sites(self):
        """Every kind of sites that some table or grid tells about."""
        found = {folder.name for folder in (self.folder / "grid").glob("*")}
        return found.union(*(self.table(kind).distinct("sites") for kind in ("gains", "switching", "varying")))

    def layers(self, model, splits):
        """L of a model; where no table tells, the largest of these splits."""
        known = self.table("bottlenecks").where(model=model)["layers"]
        return known[0] if len(known) else max(splits)

    def largest_measured(self, model, sites):
        """The largest batch that was measured, not extrapolated; without limit where the table does not tell, and where single samples are
        all that costs are taken of."""
        if sites.endswith("-b1"):
            return math.inf
        known = self.table("coverage").where(model=model, sites=sites)["largest_measured_batch"]
        return known[0] if len(known) else math.inf

    def read_once(self, path, kind):
        if path not in self.read_before:
            self.read_before[path] = read(path, kind)
        return self.read_before[path]
