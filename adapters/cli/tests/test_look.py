"""models, inspect, trace, and the command line itself."""

import json
import signal
import subprocess

from command import COMMAND, CommandTest, dsc

COUNTS = {
    "efficientnet_b0": (15, 4), "efficientnet_b1": (21, 4), "efficientnet_b2": (21, 4), "efficientnet_b3": (24, 4),
    "efficientnet_b4": (30, 4), "efficientnet_b5": (36, 4), "efficientnet_b6": (42, 4), "efficientnet_b7": (44, 3),
    "efficientnet_v2_s": (34, 3), "efficientnet_v2_m": (49, 3), "efficientnet_v2_l": (68, 3), "efficientnet_v2_b0": (20, 4),
    "efficientnet_v2_b1": (25, 4), "efficientnet_v2_b2": (26, 4), "efficientnet_v2_b3": (30, 4),
}


# The first four seconds of the default trace, on every platform.
WALK = "0,5.94\n1,3.556\n2,6.018\n3,8.486\n"
# The same of the other kinds, from seed 7.
GENERATED = {"gilbert-elliott": "0,6.48\n1,0\n2,0\n3,0\n", "random-walk": "0,4.815136\n1,4.03769\n2,3.589375\n3,5.801071\n"}


class Models(CommandTest):
    def test_all_names(self):
        self.assertEqual(self.ok("models").split(), list(COUNTS))
        self.assertEqual(self.json("models")["models"], list(COUNTS))


class Inspect(CommandTest):
    def test_counts_of_every_model(self):
        for document in self.json("inspect", *COUNTS):
            counts = document["counts"]
            self.assertEqual((counts["natural"], counts["compressive"]), COUNTS[document["model"]], document["model"])

    def test_document(self):
        document = self.json("inspect", "efficientnet_b0")
        self.has_keys(document, "schema", "model", "granularity", "input", "counts", "layers")
        self.assertEqual(document["schema"], "dsc.inspect/1")
        self.assertEqual(document["granularity"], "blocks")
        self.assertEqual(document["input"], {"shape": [3, 224, 224], "element_type": "float32", "bytes": 602112})
        self.assertEqual(document["counts"], {"layers": 20, "judged": 16, "natural": 15, "compressive": 4})
        for layer in document["layers"]:
            self.has_keys(layer, "index", "name", "shape", "bytes", "ratio", "natural", "compressive", "macs")
            self.assertEqual(layer["ratio"], layer["bytes"] / 602112)
            self.assertEqual(layer["natural"], layer["bytes"] < 602112)
        self.assertEqual([layer["index"] for layer in document["layers"]], list(range(2, 18)))
        self.assertEqual([layer["index"] for layer in document["layers"] if layer["compressive"]], [3, 5, 7, 13])

    def test_all_layers(self):
        document = self.json("inspect", "efficientnet_b0", "--granularity", "layers")
        self.assertEqual(document["counts"], {"layers": 20, "judged": 20, "natural": 18, "compressive": 6})
        self.assertEqual(sum(layer["macs"] for layer in document["layers"]), 385814752)

    def test_uint8_input(self):
        document = self.json("inspect", "efficientnet_b0", "--input-type", "uint8")
        self.assertEqual((document["input"]["bytes"], document["counts"]["natural"], document["counts"]["compressive"]), (150528, 13, 3))

    def test_table(self):
        text = self.ok("inspect", "efficientnet_b0", "efficientnet_b7")
        self.assertIn("features.3.0", text)
        self.assertIn("15 natural bottlenecks, 4 of them compressive", text)
        self.assertIn("44 natural bottlenecks, 3 of them compressive", text)
        self.assertIn("ratio in elements", self.ok("inspect", "efficientnet_b0", "--input-type", "uint8"))

    def test_unknown_models(self):
        self.refused("inspect", "efficientnet-b0", telling=["no model 'efficientnet-b0'", "efficientnet_b0", "dsc-802"])
        self.refused("inspect", "b7", telling="efficientnet_b7")
        self.refused("inspect", "resnet50", telling="dsc models")

    def test_bad_words(self):
        self.refused("inspect", "efficientnet_b0", "--granularity", "pixels", telling="--granularity 'pixels'")
        self.refused("inspect", "efficientnet_b0", "--input-type", "int4", telling="--input-type 'int4'")


