"""Does the chaos driver see what it must? With a stand-in for device and server, stub_device.py, and with made-up lines.

usage: test_chaos.py [unittest options]
"""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

import accuracy
import chaos
import shaped_network
from chaos import FAULT, RECOVERY, Event, Happened, Result, Scenario
from device_run import Request

STUB = f"{sys.executable} -B {pathlib.Path(__file__).with_name('stub_device.py')}"


def line(request, total_s=1.0, split=2, fell_back=False, answer="a", rss_kb=1000):
    return {"request": request, "input": 0, "total_s": total_s, "split": split, "layers": 4, "fell_back": fell_back, "fallback": "",
            "answer_hash": answer, "rss_kb": rss_kb}


class Device:
    """What a Result asks of a DeviceRun."""

    def __init__(self, requests, exit_code=0, bad_lines=(), errors=""):
        self.requests, self.exit_code, self.bad_lines, self.errors = requests, exit_code, list(bad_lines), errors


def result(requests, happened=(), **device):
    return Result(Scenario("made up", "nothing", (), 1), {0: "a"}, 0.5, Device(requests, **device), list(happened))


class Figures(unittest.TestCase):
    def test_times_are_multiples_of_the_local_median(self):
        got = result([Request(float(at), line(at, total_s=0.01 * (at + 1))) for at in range(100)])
        self.assertEqual([round(multiple, 6) for multiple in got.multiples], [1.0, 1.9, 1.98, 2.0])

    def test_every_request_is_answered_once_and_alike(self):
        self.assertEqual(result([Request(1, line(0)), Request(2, line(1))]).problems, [])
        self.assertIn("1 requests were not answered, 1 first", result([Request(1, line(0)), Request(2, line(2))]).problems)
        self.assertIn("1 requests were answered twice, 0 first", result([Request(1, line(0)), Request(2, line(0))]).problems)
        self.assertIn("1 answers differ from the undivided network's, request 1 first",
                      result([Request(1, line(0)), Request(2, line(1, answer="b"))]).problems)
        self.assertIn("the device ended with exit code 3: bad luck", result([Request(1, line(0))], exit_code=3, errors="bad luck").problems)
        self.assertIn("the device said 'Hello'", result([Request(1, line(0))], bad_lines=["Hello"]).problems)
        self.assertIn("no request was answered", result([]).problems)

    def test_a_fault_is_noticed_by_the_first_answer_without_the_server(self):
        fault, recovery = Happened(10, Event(0, "cut", FAULT)), Happened(15, Event(0, "restore", RECOVERY))
        requests = [Request(9, line(0)), Request(10.4, line(1)), Request(11.5, line(2, fell_back=True)), Request(12, line(3, split=4)),
                    Request(17.5, line(4)), Request(18, line(5))]
        got = result(requests, [fault, recovery])
        self.assertEqual((got.noticed, got.back), ([1.5], [2.5]))
        self.assertEqual(list(got.misses), ["noticed only after 1.50 s"])

    def test_a_fault_that_ends_before_it_is_noticed_is_no_miss(self):
        got = result([Request(9, line(0)), Request(10.7, line(1, fell_back=True)), Request(12, line(2))],
                     [Happened(10, Event(0, "cut", FAULT)), Happened(10.5, Event(0, "restore", RECOVERY))])
        self.assertEqual((got.noticed, got.back), ([], [1.5]))

    def test_a_device_that_stays_local_is_never_back(self):
        requests = [Request(at, line(at, split=4)) for at in range(10, 30)]
        got = result(requests, [Happened(10, Event(0, "cut", FAULT)), Happened(12, Event(0, "restore", RECOVERY))])
        self.assertEqual(got.back, [float("inf")])
        self.assertIn("never back to remote after a recovery", list(got.misses))
        self.assertIn("no request was answered by a server", list(got.misses))
        # Nothing can be said of a recovery just before the end.
        self.assertEqual(result(requests, [Happened(28, Event(0, "restore", RECOVERY))]).back, [])

    def test_memory_that_grows_is_told(self):
        got = result([Request(at, line(at, rss_kb=1000 + 200 * at)) for at in range(200)])
        self.assertAlmostEqual(got.growth_kb, 20_000, delta=1)
        self.assertIn("memory grew by 20 MB over the second half", list(got.misses))
        # What is taken at the start and kept is no leak.
        self.assertEqual(result([Request(at, line(at, rss_kb=1000 + 50_000 * (at > 20))) for at in range(200)]).growth_kb, 0)

    def test_the_table(self):
        got = result([Request(1, line(0))])
        text = chaos.table([got], [(got.scenario, "no root")])
        widths = {row.count("|") for row in text.strip().split("\n")}
        self.assertEqual(widths, {len(chaos.COLUMNS) + 1})
        self.assertIn("skipped: no root", text)

    def test_scenarios_are_told_apart_and_do_only_what_there_is(self):
        names = [scenario.name for scenario in chaos.SCENARIOS]
        self.assertEqual(len(names), len(set(names)))
        for scenario in chaos.SCENARIOS:
            times = [event.at for event in scenario.events]
            self.assertEqual(times, sorted(times), scenario.name)
            self.assertLess(max(times, default=0), scenario.period, scenario.name)


