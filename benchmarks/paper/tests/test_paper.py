#!/usr/bin/python3
"""The program's tables against a brute force in Python, against each other and against stored ones; and all other tests of the program.

DSC_PAPER names the program and DSC_PAPER_PROFILES a folder of profiles, one per model. With DSC_PAPER_RESULTS, the folder of a finished run over
these profiles, its tables are compared instead of those of a small run. DSC_PAPER_UPDATE=1 rewrites the stored tables.
"""
import atexit
import functools
import itertools
import json
import math
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import oracle
import program
from comparison import CANDIDATES, MEASURED, OracleTest, TableTest, close, holds, same_cell
from oracle import Gains, Profile, Sites, State
from runs import BadInput, RunsThatGoOn  # noqa: F401, they run with the tests below

EXPECTED = pathlib.Path(__file__).parent / "expected"
FINISHED_RUN = os.environ.get("DSC_PAPER_RESULTS")
INPUT_TYPES = ("float32", "uint8")
LIVE_RATES = [12.5, 3.0, 0.0, 0.0, 0.25, 1.5, 40.0, 200.0, 7.5, 2.0, 0.75, 5.0]  # MB/s, second by second, with an outage
LIVE_TRACE = "seconds,megabytes_per_second\n" + "".join(f"{t},{rate}\n" for t, rate in enumerate(LIVE_RATES))


@functools.lru_cache(maxsize=None)
def small_run():
    """One run that most tests read; its folder lives as long as the tests do."""
    if FINISHED_RUN:
        return program.Results(pathlib.Path(FINISHED_RUN))
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    trace = pathlib.Path(folder.name) / "live.csv"
    trace.write_text(LIVE_TRACE, encoding="ascii")
    out = pathlib.Path(folder.name) / "out"
    program.succeed(out, "--trace", trace)
    return program.Results(out)


@functools.lru_cache(maxsize=None)
def committed_profile(model):
    return Profile(program.document_of(model))


class AgainstBruteForce(OracleTest):
    def setUp(self):
        super().setUp()
        self.results = small_run()
        self.profiles = {model: committed_profile(model) for model in program.MODELS}
        self.measured = list(self.each_measured(self.results, self.profiles))

    def test_all_grids_are_there(self):
        found = {tuple(name.values()) for _, _, _, name in self.measured}
        expected = set(itertools.product(self.profiles, MEASURED, INPUT_TYPES))
        self.check(found == expected, "found", sorted(found), "expected", sorted(expected))

    def test_grids(self):
        for sites, rows, states, name in self.measured:
            self.check_grid(sites, rows, states, name)

    def test_gains_and_summaries(self):
        for sites, _, states, name in self.measured:
            self.check_gains(self.results, sites, states, name)

    def test_switching_rates(self):
        for sites, _, states, name in self.measured:
            self.check_switching(self.results, sites, states, name)

    def test_ratios_are_those_of_the_profiles(self):
        for sites, _, _, name in self.measured:
            rows = self.results.rows("ratios.csv", model=name["model"], input_type=name["input_type"])
            self.check([row["layer"] for row in rows] == sites.profile.names, *name.values(), "has other layers")
            for split, row in enumerate(rows, start=1):
                self.check_columns(row, *name.values(), split, split=split, bytes=sites.bytes[split], ratio=sites.bytes[split] / sites.bytes[0],
                                   block=oracle.is_block(sites.profile.names[split - 1]))

    def test_coverage(self):
        for row in self.results.rows("coverage.csv", sites="measured"):
            self.check_columns(row, row["model"], largest_measured_batch=committed_profile(row["model"]).batches[-1])


