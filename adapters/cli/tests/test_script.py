"""Every command on TorchScript files."""

import importlib.util
import json
import os
import resource
import unittest

import torch

from command import CommandTest, dsc
from run_files import png
from script_files import FOLDER, INPUT, classifier, samples

SCRIPTED = FOLDER / "scripted.pt"
QUICK = ["--rate", 5, "--requests", 2, "--repeats", 1, "--device-slowdown", 1.5]


class Inspect(CommandTest):
    def inspect(self, file, *more):
        return self.json("inspect", FOLDER / file, *INPUT, *more)

    def test_document(self):
        for file in ("scripted.pt", "traced.pt"):
            document = self.inspect(file)
            self.assertEqual((document["schema"], document["model"]), ("dsc.inspect/1", file[:-3]))
            self.assertEqual(document["input"], {"shape": [3, 32, 32], "element_type": "float32", "bytes": 12288})
            layers = document["layers"]
            self.assertEqual((document["counts"]["layers"], document["counts"]["judged"]), (len(layers), len(layers)))
            self.assertGreaterEqual(len(layers), 6)
            self.assertEqual([layer["index"] for layer in layers], list(range(1, len(layers) + 1)))
            self.assertEqual(len({layer["name"] for layer in layers}), len(layers))
            for layer in layers:
                self.has_keys(layer, "index", "name", "shape", "bytes", "ratio", "natural", "compressive", "macs", "module")
                self.assertEqual(layer["bytes"], 4 * torch.Size(layer["shape"]).numel())
                self.assertIsNone(layer["macs"])
            self.assertEqual(layers[-1]["shape"], [10])

    def test_all_layers_are_blocks(self):
        blocks, layers = (self.inspect("scripted.pt", "--granularity", what) for what in ("blocks", "layers"))
        self.assertEqual(blocks["layers"], layers["layers"])

    def test_cuts(self):
        blocks, everywhere = (self.inspect("scripted.pt", "--cuts", cuts)["counts"]["layers"] for cuts in ("blocks", "all"))
        self.assertGreaterEqual(everywhere, blocks)

    def test_table(self):
        text = self.ok("inspect", SCRIPTED, FOLDER / "traced.pt", *INPUT)
        self.assertIn("scripted, input 3x32x32 float32, 12,288 bytes", text)
        self.assertRegex(text, r"MACs +module\n")
        self.assertEqual(text.count(" of them judged (blocks)"), 2)

    def test_input_that_the_file_says(self):
        self.assertEqual(self.json("inspect", FOLDER / "told.pt")["input"]["shape"], [3, 32, 32])
        self.refused("inspect", FOLDER / "told.pt", "--input-type", "uint8", telling=["--input-type uint8", "float32"])

    def test_a_shape_with_the_batch(self):
        self.refused("inspect", SCRIPTED, "--input", "1x3x32x32", telling="without the batch: is it 3x32x32?")

    def test_uint8(self):
        document = self.inspect("levels.pt", "--input-type", "uint8")
        self.assertEqual(document["input"], {"shape": [3, 32, 32], "element_type": "uint8", "bytes": 3072})

    def test_element(self):
        self.assertEqual(self.inspect("scripted.pt", "--element", "bfloat16")["layers"][-1]["bytes"], 20)
        self.assertEqual(self.json("inspect", "efficientnet_b0", "--element", "float16")["layers"][1]["bytes"], 2 * 24 * 56 * 56)

    def test_answer(self):
        for answer, channels in (("out", 4), ("aux", 2)):
            self.assertEqual(self.inspect("heads.pt", "--output-name", answer)["layers"][-1]["shape"][0], channels)

    def test_name_of_the_zoo(self):
        self.assertEqual(self.inspect("efficientnet_b0.pt")["model"], "efficientnet_b0.pt")


