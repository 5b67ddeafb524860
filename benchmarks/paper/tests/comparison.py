"""What test_paper.py compares tables with, and how closely."""
import itertools
import math
import unittest

import oracle
from oracle import Gains, Sites, State

CANDIDATES = ("paper", "undominated")
MEASURED = ("measured", "measured-b1")


def close(found, expected):
    """Equal but for rounding; endless only where endless is expected."""
    return found == expected or math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-13)


def same_cell(found, expected):
    try:
        return found == expected or close(float(found), float(expected))
    except ValueError:
        return False


def holds(piece, rate, tolerance=1e-12):
    """Whether a rate lies in a piece; at a switching rate it lies in both."""
    to = float(piece["to_MBps"]) if piece["to_MBps"] else math.inf
    return float(piece["from_MBps"]) * (1 - tolerance) <= rate <= to * (1 + tolerance)


class TableTest(unittest.TestCase):
    """Collects every disagreement of a test, and sees that something was compared at all."""

    def setUp(self):
        self.mistakes, self.compared = [], 0

    def tearDown(self):
        self.assertGreater(self.compared, 0, "nothing was compared; if the test ended early, another message tells why")
        if self.mistakes:
            self.fail(f"{len(self.mistakes)} of {self.compared} comparisons failed:\n" + "\n".join(self.mistakes[:12]))

    def check(self, right, *what):
        self.compared += 1
        if not right:
            self.mistakes.append(" ".join(map(str, what)))

    def check_close(self, found, expected, *where):
        found = float(found)
        self.check(close(found, expected), *where, "found", found, "expected", expected)

    def check_columns(self, row, *where, **expected):
        for column, value in expected.items():
            self.check_close(row[column], value, *where, column)

    def check_split(self, found, latencies, candidates, *where):
        """The smallest candidate among those that rounding cannot tell from the best."""
        best, tied = oracle.best_split(latencies, candidates), oracle.tied_with_best(latencies, candidates)
        self.check(int(found) in (best, tied[0]), *where, "found split", found, "expected", best, "tied with it", tied)


class OracleTest(TableTest):
    """Compares measured sites with the brute force."""

    def each_measured(self, results, profiles, slowdown=oracle.PAPER_SLOWDOWN):
        """Every measured grid as sites, as rows and as states, with its name."""
        for name, input_type, model, rows in results.grids():
            if name in MEASURED and model in profiles:
                sites = Sites(profiles[model], input_type, slowdown, single_samples=name == "measured-b1")
                states = [State(int(row["batch"]), float(row["rate_MBps"])) for row in rows]
                yield sites, rows, states, {"model": model, "sites": name, "input_type": input_type}

    def check_grid(self, sites, rows, states, name):
        best_static = Gains(sites, sites.candidates("paper"), states).best_static
        for row, state in zip(rows, states):
            where = *name.values(), state.batch, state.rate_MBps
            latencies = sites.latencies(state)
            for kind in CANDIDATES:
                candidates = sites.candidates(kind)
                self.check_split(row[f"{kind}_split"], latencies, candidates, *where, kind)
                self.check_close(row[f"{kind}_s"], min(latencies[split] for split in candidates), *where, kind)
            self.check_columns(row, *where, local_s=latencies[-1], offload_s=latencies[0], best_static_s=latencies[best_static])

    def check_gains(self, results, sites, states, name):
        for kind in CANDIDATES:
            gains = Gains(sites, sites.candidates(kind), states)
            static = gains.candidates[1:-1] if kind == "paper" else gains.winners()
            expected = [("local", sites.layers), ("offload", 0), *(("static", split) for split in static), ("best_static", gains.best_static)]
            rows = results.rows("gains.csv", **name, candidates=kind)
            found = [(row["against"], int(row["split"])) for row in rows]
            self.check(found == expected, *name.values(), kind, "found rows", found, "expected", expected)
            for row, (against, split) in zip(rows, expected):
                self.check_columns(row, *name.values(), kind, against, split, mean_s=gains.static_means[split],
                                   gain_percent=gains.gain_percent(split), share=gains.share(split))
            for row in self.one_row(results, "summary.csv", **name, candidates=kind):
                self.check_columns(row, *name.values(), kind, states=gains.states, mean_s=gains.mean, real_share=gains.real_share(),
                                   winning_splits=len(gains.winners()))

    def one_row(self, results, table, **name):
        rows = results.rows(table, **name)
        self.check(len(rows) == 1, *name.values(), "found", len(rows), "rows in", table)
        return rows[:1]

    def check_switching(self, results, sites, states, name):
        """Latencies are lines over 1 / rate and their minimum is concave, so a piece is right if its split is a best one at both its ends."""
        table = results.rows("switching.csv", **name)
        for kind, batch in itertools.product(CANDIDATES, sorted({state.batch for state in states})):
            pieces = [row for row in table if row["candidates"] == kind and int(row["batch"]) == batch]
            where = *name.values(), kind, batch
            self.check_pieces(pieces, sites, *where)
            ends = [0.0, *(float(piece["to_MBps"]) for piece in pieces[:-1]), math.inf]
            for piece, end in itertools.product(pieces, range(len(ends))):
                if piece in pieces[max(0, end - 1):end + 1]:
                    latencies = sites.latencies(State(batch, ends[end]))
                    least = min(latencies[split] for split in sites.candidates(kind))
                    self.check_close(latencies[int(piece["split"])], least, *where, "split", piece["split"], "at", ends[end], "MB/s")

    def check_pieces(self, pieces, sites, *where):
        """They cover all rates once, in order, and neighbours differ."""
        self.check(pieces and float(pieces[0]["from_MBps"]) == 0 and pieces[-1]["to_MBps"] == "", *where, "do not cover all rates")
        for left, right in zip(pieces, pieces[1:]):
            at = left["to_MBps"]
            self.check(at == right["from_MBps"] and left["split"] != right["split"], *where, "has a gap, or no switch, at", at)
            self.check(float(left["from_MBps"]) < float(at), *where, "has an empty piece at", at)
        for piece in pieces:
            split = int(piece["split"])
            self.check(piece["layer"] == ("input" if split == 0 else sites.profile.names[split - 1]), *where, split, "is called", piece["layer"])

    def check_all(self, results, profiles, slowdown=oracle.PAPER_SLOWDOWN):
        for sites, rows, states, name in self.each_measured(results, profiles, slowdown):
            self.check_grid(sites, rows, states, name)
            self.check_gains(results, sites, states, name)
            self.check_switching(results, sites, states, name)
