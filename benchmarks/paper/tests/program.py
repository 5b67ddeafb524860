"""Runs the program, and reads what it has written."""
import csv
import json
import os
import pathlib
import subprocess
import tempfile

PROGRAM = os.environ.get("DSC_PAPER", "dsc_paper")
PROFILES = pathlib.Path(os.environ.get("DSC_PAPER_PROFILES", pathlib.Path(__file__).parent / "profiles"))
MODELS = sorted(file.stem for file in PROFILES.glob("*.json"))
if not MODELS:
    raise FileNotFoundError(f"there are no profiles in {PROFILES}; set DSC_PAPER_PROFILES")


def command_line(out, *more, profiles=PROFILES, models=MODELS, batches="1,2,3,8", rates="1:127:9", varying_batches="1,8"):
    """How the program is called; the one place that knows its options."""
    return [PROGRAM, "--profiles", str(profiles), "--models", ",".join(models), "--batches", batches, "--rates", rates, "--varying-batches",
            varying_batches, "--out", str(out), *map(str, more)]


def run(out, *more, **changed):
    return subprocess.run(command_line(out, *more, **changed), capture_output=True, text=True, timeout=300, check=False)


def succeed(out, *more, **changed):
    done = run(out, *more, **changed)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return done


def document_of(model):
    """A committed profile as JSON, to change as one likes."""
    return json.loads((PROFILES / f"{model}.json").read_text(encoding="utf-8"))


def new_folder(test):
    """An empty folder that goes with the test."""
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return pathlib.Path(folder.name)


def files_of(folder):
    """The bytes of all files of a folder, by path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


class Results:
    """The output folder of a run that is over: its tables as lists of rows, which are dictionaries of cells. Each table is read once, and sorted
    once by the columns that are asked for."""

    def __init__(self, folder):
        self.folder = folder
        self._tables, self._sorted = {}, {}

    def rows(self, table, /, **wanted):
        columns = tuple(wanted)
        if (table, columns) not in self._sorted:
            groups = self._sorted[table, columns] = {}
            for row in self._table(table):
                groups.setdefault(tuple(row[column] for column in columns), []).append(row)
        return list(self._sorted[table, columns].get(tuple(wanted.values()), []))

    def _table(self, table):
        if table not in self._tables:
            with open(self.folder / table, newline="", encoding="utf-8") as file:
                self._tables[table] = list(csv.DictReader(file))
        return self._tables[table]

    def grids(self):
        """Every grid's sites, input type, model and rows."""
        for file in sorted((self.folder / "grid").rglob("*.csv")):
            sites, input_type = file.relative_to(self.folder / "grid").parts[:2]
            yield sites, input_type, file.stem, self.rows(file.relative_to(self.folder))