class Measured(CommandTest):
    def profile(self, file, *more):
        path = self.folder / f"{file.stem}.json"
        self.ok("profile", file, *INPUT, "--batches", "1,2", "--repeats", 2, *more, "-o", path)
        return path

    def test_profile_plan_run_and_report(self):
        path = self.profile(SCRIPTED)
        document = json.loads(path.read_text())
        seen = self.json("inspect", SCRIPTED, *INPUT)
        self.assertEqual((document["model"], document["input_bytes"]), ("scripted", 12288))
        self.assertEqual([(layer["name"], layer["output_bytes"]) for layer in document["layers"]],
                         [(layer["name"], layer["bytes"]) for layer in seen["layers"]])
        self.assertEqual(document["environment"]["weights"], str(SCRIPTED))
        sites = ["--device", path, "--server", path]
        self.assertEqual(self.json("plan", *sites, "--rates", "1:20", "--granularity", "blocks")["layers"], len(document["layers"]))
        run = self.folder / "run.json"
        self.ok("run", SCRIPTED, *INPUT, *sites, *QUICK, "--granularity", "blocks", "-o", run)
        self.ok("report", path, run, "-o", self.folder / "r.html")
        self.refused("run", FOLDER / "traced.pt", *INPUT, *sites, *QUICK, telling=["'traced' and 'scripted'", "dsc profile"])

    def test_run_measures_first(self):
        for file in ("scripted.pt", "traced.pt"):
            document = self.json("run", FOLDER / file, *INPUT, *QUICK, "--batch", "1,2")
            self.assertEqual((document["model"], document["input_type"]), (file[:-3], "float32"))
            self.assertTrue(all(one["identical_answers"] for one in document["strategies"]))
            names = [one["name"] for one in document["strategies"]]
            self.assertEqual(names[:3], ["dynamic", "local", "offload"])
            self.assertEqual(len({one.get("split") for one in document["strategies"]}), len(names))
            self.assertEqual(len(document["top_classes"]), 5)

    def test_answers_that_are_no_scores(self):
        for file, more in (("maps.pt", []), ("heads.pt", ["--output-name", "out"]), ("scripted.pt", ["--element", "bfloat16"])):
            document = self.json("run", FOLDER / file, *INPUT, *QUICK, "--strategy", "local,offload", *more)
            self.assertTrue(all(one["identical_answers"] for one in document["strategies"]))
            self.assertNotIn("top_classes", document)
        self.assertNotIn("best classes", self.ok("run", FOLDER / "maps.pt", *INPUT, *QUICK, "--strategy", "local"))

    def test_images(self):
        image = self.file("one.png", png())
        run = ["run", FOLDER / "levels.pt", *INPUT, *QUICK, "--strategy", "local", "--image", image]
        self.assertEqual(len(self.json(*run, "--input-type", "uint8")["top_classes"]), 5)

    def test_fast(self):
        self.ok("run", SCRIPTED, *INPUT, *QUICK, "--fast", "--strategy", "local,offload")