class OverTime(OracleTest):
    """Rates and loads that vary; all splits may be taken. The timeline shows one trace and the load of every second, which is the same for all
    models but for the length of a queue, counted in whole batches."""

    def setUp(self):
        super().setUp()
        self.results = small_run()
        self.timelines = [list(rows) for _, rows in itertools.groupby(self.results.rows("timeline.csv"), key=lambda row: row["sites"])]
        self.timelines = [rows for rows in self.timelines if rows[0]["sites"] in MEASURED]
        assumed = self.results.rows("assumptions.csv", name="queue in busy spells")
        self.queued_batches = float(assumed[0]["server"])

    @staticmethod
    def sites(row):
        return Sites(committed_profile(row["model"]), row["input_type"], single_samples=row["sites"] == "measured-b1")

    def test_timeline(self):
        for rows in self.timelines:
            sites = self.sites(rows[0])
            candidates = sites.candidates("undominated")
            states = [State(int(row["batch"]), float(row["rate_MBps"]), float(row["slowdown"]), float(row["queue_ms"]) / 1e3) for row in rows]
            best_static = Gains(sites, candidates, states).best_static
            for t, (row, state) in enumerate(zip(rows, states)):
                latencies, queue = sites.latencies(state), self.queued_batches * sites.head_and_tail(0, state.batch)[1]
                where = row["model"], row["sites"], row["t"]
                self.check_split(row["split"], latencies, candidates, *where)
                self.check_columns(row, *where, t=t, dynamic_s=min(latencies), local_s=latencies[-1], offload_s=latencies[0],
                                   best_static_s=latencies[best_static])
                self.check(close(state.queue, 0) or close(state.queue, queue), *where, "waits", state.queue, "and not", queue)
                self.check(state.slowdown >= 1, *where, "is faster than the idle server")

    @unittest.skipIf(FINISHED_RUN, "the trace is that of the small run")
    def test_timeline_follows_the_trace(self):
        for rows in self.timelines:
            self.check([float(row["rate_MBps"]) for row in rows] == LIVE_RATES, rows[0]["sites"], "has other rates")

    def test_varying(self):
        for shown in self.timelines:
            for row in self.results.rows("varying.csv", sites=shown[0]["sites"], trace=shown[0]["trace"]):
                sites, batch = self.sites(row), int(row["batch"])
                states = list(self.states(shown, row["load"], batch, self.queued_batches * sites.head_and_tail(0, batch)[1]))
                gains = Gains(sites, sites.candidates("undominated"), states)
                where = (row[column] for column in ("model", "sites", "input_type", "load", "batch"))
                self.check_columns(row, *where, states=gains.states, outage_share=sum(state.rate_MBps == 0 for state in states) / gains.states,
                                   gain_local=gains.gain_percent(sites.layers), gain_offload=gains.gain_percent(0), best_static=gains.best_static,
                                   gain_best_static=gains.gain_percent(gains.best_static), real_share=gains.real_share(), switches=gains.switches())

    @staticmethod
    def states(shown, load, batch, queue):
        """The states of the timeline at another batch size, with one kind of load or both."""
        for row in shown:
            slowdown = float(row["slowdown"]) if load in ("slowdown", "both") else 1.0
            waits = load in ("queue", "both") and float(row["queue_ms"]) > 0
            yield State(batch, float(row["rate_MBps"]), slowdown, queue if waits else 0.0)

    def test_every_run_is_there(self):
        found = [tuple(row[column] for column in ("model", "sites", "input_type", "load", "batch"))
                 for row in self.results.rows("varying.csv", trace=self.timelines[0][0]["trace"])]
        batches = sorted({batch for *_, batch in found}, key=int)
        expected = itertools.product(program.MODELS, MEASURED, INPUT_TYPES, ("idle", "slowdown", "queue", "both"), batches)
        self.check(set(found) >= set(expected) and len(set(found)) == len(found), "runs are missing, or there twice")