class Files(CommandTest):
    """Of files, what is said before one is opened."""

    def test_names_that_are_no_file(self):
        for name in ("none.pt", "none.torchscript", "./b0", "models/b0"):
            self.refused("inspect", name, telling=[name, "no such file", "dsc-601"])
        self.refused("inspect", f"{self.folder}/", telling="it is a folder")
        self.refused("inspect", "b0", telling=["no model 'b0'", "dsc-802"])

    def test_options_of_files_and_of_the_zoo(self):
        for option, value in (("--input", "3x224x224"), ("--cuts", "all"), ("--output-name", "out")):
            self.refused("inspect", "efficientnet_b0", option, value, telling=[option, "TorchScript", "efficientnet_b0"])
        self.refused("inspect", "efficientnet_b0", "--cuts", "some", telling="--cuts 'some'")
        self.refused("inspect", "efficientnet_b0", "--element", "int8", telling="--element 'int8'")

    def test_without_libtorch(self):
        self.refused("inspect", self.file("model.pt", "anything"), telling="no LibTorch")

    def test_element(self):
        whole, half = (self.json("inspect", "efficientnet_b0", "--element", element) for element in ("float32", "float16"))
        self.assertEqual([layer["bytes"] for layer in whole["layers"]], [2 * layer["bytes"] for layer in half["layers"]])
        self.assertIn("ratio in elements", self.ok("inspect", "efficientnet_b0", "--element", "float16"))


class Trace(CommandTest):
    def read(self, path):
        lines = path.read_text().splitlines()
        self.assertEqual(lines[0], "seconds,megabytes_per_second")
        return [tuple(map(float, line.split(","))) for line in lines[1:]]

    def test_trace(self):
        path = self.folder / "trace.csv"
        self.ok("trace", "--seconds", 300, "--seed", 3, "--mean", "160Mbit", "-o", path)
        samples = self.read(path)
        self.assertEqual([time for time, _ in samples], list(range(300)))
        rates = [rate for _, rate in samples]
        self.assertAlmostEqual(sum(rates) / 300, 20, delta=0.02)
        self.assertGreaterEqual(min(rates), 0)
        self.assertGreater(max(rates), 40)

    def test_same_seed_same_trace(self):
        one, same, other = (self.folder / name for name in ("one", "same", "other"))
        for path, seed in ((one, 5), (same, 5), (other, 6)):
            self.ok("trace", "--seed", seed, "-o", path)
        self.assertEqual(one.read_text(), same.read_text())
        self.assertNotEqual(one.read_text(), other.read_text())

    def test_stays_what_it_was(self):
        path = self.folder / "trace.csv"
        self.ok("trace", "--seconds", 4, "-o", path)
        self.assertEqual(path.read_text(), "seconds,megabytes_per_second\n" + WALK)

    def test_5g_is_the_usual_kind(self):
        self.assertEqual(self.ok("trace", "--kind", "5g", "--seed", 9, "-o", "-"), self.ok("trace", "--seed", 9, "-o", "-"))

    def test_outages(self):
        path = self.folder / "trace.csv"
        self.ok("trace", "--kind", "gilbert-elliott", "--seconds", 20000, "--mean", 20, "-o", path)
        rates = [rate for _, rate in self.read(path)]
        self.assertEqual(len(rates), 20000)
        self.assertEqual(set(rates), {0, 21.6})
        self.assertAlmostEqual(sum(rates) / 20000, 20, delta=0.4)

    def test_random_walk(self):
        path = self.folder / "trace.csv"
        self.ok("trace", "--kind", "random-walk", "--seconds", 20000, "--mean", 20, "-o", path)
        rates = [rate for _, rate in self.read(path)]
        self.assertAlmostEqual(sum(rates) / 20000, 20, delta=1)
        self.assertGreater(min(rates), 3.9)
        self.assertLess(max(rates), 79.2)
        self.assertGreater(max(rates), 40)

    def test_every_kind_stays_what_it_was(self):
        for kind, first in GENERATED.items():
            text = self.ok("trace", "--kind", kind, "--seconds", 4, "--seed", 7, "-o", "-")
            self.assertEqual(text, "seconds,megabytes_per_second\n" + first)

    def test_refused(self):
        path = self.folder / "trace.csv"
        self.refused("trace", "--kind", "lte", "-o", path, telling=["--kind 'lte'", "gilbert-elliott"])
        for option, value in (("--seconds", 0), ("--seconds", 1.5), ("--seconds", "nan"), ("--mean", 0), ("--mean", "nan"), ("--mean", -3), ("--mean", 1e308)):
            self.refused("trace", option, value, "-o", path, telling=option)
        self.refused("trace", "-o", self.folder / "nowhere" / "trace.csv", telling="no folder")
        self.refused("trace", "-o", self.folder, telling="it is a folder")
        kept = self.file("kept.csv", "old")
        kept.chmod(0o444)
        self.refused("trace", "-o", kept, telling=["kept.csv", "write-protected"])
        self.assertEqual(kept.read_text(), "old")
        kept.unlink()
        self.assertEqual(list(self.folder.iterdir()), [])


