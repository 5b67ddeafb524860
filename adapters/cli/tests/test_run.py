"""run: EfficientNet-B0 really runs, with profiles written by hand so that little has to be measured."""

import json
import os
import statistics
import subprocess

from command import COMMAND, dsc
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
                          "observed", "sent", "received", "confirmed", "confirmed_within", "cold", "route", "waited", "hedged", "fallback")
            self.assertEqual(set(request["predicted"]), BREAKDOWN)
            self.assertEqual(set(request["observed"]), BREAKDOWN)
            parts = sum(request["observed"].values()) + request["waited"]
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
        document = self.run_model("--batch", "1,2", "--requests", 3, "--trace", trace, "--min-dwell", 0, "--min-gain", 0, "--latency", 2)
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
            run = lambda *more: self.run_model("--rate", 50, "--requests", 1, "--strategy", "offload", "--image", *more, input_type=input_type)
            one, two = (run(image)["images"][0] for image in images)
            self.assertEqual(one["file"], str(images[0]))
            self.assertEqual(len(one["classes"]), 5)
            self.assertNotEqual(one["classes"], two["classes"])
            self.assertEqual([row["class"] for row in one["classes"]], run(images[0])["top_classes"])
            shares = [row["probability"] for row in one["classes"]]
            self.assertEqual(shares, sorted(shares, reverse=True))
            self.assertLess(sum(shares), 1)
            both = run(*images, "--batch", 2)["images"]  # each in its place of the batch
            self.assertEqual([[row["class"] for row in image["classes"]] for image in both],
                             [[row["class"] for row in image["classes"]] for image in (one, two)])

    def test_names_of_classes_and_every_image(self):
        images = [self.file(f"{i}.png", png(20 + i, 10)) for i in range(3)]
        labels = self.file("labels.txt", "".join(f"thing {i}\n" for i in range(1000)))
        text = self.ok("run", "efficientnet_b0", "--device-slowdown", 1, *self.sites(), "--rate", 50, "--batch", "1,2", "--strategy", "offload",
                       "--requests", 2, "--labels", labels, "--image", *images)
        for image in images:
            self.assertRegex(text, rf"{image} +thing \d+ \d+\.\d %, thing")

    def test_normalization(self):
        image = self.file("one.png", png())
        def classes(*more):
            return self.run_model("--rate", 50, "--requests", 1, "--strategy", "offload", "--image", image, *more)["images"][0]["classes"]
        usual = classes()
        self.assertEqual(classes("--normalize", "imagenet"), usual)
        self.assertEqual(classes("--mean", "0.485,0.456,0.406", "--deviation", "0.229,0.224,0.225"), usual)
        self.assertEqual(classes("--normalize", "-1..1"), classes("--mean", "0.5", "--deviation", "0.5"))
        self.assertNotEqual(classes("--normalize", "-1..1"), usual)
        self.assertNotEqual(classes("--stretch"), usual)

    def slow_sites(self, layer_seconds):
        """A device whose profile has these seconds for every layer, and a server of 1 ms each."""
        model = self.json("inspect", "efficientnet_b0", "--granularity", "layers")
        files = []
        for site, each in (("device", layer_seconds), ("server", [1e-3] * 20)):
            prefix = [sum(each[:l]) for l in range(21)]
            files += [f"--{site}", self.file(f"{site}.json", {
                "schema": "dsc.profile/1", "model": "efficientnet_b0", "input_bytes": model["input"]["bytes"],
                "layers": [{"name": layer["name"], "output_bytes": layer["bytes"]} for layer in model["layers"]],
                "batches": [1], "prefix_seconds": [prefix]})]
        return files

    def test_takes_the_times_of_the_device_profile(self):
        # Unlike any factor of this machine: nearly everything is in the first three layers, or in the last ones.
        for each, head in (([0.5] * 3 + [0.001] * 17, 1.5), ([0.4] * 3 + [0.1] * 17, 1.2)):
            document = self.json("run", "efficientnet_b0", *self.slow_sites(each), "--rate", 50, "--requests", 1, "--strategy", "static:3,local")
            fixed, local = document["requests"]
            self.assertAlmostEqual(fixed["observed"]["head"], head, delta=0.05 * head)
            self.assertAlmostEqual(local["observed"]["head"], sum(each), delta=0.05 * sum(each))
            self.assertAlmostEqual(document["device_slowdown"], sum(each) / 0.02)

    def test_a_device_faster_than_this_machine(self):
        done = dsc("run", "efficientnet_b0", *self.slow_sites([1e-6] * 20), "--rate", 50, "--requests", 1, "--strategy", "local")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"dsc: warning: the device's profile has \S+ ms for a batch of 1, but this machine takes")
        self.assertRegex(done.stderr, r"dsc: warning: predicted and observed latency differ by .* in the median")

    def test_the_same_splits_are_no_gain(self):
        text = self.ok("run", "efficientnet_b0", *self.slow_sites([0.05] * 20), "--rate", 1000, "--requests", 2, "--strategy", "dynamic,offload,local")
        self.assertRegex(text.splitlines()[-1], r"the same as full offloading at every request|% less than full offloading")
        if "the same as" in text:
            self.assertRegex(text, r"\noffload .* same splits")

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
        self.assertRegex(done.stderr, r"running efficientnet_b0: +50 %  request 1, dynamic")
        self.check(json.loads(done.stdout))

    def test_a_name_that_is_no_text_loses_no_run(self):
        name = os.fsencode(self.folder) + b"/tr\xff\x1b.csv"
        with open(name, "wb") as file:
            file.write(b"time,Mbit/s\n1638000000,400\n1638000001,400\n")
        path = self.folder / "run.json"
        run = [COMMAND, "run", "efficientnet_b0", "--device-slowdown", "1.2", *map(str, self.sites()), "--requests", "1", "--strategy", "offload",
               "--trace", name]
        told = subprocess.run([*run, "-o", str(path)], capture_output=True, check=True).stdout
        self.assertIn(rb"tr\xff\x1b.csv", told)
        document = json.loads(path.read_text())
        self.assertTrue(document["link"]["trace"].endswith("tr\ufffd\x1b.csv"))
        self.assertEqual(document["requests"][0]["rate"], 50e6)
        self.assertEqual(json.loads(subprocess.run([*run, "--json"], capture_output=True, check=True).stdout)["link"], document["link"])

    def test_weights(self):
        self.refused("run", "efficientnet_b0", *self.sites(), "--rate", 5, "--weights", self.file("w.pth", b"PK\x03\x04"), telling="w.pth")