class TablesAmongThemselves(TableTest):
    """What holds for all sites, modelled ones too, without knowing their costs."""

    def setUp(self):
        super().setUp()
        self.results = small_run()

    def test_bottlenecks_are_those_of_the_ratios(self):
        for row in self.results.rows("bottlenecks.csv"):
            name = {"model": row["model"], "input_type": row["input_type"]}
            layers = self.results.rows("ratios.csv", **name)
            ratios = {int(layer["split"]): float(layer["ratio"]) for layer in layers}
            of_blocks = {int(layer["split"]): float(layer["ratio"]) for layer in layers if layer["block"] == "1"}
            natural, compressive = oracle.natural_bottlenecks(of_blocks), oracle.compressive_bottlenecks(of_blocks)
            of_layers = oracle.natural_bottlenecks(ratios), oracle.compressive_bottlenecks(ratios)
            self.check_columns(row, *name.values(), layers=len(ratios), blocks=len(of_blocks), natural=len(natural), compressive=len(compressive),
                               natural_of_layers=len(of_layers[0]), compressive_of_layers=len(of_layers[1]))
            for layer in layers:
                split = int(layer["split"])
                self.check_columns(layer, *name.values(), split, natural=split in natural, compressive=split in compressive,
                                   ratio=int(layer["bytes"]) * float(layers[0]["ratio"]) / int(layers[0]["bytes"]))

    def test_ratios_of_uint8_are_four_times_those_of_float32(self):
        counted = self.results.rows("ratios.csv", input_type="float32")
        sent = self.results.rows("ratios.csv", input_type="uint8")
        self.check([row["layer"] for row in counted] == [row["layer"] for row in sent], "other layers as uint8")
        for row, other in zip(counted, sent):
            self.check_close(other["ratio"], 4 * float(row["ratio"]), row["model"], row["layer"])

    def test_dynamic_is_never_slower(self):
        for *name, rows in self.results.grids():
            for row in rows:
                paper, every = float(row["paper_s"]), float(row["undominated_s"])
                fixed = min(float(row[column]) for column in ("local_s", "offload_s", "best_static_s"))
                self.check(every <= paper * (1 + 1e-12) and paper <= fixed * (1 + 1e-12), *name, row["batch"], row["rate_MBps"], "is slower")

    def test_every_state_takes_time(self):
        """Extrapolated from times that fall with the batch, a latency would reach 0."""
        for *name, rows in self.results.grids():
            for row in rows:
                for column in ("paper_s", "undominated_s", "local_s", "offload_s", "best_static_s"):
                    self.check(0 < float(row[column]) < math.inf, *name, row["batch"], row["rate_MBps"], column, "is", row[column])

    def test_taken_splits_are_candidates(self):
        for sites, input_type, model, rows in self.results.grids():
            ratios = self.results.rows("ratios.csv", model=model, input_type=input_type)
            allowed = {"0", str(len(ratios)), *(row["split"] for row in ratios if row["compressive"] == "1")}
            for row in rows:
                self.check(row["paper_split"] in allowed, sites, input_type, model, row["batch"], row["rate_MBps"], "takes", row["paper_split"])

    def test_gains_are_those_of_the_grids(self):
        for sites, input_type, model, rows in self.results.grids():
            layers = len(self.results.rows("ratios.csv", model=model, input_type=input_type))
            for kind in CANDIDATES:
                name = {"model": model, "sites": sites, "input_type": input_type, "candidates": kind}
                self.check_gains_of_grid(rows, kind, layers, name)

    def check_gains_of_grid(self, rows, kind, layers, name):
        taken = [int(row[f"{kind}_split"]) for row in rows]
        dynamic = [float(row[f"{kind}_s"]) for row in rows]
        for gain in self.results.rows("gains.csv", **name):
            self.check_close(gain["share"], taken.count(int(gain["split"])) / len(rows), *name.values(), gain["against"], gain["split"], "share")
            if gain["against"] in ("local", "offload") or gain["against"] == "best_static" and kind == "paper":
                static = [float(row[f"{gain['against']}_s"]) for row in rows]
                self.check_columns(gain, *name.values(), gain["against"], mean_s=math.fsum(static) / len(rows),
                                   gain_percent=oracle.gain_percent(dynamic, static))
        for row in self.results.rows("summary.csv", **name):
            self.check_columns(row, *name.values(), states=len(rows), mean_s=math.fsum(dynamic) / len(rows),
                               real_share=sum(0 < split < layers for split in taken) / len(rows), winning_splits=len(set(taken) - {0, layers}))

    def test_policies_give_the_splits_of_the_grids(self):
        for sites, input_type, model, rows in self.results.grids():
            table = self.results.rows("switching.csv", model=model, sites=sites, input_type=input_type)
            for row, kind in itertools.product(rows, CANDIDATES):
                pieces = [piece for piece in table if piece["candidates"] == kind and piece["batch"] == row["batch"]]
                around = [int(piece["split"]) for piece in pieces if holds(piece, float(row["rate_MBps"]))]
                self.check(around and int(row[f"{kind}_split"]) == min(around), sites, input_type, model, kind, row["batch"], row["rate_MBps"],
                           "takes", row[f"{kind}_split"], "in the piece of", around)

    def test_single_samples(self):
        """Sites of single samples agree at batch 1, and running locally costs them the same at every batch size."""
        grids = {(sites, *name): rows for sites, *name, rows in self.results.grids()}
        for (sites, *name), rows in grids.items():
            if not sites.endswith("-b1"):
                continue
            of_one = [row for row in rows if row["batch"] == "1"]
            usual = [row for row in grids[(sites[:-len("-b1")], *name)] if row["batch"] == "1"]
            for row, other in zip(of_one, usual):
                self.check_columns(row, sites, *name, row["rate_MBps"], **{column: float(other[column]) for column in
                                                                          ("paper_s", "undominated_s", "local_s", "offload_s")})
            for row in rows:
                self.check_close(row["local_s"], float(of_one[0]["local_s"]), sites, *name, row["batch"], "local_s")

    def test_usual_assumptions_of_the_sensitivity_study(self):
        assumed = {row["name"]: row["server"] for row in self.results.rows("assumptions.csv")}
        for row in self.results.rows("sensitivity.csv", efficiency=assumed["efficiency"], launch_us=assumed["launch"], bandwidth="same"):
            name = {"model": row["model"], "input_type": row["input_type"], "sites": "modelled", "candidates": "paper"}
            for against in ("local", "offload", "best_static"):
                self.check_close(row[f"gain_{against}"], float(self.results.rows("gains.csv", **name, against=against)[0]["gain_percent"]),
                                 *name.values(), against)
            self.check_close(row["real_share"], float(self.results.rows("summary.csv", **name)[0]["real_share"]), *name.values(), "real_share")

    def test_gains_and_shares_are_in_range(self):
        for table in ("gains.csv", "sensitivity.csv", "varying.csv", "summary.csv"):
            for row in self.results.rows(table):
                for column, cell in row.items():
                    if column.startswith("gain"):
                        self.check(-1e-9 <= float(cell) <= 100, table, column, row)
                    if column.endswith("share"):
                        self.check(-1e-12 <= float(cell) <= 1 + 1e-12, table, column, row)