class Signals(CommandTest):
    def test_what_asks_to_end_leaves_no_half_of_a_file(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            path = self.folder / "trace.csv"
            with subprocess.Popen([COMMAND, "trace", "--seconds", "1000000", "-o", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
                while running.poll() is None and not any(entry.name.startswith(".tmp-") for entry in self.folder.iterdir()):
                    pass
                running.send_signal(number)
            self.assertIn(running.returncode, (0, 128 + number))
            self.assertEqual([entry.name for entry in self.folder.iterdir()], ["trace.csv"])
            path.unlink()


class Terminals(CommandTest):
    """Names from files do not steer the terminal."""

    def test_names_in_profiles(self):
        evil = "a\x1b]0;PWNED\x07\x1b[2J\nline\x9b1m"
        profile = self.file("evil.json", {"schema": "dsc.profile/1", "model": evil, "input_bytes": 1000,
                                          "layers": [{"name": evil, "output_bytes": 10}, {"name": "b", "output_bytes": 10}],
                                          "batches": [1], "prefix_seconds": [[0, 1, 2]]})
        slow = self.file("slow.json", json.loads(profile.read_text()) | {"prefix_seconds": [[0, 10, 20]]})
        for files in ((slow, profile), (profile, slow)):
            done = dsc("plan", "--device", files[0], "--server", files[1], "--rates", "0.00001,1")
            self.assertEqual(done.returncode, 0, done.stderr)
            for text in (done.stdout, done.stderr):
                self.assertFalse([c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160], text)
                self.assertNotIn("\nline", text)
            self.assertIn(r"a\x1b]0;PWNED\x07\x1b[2J\nline\u009b1m", done.stdout)

    def test_names_in_errors(self):
        self.refused("inspect", "x\x1b[31m", telling=r"x\x1b[31m")

    def test_a_file_that_never_ends(self):
        self.refused("plan", "--device", "/dev/zero", "--server", "/dev/zero", telling=["/dev/zero", "more than", "dsc-601"])


class CommandLine(CommandTest):
    def test_help(self):
        self.assertIn("inspect", self.ok("--help"))
        for command in ("models", "inspect", "profile", "plan", "run", "trace"):
            self.assertIn("--help", self.ok(command, "--help"))
        self.assertRegex(self.ok("--version"), r"^dsc \d+\.\d+\.\d+\n$")
        self.assertEqual(self.ok("-V"), self.ok("--version"))
        self.assertEqual(self.ok("help"), self.ok("--help"))
        self.assertEqual(self.ok("help", "run"), self.ok("run", "--help"))
        self.assertIn("5 without", self.ok("run", "--help"))
        self.assertNotIn("--margin", self.ok("run", "--help"))

    def test_help_names_what_may_be_given(self):
        text = " ".join(self.ok("run", "--help").split())
        for words in ("--cuts blocks|all=blocks", "--candidates undominated|compressive|natural|all=undominated", "--input-type float32|uint8 ",
                      "--element float32|float16|bfloat16=float32", "--strategy LIST=all", "--threads COUNT=1", "--latency MS=0", "--granularity blocks|layers=layers"):
            self.assertIn(words, text)
        self.assertIn("--granularity blocks|layers=blocks", self.ok("inspect", "--help"))

    def test_values_that_are_missing_or_too_many(self):
        self.refused("plan", "--rates", telling=["--rates needs a value behind it", "dsc-801"])
        self.refused("trace", "--seed", 1, "--seed", 2, "-o", "t.csv", telling=["--seed was given more than once", "dsc-801"])
        self.refused("plan", "--server", "s.json", "--server", "t.json", telling="--server was given more than once")
        self.refused("plan", "s.json", "--private", "--min-split", 1, telling=["--private", "--min-split", "give one of them"])
        for option in ("--rates", "--batches", "--latency", "--load", "--max-split", "--candidates", "--granularity"):
            for given in ([option, ""], [option + "="]):
                self.refused("plan", "s.json", *given, telling=[option + " was given an empty value", "dsc-801"])

    def test_options_are_checked_before_files_are_opened(self):
        for option, value in (("--latency", "1 ms"), ("--load", "x"), ("--rates", "x"), ("--rate", "fast"), ("--batches", "x"), ("--candidates", "x"), ("--max-split", "x"),
                              ("--device-slowdown", "x"), ("--return-rate", "x"), ("--queue", "x"), ("--granularity", "x")):
            self.refused("plan", "none.json", option, value, telling=[f"{'--rates' if option == '--rate' else option} '{value}' ", "dsc-801"])

    def test_refused(self):
        self.refused(telling="dsc --help")
        self.refused("look", telling="look")
        self.refused("modelz", telling=["there is no command 'modelz'", "did you mean 'dsc models'?"])
        self.refused("-x", telling="not expected: -x")
        self.refused("help", "modelz", telling="modelz")
        self.refused("inspect", telling="MODEL")
        self.refused("inspect", "efficientnet_b0", "--what", telling="--what")
        self.refused("plan", "--device", "d.json", telling="--server")
        self.refused("trace", "--seed", "x", "-o", "t.csv", telling="--seed 'x' must be a whole number of 0 or more")
        self.refused("inspect", "--json=perhaps", "efficientnet_b0", telling=["--json is a flag, which takes no value", "dsc-801"])