class Accuracy(unittest.TestCase):
    def test_errors_of_predictions_leave_out_what_no_server_answered(self):
        requests = [Request(at, {**line(at, total_s=2.0, fell_back=at == 3), "predicted_s": predicted})
                    for at, predicted in enumerate([2.2, 1.0, 2.0, 100, None, 2.1])]
        self.assertAlmostEqual(accuracy.prediction_error(requests), 0.075)
        self.assertIsNone(accuracy.prediction_error([]))

    def test_a_choice_is_settled_at_the_first_request_at_the_split_that_lasts(self):
        requests = [Request(at, line(at, split=split, fell_back=at == 1)) for at, split in enumerate([1, 1, 4, 2, 2, 2, 3, 2])]
        phase = accuracy.Phase("made up", requests)
        self.assertEqual(phase.splits, [1, 4, 4, 2, 2, 2, 3, 2])
        self.assertEqual((phase.settled, phase.settled_after), (2, 3))
        self.assertIsNone(accuracy.Phase("empty", []).settled_after)


class Runs(unittest.TestCase):
    """The driver as a whole."""

    def setUp(self):
        if problem := shaped_network.unavailable():
            self.skipTest(problem)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.scenarios = {scenario.name: scenario for scenario in chaos.SCENARIOS}
        self.addCleanup(setattr, chaos, "SCENARIOS", chaos.SCENARIOS)
        chaos.SCENARIOS = [chaos.dataclasses.replace(self.scenarios["quiet"], period=0.5)]

    def run_chaos(self, scenarios, *more, fault="none"):
        output, errors = io.StringIO(), io.StringIO()
        arguments = ["--device", f"{STUB} device {{addresses}} --fault {fault}", "--server", f"{STUB} server {{address}}",
                     "--requests", "40", "--local-requests", "9", "--scenarios", scenarios, "--json", str(self.folder / "chaos.json"),
                     "-o", str(self.folder / "chaos.md"), *more]
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = chaos.main(arguments)
        return status, {one["scenario"]: one for one in json.loads((self.folder / "chaos.json").read_text())}

    def test_a_device_that_survives(self):
        brief = {"kill": chaos.during(0.6, 1.6, "kill first", "restart first"), "cut": chaos.during(0.6, 1.8, "cut", "restore"),
                 "stop": chaos.during(0.6, 1.6, "pause first", "resume first"),
                 "corrupt": chaos.during(0.6, 1.6, "proxy corrupt 7", "proxy pass")}
        chaos.SCENARIOS = [chaos.dataclasses.replace(self.scenarios[name], events=events, period=3.5) for name, events in brief.items()]
        status, results = self.run_chaos("", "--lines", str(self.folder / "lines"))
        self.assertEqual(status, 0, results)
        for name in brief:
            with self.subTest(scenario=name):
                got = results[name]
                self.assertGreaterEqual(got["requests"], 40)
                self.assertGreater(got["remote"], 0)
                self.assertEqual(len(got["noticed_s"]), 1, got)
                self.assertLess(got["noticed_s"][0], 1)
                self.assertEqual(len(got["back_s"]), 1, got)
                self.assertLess(got["back_s"][0], 3)
                lines = (self.folder / "lines" / f"{name}.jsonl").read_text().splitlines()
                self.assertEqual(len(lines), got["requests"])

    def test_devices_that_do_wrong(self):
        for fault, sign in {"lose": "were not answered", "twice": "answered twice", "wrong": "differ from", "crash": "out of luck"}.items():
            with self.subTest(fault=fault):
                status, results = self.run_chaos("quiet", fault=fault)
                self.assertEqual(status, 1)
                self.assertIn(sign, " ".join(results["quiet"]["problems"]))

    def test_a_device_that_believes_everything(self):
        chaos.SCENARIOS = [Scenario("corrupt", "bits are flipped", (Event(0.3, "proxy corrupt 7", FAULT),), 1.5, front="proxy")]
        status, results = self.run_chaos("", fault="trust")
        self.assertEqual(status, 1)
        self.assertIn("differ from", results["corrupt"]["problems"][0])

    def test_only_strict_runs_fail_for_a_leak(self):
        for more, expected in ([], 0), (["--strict"], 1):
            status, results = self.run_chaos("quiet", *more, fault="leak")
            self.assertEqual(status, expected)
            self.assertTrue(any("memory grew" in miss for miss in results["quiet"]["misses"]), results)


if __name__ == "__main__":
    unittest.main()