@unittest.skipIf(FINISHED_RUN, "the stored tables are those of the small run")
class StoredTables(TableTest):
    def test_stored(self):
        for name in ("bottlenecks.csv", "gains.csv", "switching.csv", "summary.csv"):
            found = small_run().folder / name
            if os.environ.get("DSC_PAPER_UPDATE") == "1":
                EXPECTED.mkdir(exist_ok=True)
                shutil.copyfile(found, EXPECTED / name)
            self.check((EXPECTED / name).exists(), f"there is no stored {name}; DSC_PAPER_UPDATE=1 writes it")
            if (EXPECTED / name).exists():
                self.check_tables(name, *(file.read_text(encoding="utf-8").splitlines() for file in (found, EXPECTED / name)))

    def check_tables(self, name, found, expected):
        self.check(len(found) == len(expected), name, "found", len(found), "lines, expected", len(expected))
        for line, (left, right) in enumerate(zip(found, expected), start=1):
            left, right = left.split(","), right.split(",")
            same = len(left) == len(right) and all(map(same_cell, left, right))
            self.check(same, f"{name}, line {line}: found", left, "expected", right)


class OddProfiles(OracleTest):
    """Profiles that are legal, and strange: the answers are right ones for them all the same."""

    def agrees(self, change, *more, model=program.MODELS[0], slowdown=oracle.PAPER_SLOWDOWN, warns=False, **changed):
        folder = program.new_folder(self)
        document = change(program.document_of(model))
        (folder / "profiles").mkdir()
        (folder / "profiles" / f"{model}.json").write_text(json.dumps(document), encoding="utf-8")
        done = program.succeed(folder / "out", *more, profiles=folder / "profiles", models=[model], **changed)
        self.check_all(program.Results(folder / "out"), {model: oracle.Profile(document)}, slowdown)
        if warns:
            self.check("warning" in done.stderr, "no warning in", repr(done.stderr))
        return program.Results(folder / "out"), model

    def test_tails_that_take_longer_the_deeper_the_split(self):
        def rising(document):
            layers = len(document["layers"])
            document["suffix_seconds"] = [[*(prefix[-1] * (1 + split) / layers for split in range(layers)), 0.0]
                                          for prefix in document["prefix_seconds"]]
            return document
        self.agrees(rising, warns=True)

    def test_device_that_is_faster_than_the_server(self):
        self.agrees(lambda document: document, "--device-slowdown", 0.5, slowdown=0.5, warns=True)

    def test_measured_tails(self):
        def with_suffixes(document):
            document["suffix_seconds"] = [[0.9 * (prefix[-1] - time) for time in prefix] for prefix in document["prefix_seconds"]]
            return document
        self.agrees(with_suffixes)

    def test_batches_beyond_the_measured_ones(self):
        results, model = self.agrees(functools.partial(only_batches, [1, 2]))
        rows = results.rows("coverage.csv", model=model, sites="measured")
        self.check([row["largest_measured_batch"] for row in rows] == ["2"], "coverage.csv does not tell that batches above 2 are extrapolated:", rows)

    def test_batches_below_the_measured_ones(self):
        self.agrees(functools.partial(only_batches, [2, 8]))

    def test_one_measured_batch(self):
        self.agrees(functools.partial(only_batches, [2]))

    def test_extrapolation_ends_at_no_time(self):
        def falling(document):
            document = only_batches([1, 2], document)
            document["prefix_seconds"][1] = [0.4 * time for time in document["prefix_seconds"][0]]
            return document
        self.agrees(falling)

    def test_ties(self):
        """A layer that takes no time and puts out as much as the one before it ties with it in every state."""
        def tied(document):
            sizes = [layer["output_bytes"] for layer in document["layers"]]
            for split in range(2, len(sizes)):
                if sizes[split - 1] == sizes[split - 2]:
                    for prefix in document["prefix_seconds"]:
                        prefix[split] = prefix[split - 1]
            return document
        self.agrees(tied)


    @unittest.skipUnless("efficientnet_b0" in program.MODELS, "there is no profile of efficientnet_b0")
    def test_tie_at_a_rate_of_the_grid(self):
        """B0 sends half of its input at l = 3. At 4 * 301056 bytes per second that saves 0.25 s, which is what these layers cost at twice the time;
        all numbers are sums of powers of two, so nothing is rounded."""
        def exact(document):
            document = only_batches([1], document)
            layers = len(document["layers"])
            document["prefix_seconds"] = [[0.0, 0.0, 0.0, *(0.25 + 0.5 * split for split in range(layers - 2))]]
            return document
        results, _ = self.agrees(exact, "--device-slowdown", 2, model="efficientnet_b0", slowdown=2.0, rates="1.204224")
        for row in results.rows("grid/measured/float32/efficientnet_b0.csv"):
            self.check((row["paper_split"], row["undominated_split"]) == ("0", "0"), "the tie goes to", row["paper_split"], row["undominated_split"])

    def test_times_of_any_shape(self):
        for seed in range(4):
            draw = random.Random(seed)

            def wild(document, draw=draw):
                document = only_batches([1, 4], document)
                splits = len(document["layers"]) + 1
                document["prefix_seconds"] = [[0.0, *(draw.uniform(0, 0.02 * batch) for _ in range(splits - 1))] for batch in (1, 4)]
                document["suffix_seconds"] = [[*(draw.uniform(0, 0.1 * batch) for _ in range(splits - 1)), 0.0] for batch in (1, 4)]
                return document
            self.agrees(wild, warns=True)


def only_batches(batches, document):
    """A profile in which only some of its batch sizes were measured; missing ones are made up."""
    times = dict(zip(document["batches"], document["prefix_seconds"]))
    document["prefix_seconds"] = [times.get(batch, [batch * time for time in document["prefix_seconds"][0]]) for batch in batches]
    document["batches"] = batches
    document.pop("prefix_mad_seconds", None)
    return document


if __name__ == "__main__":
    unittest.main()
