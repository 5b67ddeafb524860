"""run: EfficientNet-B0 really runs, with profiles written by hand so that little has to be measured."""

import json
import statistics
import subprocess

from command import COMMAND
from run_files import JPEG, RunTest, png

SPLITS = {"local": 20, "offload": 0, "static:3": 3, "static:5": 5, "static:7": 7, "static:13": 13}
BREAKDOWN = {"head", "transfer", "queue", "tail", "return_time"}


class Run(RunTest):
    def check(self, document):
        self.has_keys(document, "schema", "model", "input_type", "batch", "device_slowdown", "link", "load", "strategies", "requests",
                      "prediction_error", "top_classes")
        self.assertEqual(document["schema"], "dsc.run/1")
        self.has_keys(document["link"], "rate", "trace", "latency", "return_latency", "return_rate")
        errors = []
        for request in document["requests"]:
            self.has_keys(request, "request", "strategy", "time", "batch", "rate", "split", "predicted_seconds", "observed_seconds", "predicted",
                          "observed", "fallback")
            self.assertEqual(set(request["predicted"]), BREAKDOWN)
            self.assertEqual(set(request["observed"]), BREAKDOWN)
            parts = sum(request["observed"].values())
            self.assertLessEqual(parts, request["observed_seconds"] * 1.001)
            if request["predicted_seconds"] is not None and request["fallback"] is None:
                self.assertAlmostEqual(sum(request["predicted"].values()), request["predicted_seconds"], places=12)
                errors.append(abs(request["predicted_seconds"] - request["observed_seconds"]) / request["observed_seconds"])
        self.assertAlmostEqual(document["prediction_error"], statistics.median(errors), places=12)
        self.check_strategies(document)

    def check_strategies(self, document):
        times = {one["name"]: [r["observed_seconds"] for r in document["requests"] if r["strategy"] == one["name"]] for one in document["strategies"]}
        for one in document["strategies"]:
            mine = times[one["name"]]
            self.assertTrue(one["identical_answers"], one["name"])
            self.assertAlmostEqual(one["mean_seconds"], statistics.mean(mine), places=12)
            self.assertAlmostEqual(one["median_seconds"], statistics.median(mine), places=12)
            if "dynamic" in times:
                gain = 100 * statistics.mean((t - d) / t for t, d in zip(mine, times["dynamic"]))
                self.assertAlmostEqual(one["gain_percent"], gain, places=9)

    def test_all_strategies_over_a_trace(self):
        trace = self.file("trace.csv", "seconds,megabytes_per_second\n0,50\n1,2\n2,0\n2.5,50\n")
        document = self.run_model("--batch", "1,2", "--requests", 3, "--trace", trace, "--dwell", 0, "--margin", 0, "--latency", 2)
        self.check(document)
        self.assertEqual({one["name"]: one.get("split") for one in document["strategies"]}, {"dynamic": None, **SPLITS})
        self.assertEqual(len(document["requests"]), 3 * 7)
        self.assertEqual([r["batch"] for r in document["requests"] if r["strategy"] == "dynamic"], [1, 2, 1])
        self.assertEqual([r["time"] for r in document["requests"] if r["strategy"] == "offload"], [0, 1, 2])
        self.assertEqual([r["rate"] for r in document["requests"] if r["strategy"] == "local"], [50e6, 2e6, 0])
        chosen = [r["split"] for r in document["requests"] if r["strategy"] == "dynamic"]
        self.assertEqual(chosen[2], 20)  # nothing gets through
        self.assertEqual(len(set(chosen)), 3)
        dead = [r for r in document["requests"] if r["strategy"] == "offload" and r["rate"] == 0]
        self.assertIsNone(dead[0]["predicted_seconds"])
        self.assertGreater(dead[0]["observed_seconds"], 0.4)  # it waited for the outage's end

    def test_devices_and_threads_that_do_not_exist(self):
        for option, value, word in (("--torch-device", "meta", "meta"), ("--torch-device", "cuda:99", "cuda:99"), ("--threads", 100000, "threads")):
            self.refused("run", "efficientnet_b0", *self.sites(), "--rate", 5, option, value, telling=word)

    def test_really_waits(self):
        document = self.run_model("--rate", 4, "--strategy", "offload,local", "--requests", 5, "--latency", 30, "--return-latency", 20, "--queue", 50, "--load", 2)
        self.check(document)
        offload = [r["observed"] for r in document["requests"] if r["strategy"] == "offload"]
        self.assertEqual(len(offload), 5)
        for seen in offload:
            self.assertGreater(seen["transfer"], 0.030 + 602112 / 4e6 - 1e-4)
            self.assertGreater(seen["queue"], 0.050 - 1e-4)
            self.assertGreaterEqual(seen["return_time"], 0.020)
        self.assertIsNone(document["strategies"][0]["gain_percent"])
        self.assertEqual(document["load"], {"slowdown": 2, "queueing_delay": 0.05})

    def test_uint8(self):
        document = self.run_model("--rate", 20, "--requests", 1, "--strategy", "dynamic,static:0,static:5,local", input_type="uint8")
        self.check(document)

    def test_private(self):
        document = self.run_model("--rate", 100, "--requests", 1, "--private")
        self.assertNotIn("offload", {one["name"] for one in document["strategies"]})
        self.assertTrue(all(request["split"] > 0 for request in document["requests"]))

    def test_images(self):
        images = [self.file("one.png", png()), self.file("two.jpg", JPEG)]
        for input_type in ("float32", "uint8"):
            top = lambda *more: self.run_model("--rate", 50, "--requests", 1, "--strategy", "offload", "--image", *more, input_type=input_type)["top_classes"]
            self.assertEqual(len(top(images[0])), 5)
            self.assertNotEqual(top(images[0]), top(images[1]))
            self.assertEqual(top(*images), top(images[0]))

    def test_report(self):
        text = self.ok("run", "efficientnet_b0", "--device-slowdown", 1.2, *self.sites(), "--rate", 50, "--requests", 2)
        self.assertIn("each request of strategy 'dynamic'", text)
        for name in SPLITS:
            self.assertIn(f"\n{name} ", text)
        self.assertIn("Dynamic split computing took", text.splitlines()[-1])

    def test_output_file(self):
        path = self.folder / "run.json"
        text = self.ok("run", "efficientnet_b0", "--device-slowdown", 1.2, *self.sites(), "--rate", 50, "--requests", 1, "-o", path)
        self.assertIn("Dynamic split computing took", text)
        self.check(json.loads(path.read_text()))
        self.refused("run", "efficientnet_b0", *self.sites(), "--rate", 50, "-o", self.folder / "none" / "run.json", telling="there is no folder")

    def test_measures_first(self):
        done = subprocess.run([COMMAND, "run", "efficientnet_b0", "--device-slowdown", "2", "--rate", "20", "--requests", "1", "--repeats", "1",
                               "--strategy", "dynamic,local", "--json"], capture_output=True, text=True, check=True)
        self.assertIn("measuring the device", done.stderr)
        self.check(json.loads(done.stdout))

    def test_weights(self):
        self.refused("run", "efficientnet_b0", *self.sites(), "--rate", 5, "--weights", self.file("w.pth", b"PK\x03\x04"), telling="w.pth")