class Export(CommandTest):
    def parts(self, file, split, *more):
        prefix = self.folder / "part"
        document = self.json("export", FOLDER / file, *INPUT, "--split", split, *more, "-o", prefix)
        self.assertEqual((document["head"]["file"], document["tail"]["file"]), (f"{prefix}.head.pt", f"{prefix}.tail.pt"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["part.head.pt", "part.tail.pt"])
        return document, torch.jit.load(f"{prefix}.head.pt"), torch.jit.load(f"{prefix}.tail.pt")

    def test_parts_give_the_answer_of_the_whole(self):
        x = samples(3)
        with torch.no_grad():
            whole = classifier(x)
            for file in ("scripted.pt", "traced.pt"):
                layers = self.json("inspect", FOLDER / file, *INPUT)["layers"]
                for layer in (layers[0], layers[len(layers) // 2], layers[-2]):
                    document, head, tail = self.parts(file, layer["index"])
                    between = head(x)
                    self.assertEqual(list(between.shape), [3, *layer["shape"]])
                    self.assertTrue(torch.equal(tail(between), whole), f"{file} behind {layer['name']}")

    def test_lists_of_modules_with_a_mask_between(self):
        file, prefix, shape = FOLDER / "lists.pt", self.folder / "part", ["--input", "6x8"]
        names = [layer["name"] for layer in self.json("inspect", file, *shape)["layers"]]
        self.assertEqual(names, ["blocks.0", "blocks.1", "more.0", "more.1", "last"])
        for split, name in enumerate(names[:-1], 1):
            for said in (split, name):
                self.assertEqual(self.json("export", file, *shape, "--split", said, "-o", prefix)["split"], split)
            head, tail = (torch.jit.load(f"{prefix}.{part}.pt") for part in ("head", "tail"))
            with torch.no_grad():
                for batch in (1, 3):
                    x = torch.rand(batch, 6, 8, generator=torch.Generator().manual_seed(batch))
                    self.assertTrue(torch.equal(tail(head(x)), torch.jit.load(file)(x)), f"{batch} behind {name}")
        self.assertEqual(self.json("export", file, *shape, "--split", 1, "-o", prefix)["layer"], "blocks.0")
        self.refused("export", file, *shape, "--split", "0.blocks", "-o", prefix, telling="no layer of lists")

    def test_document(self):
        layers = self.json("inspect", SCRIPTED, *INPUT)["layers"]
        document, _, _ = self.parts("scripted.pt", layers[2]["name"])
        self.has_keys(document, "schema", "model", "layers", "split", "layer", "head", "tail")
        self.assertEqual((document["schema"], document["model"], document["layers"]), ("dsc.export/1", "scripted", len(layers)))
        self.assertEqual((document["split"], document["layer"]), (3, layers[2]["name"]))
        between = {"shape": layers[2]["shape"], "element_type": "float32"}
        self.assertEqual(document["head"]["input"], {"shape": [3, 32, 32], "element_type": "float32"})
        self.assertEqual((document["head"]["output"], document["tail"]["input"]), (between, between))
        self.assertEqual(document["tail"]["output"], {"shape": [10], "element_type": "float32"})

    def test_where_parts_go(self):
        text = self.ok("export", SCRIPTED, *INPUT, "--split", 2, "-o", self.folder)
        self.assertIn("scripted: split after ", text)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["scripted.head.pt", "scripted.tail.pt"])

    def test_same_parts_from_the_same_file(self):
        one, other = self.folder / "one", self.folder / "other"
        for folder in (one, other):
            folder.mkdir()
            self.ok("export", SCRIPTED, *INPUT, "--split", 2, "-o", folder)
        for part in ("scripted.head.pt", "scripted.tail.pt"):
            self.assertEqual((one / part).read_bytes(), (other / part).read_bytes())

    def test_files_that_were_there(self):
        """Modes are kept and links are followed, as of whatever else the command writes."""
        head, tail = self.folder / "part.head.pt", self.folder / "part.tail.pt"
        head.write_text("old")
        head.chmod(0o600)
        (self.folder / "real").mkdir()
        tail.symlink_to("real/tail.pt")
        self.ok("export", SCRIPTED, *INPUT, "--split", 2, "-o", self.folder / "part")
        self.assertEqual(head.stat().st_mode & 0o777, 0o600)
        self.assertTrue(tail.is_symlink())
        x = samples(2)
        self.assertTrue(torch.equal(torch.jit.load(tail)(torch.jit.load(head)(x)), classifier(x)))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["part.head.pt", "part.tail.pt", "real"])
        self.assertEqual([path.name for path in (self.folder / "real").iterdir()], ["tail.pt"])

    def test_disk_that_ends_in_between(self):
        """Nothing half-written, and the sentence names the part, no temporary file."""
        head = self.file("part.head.pt", "old")
        done = dsc("export", SCRIPTED, *INPUT, "--split", 2, "--trust", "-o", self.folder / "part",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^dsc: cannot write '[^']*part\.(head|tail)\.pt': File too large")
        self.assertEqual((head.read_text(), [path.name for path in self.folder.iterdir()]), ("old", ["part.head.pt"]))

    def test_refused(self):
        export = ["export", SCRIPTED, *INPUT, "-o", self.folder / "part"]
        last = self.json("inspect", SCRIPTED, *INPUT)["counts"]["layers"]
        for split, word in ((0, "no layer for the head"), (last, "no layer for the tail"), (last + 1, f"1..{last - 1}"), ("none", "--split 'none'"), ("2.0", "'2.0'")):
            self.refused(*export, "--split", split, telling=word)
        self.refused("export", SCRIPTED, *INPUT, "--split", 2, "-o", self.folder / "none" / "part", telling="there is no folder")
        self.refused("export", SCRIPTED, *INPUT, "--split", 2, "-o", "-", telling="--output")
        self.assertEqual(list(self.folder.iterdir()), [])
        (self.folder / "part.tail.pt").mkdir()
        self.refused(*export, "--split", 2, telling=["part.tail.pt", "it is a folder"])
        self.assertFalse((self.folder / "part.head.pt").exists())
        source = self.file("x.head.pt", SCRIPTED.read_bytes())
        self.refused("export", source, *INPUT, "--split", 2, "-o", self.folder / "x", telling="is the file to export")
        if os.geteuid() != 0:
            self.folder.chmod(0o500)
            self.refused(*export, "--split", 2, telling="cannot write")


class Refused(CommandTest):
    def test_inputs(self):
        self.refused("inspect", SCRIPTED, telling="input")
        self.refused("inspect", SCRIPTED, "--input", "4x32x32", telling=["4 channels", "--input is one sample's shape"])
        for shape in ("3x32", "1x32x32"):
            self.refused("inspect", SCRIPTED, "--input", shape, telling="dsc-")
        for shape in ("3x", "3x0x3", "3,32,32", "1x1x1x1x1x1x1x1", "99999999999x1"):
            self.refused("inspect", SCRIPTED, "--input", shape, telling="--input")

    def test_files(self):
        whole = SCRIPTED.read_bytes()
        for name, content in (("cut.pt", whole[: len(whole) // 2]), ("empty.pt", b""), ("text.pt", "no file of PyTorch"), ("plain", "nor this")):
            self.refused("inspect", self.file(name, content), *INPUT, telling=[name, "dsc-602"])
        self.refused("profile", FOLDER / "weights.pt", *INPUT, "-o", self.folder / "p.json", telling=["weights.pt", "dsc-602"])
        self.assertFalse((self.folder / "p.json").exists())

    @unittest.skipUnless(importlib.util.find_spec("torchvision"), "needs torchvision")
    def test_operators_that_fail_inside_many_modules(self):
        import torchvision
        file = self.folder / "resnet18.pt"
        torch.jit.script(torchvision.models.resnet18().eval()).save(file)
        for options in (["--input", "1x64x64"], ["--input", "3x64x64", "--input-type", "uint8"]):
            self.refused("inspect", file, *options, telling=["resnet18", "dsc-702"])

    def test_options(self):
        run = ["run", SCRIPTED, *INPUT, *QUICK]
        self.refused(*run, "--weights", FOLDER / "weights.pt", telling=["--weights", "brings its own"])
        self.refused(*run, "--cuts", "some", telling="--cuts 'some'")
        self.refused(*run, "--strategy", "static:99", telling="split point 99")
        self.refused(*run, "--element", "float64", telling="--element 'float64'")
        self.refused("inspect", FOLDER / "heads.pt", *INPUT, "--output-name", "none", telling="none")
