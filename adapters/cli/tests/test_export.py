"""Exports: heads and tails of the zoo's networks, and repositories of Triton."""

import json
import os
import re
import resource
import signal
import subprocess
import time

import torch

from command import COMMAND, CommandTest, dsc
from script_files import FOLDER, INPUT, classifier, samples

SCRIPTED = FOLDER / "scripted.pt"


class Zoo(CommandTest):
    def test_parts_are_the_network(self):
        """Head and tail of the zoo's network, and its file as a whole, give the same bits."""
        prefix = self.folder / "b0"
        document = self.json("export", "efficientnet_b0", "--split", "features.3.0", "-o", prefix)
        self.assertEqual((document["model"], document["split"], document["layers"]), ("efficientnet_b0", 5, 20))
        head, tail = (torch.jit.load(f"{prefix}.{part}.pt") for part in ("head", "tail"))
        self.ok("export", "efficientnet_b0", "--format", "triton", "--splits", 0, "-o", self.folder / "repository")
        whole = torch.jit.load(self.folder / "repository" / "efficientnet_b0-tail-00" / "1" / "model.pt")
        with torch.no_grad():
            for batch in (1, 2):
                x = torch.rand(batch, 3, 224, 224)
                self.assertTrue(torch.equal(tail(head(x)), whole(x)))
        self.assertFalse(any(parameter.requires_grad for parameter in tail.parameters()))
        self.assertEqual(self.json("inspect", f"{prefix}.tail.pt")["input"]["shape"], [40, 28, 28])

    def test_weights(self):
        said = dsc("export", "efficientnet_b0", "--split", 3, "-o", self.folder / "b0")
        self.assertIn("random weights", said.stderr)
        state = {name: tensor for name, tensor in torch.jit.load(self.folder / "b0.tail.pt").state_dict().items()}
        self.assertTrue(all(tensor.dtype == torch.float32 for tensor in state.values()))
        self.refused("export", "efficientnet_b0", "--split", 3, "--weights", self.file("w.pt", "none"), "-o", self.folder / "x", telling="w.pt")
        self.assertFalse((self.folder / "x.head.pt").exists())

    def test_images_in_uint8(self):
        self.ok("export", "efficientnet_b0", "--input-type", "uint8", "--split", 2, "-o", self.folder / "b0")
        head = torch.jit.load(self.folder / "b0.head.pt")
        self.assertEqual(list(head(torch.zeros(2, 3, 224, 224, dtype=torch.uint8)).shape), [2, 16, 112, 112])


class Repository(CommandTest):
    def export(self, *options, model=SCRIPTED, name="repository", reading=INPUT):
        folder = self.folder / name
        document = self.json("export", model, *reading, "--format", "triton", *options, "-o", folder)
        self.assertEqual(json.loads((folder / "deployment.json").read_text()), document)
        return folder, document

    def splits(self, *options, **more):
        return [tail["split"] for tail in self.export(*options, **more)[1]["tails"]]

    def test_every_tail_gives_the_answer_of_the_whole(self):
        folder, document = self.export("--splits", "all")
        layers = self.json("inspect", SCRIPTED, *INPUT)["layers"]
        self.assertEqual(document["layers"], len(layers))
        self.assertEqual([tail["split"] for tail in document["tails"]], list(range(len(layers))))
        x = samples(3)
        with torch.no_grad():
            whole = classifier(x)
            for tail in document["tails"]:
                between = x
                if tail["split"] > 0:
                    self.ok("export", SCRIPTED, *INPUT, "--split", tail["split"], "-o", self.folder / "part")
                    between = torch.jit.load(self.folder / "part.head.pt")(x)
                self.assertEqual(list(between.shape[1:]), tail["inputs"][0]["shape"])
                self.assertTrue(torch.equal(torch.jit.load(folder / tail["model"] / "1" / "model.pt")(between), whole), tail["model"])

    def test_deployment(self):
        _, document = self.export("--splits", "5,2,2", "--max-batch", 7)
        self.has_keys(document, "schema", "network", "layers", "signature", "weights", "largest_batch", "tails")
        self.assertEqual((document["schema"], document["network"], document["largest_batch"]), ("dsc.deployment/1", "scripted", 7))
        for key in ("signature", "weights"):
            self.assertRegex(document[key], "^[0-9a-f]{16}$")
        self.assertEqual([(tail["split"], tail["model"]) for tail in document["tails"]], [(2, "scripted-tail-2"), (5, "scripted-tail-5")])
        for tail in document["tails"]:
            self.assertEqual(tail["outputs"], [{"name": "OUTPUT__0", "element": "float32", "shape": [10]}])
            self.assertEqual((tail["inputs"][0]["name"], tail["inputs"][0]["element"]), ("INPUT__0", "float32"))

    def test_signature_and_weights_tell_networks_apart(self):
        zoo = {"model": "efficientnet_b0", "reading": []}
        said = {name: self.export("--splits", 19, *options, name=name, **zoo)[1]
                for name, options in (("one", []), ("same", ["--threads", 2]), ("seed", ["--seed", 1]), ("image", ["--input-type", "uint8"]))}
        _, file = self.export("--splits", 5, name="file")
        keys = [(document["signature"], document["weights"]) for document in said.values()]
        self.assertEqual(keys[0], keys[1])
        self.assertEqual(keys[0][0], keys[2][0])
        self.assertNotEqual(keys[0][1], keys[2][1])
        self.assertNotEqual(keys[0][0], keys[3][0])
        self.assertNotIn(file["signature"], [key[0] for key in keys])

    def test_configuration(self):
        folder, document = self.export("--splits", 3, "--max-batch", 7, "--threads", 2)
        place = folder / document["tails"][0]["model"]
        self.assertEqual(sorted(path.name for path in (place / "1").iterdir()), ["model.pt", "model.py"])
        text = (place / "config.pbtxt").read_text()
        said = re.sub(r"\s+", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
        shape = ", ".join(map(str, document["tails"][0]["inputs"][0]["shape"]))
        for part in (f'name: "{place.name}"', 'backend: "python"', "max_batch_size: 7", "dynamic_batching { }", "kind: KIND_CPU",
                     f'input [ {{ name: "INPUT__0" data_type: TYPE_FP32 dims: [ {shape} ] }} ]',
                     'output [ { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [ 10 ] } ]',
                     f'parameters {{ key: "dsc_signature" value {{ string_value: "{document["signature"]}" }} }}',
                     f'parameters {{ key: "dsc_weights" value {{ string_value: "{document["weights"]}" }} }}',
                     'parameters { key: "together" value { string_value: "yes" } }', 'parameters { key: "threads" value { string_value: "2" } }'):
            self.assertIn(part, said)
        self.assertIn('# platform: "pytorch_libtorch"', text)
        separate, _ = self.export("--splits", 3, "--separately", name="separate")
        self.assertIn('string_value: "no"', (separate / place.name / "config.pbtxt").read_text())
        image, document = self.export("--splits", 0, "--input-type", "uint8", model=FOLDER / "levels.pt", name="image")
        self.assertIn("data_type: TYPE_UINT8", (image / document["tails"][0]["model"] / "config.pbtxt").read_text())

    def test_names(self):
        """As a folder's name may be: what else a model is called becomes an underscore; numbers are as wide as the last one."""
        strange = self.file("my net (1).pt", SCRIPTED.read_bytes())
        folder, document = self.export("--splits", 1, model=strange)
        self.assertEqual((document["network"], document["tails"][0]["model"]), ("my net (1)", "my_net__1_-tail-1"))
        self.assertTrue((folder / "my_net__1_-tail-1" / "config.pbtxt").exists())
        zoo, _ = self.export("--splits", "3,19", model="efficientnet_b0", name="zoo", reading=[])
        self.assertEqual(sorted(path.name for path in zoo.iterdir()), ["deployment.json", "efficientnet_b0-tail-03", "efficientnet_b0-tail-19"])

    def test_filters(self):
        zoo = {"model": "efficientnet_b0", "reading": []}
        inspected = [layer["index"] for layer in self.json("inspect", "efficientnet_b0", "--granularity", "layers")["layers"] if layer["compressive"]]
        compressive = [split for split in inspected if split < 20]
        self.assertEqual(self.splits(name="a", **zoo), [0, *compressive])
        private = self.splits("--private", name="b", **zoo)
        self.assertEqual((private[0], set(compressive) - set(private)), (1, set()))
        self.assertEqual(self.splits("--splits", "17:19", name="c", **zoo), [17, 18, 19])
        profile = self.folder / "p.json"
        self.ok("profile", SCRIPTED, *INPUT, "--batches", "1,2", "--repeats", 1, "-o", profile)
        undominated = self.splits("--splits", "undominated", "--server", profile, "--device-slowdown", 6, name="d")
        self.assertTrue(set(undominated) <= set(range(self.json("inspect", SCRIPTED, *INPUT)["counts"]["layers"])))
        self.assertIn(0, undominated)

    def test_whole_or_not_at_all(self):
        whole = ["export", SCRIPTED, *INPUT, "--format", "triton", "--splits", "all", "--trust", "-o", self.folder / "repository"]
        done = dsc(*whole, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^dsc: cannot write '[^']*repository/scripted-tail-\d/1/model.pt': File too large")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.ok(*whole)
        self.refused(*whole, telling="something in this folder")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["repository"])

    def test_interrupt_leaves_nothing(self):
        running = subprocess.Popen([COMMAND, "export", "efficientnet_v2_m", "--format", "triton", "--splits", "0:8", "-o", str(self.folder / "repository")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until = time.monotonic() + 100
        while not list(self.folder.glob(".tmp-*/*-00/1/model.pt")) and time.monotonic() < until and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=100)
        self.assertEqual(running.returncode, 128 + signal.SIGINT)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_refused(self):
        export = ["export", SCRIPTED, *INPUT, "--format", "triton"]
        place = ["-o", self.folder / "repository"]
        last = self.json("inspect", SCRIPTED, *INPUT)["counts"]["layers"]
        self.refused(*export, telling="--output")
        self.refused(*export, "-o", "-", telling="--output")
        self.refused(*export, *place, "--splits", last, telling=[f"--splits {last}", f"0..{last - 1}"])
        for text in ("none", "1,", "2:1", "1:2:3", "-1", "1.5", "0:99999999999"):
            self.refused(*export, *place, f"--splits={text}", telling="--splits")
        self.refused(*export, *place, "--splits", "undominated", telling=["--device", "--server"])
        self.refused(*export, *place, "--server", self.folder / "p.json", telling="--splits undominated")
        self.refused(*export, *place, "--split", 2, telling="--split is for")
        self.refused("export", SCRIPTED, *INPUT, *place, "--split", 2, "--max-batch", 3, telling="--max-batch is for")
        self.refused("export", SCRIPTED, *INPUT, *place, telling=["--split", "--format triton"])
        self.refused(*export, *place, "--max-batch", 0, telling="--max-batch")
        self.refused(*export, *place, "--splits", "0,3", "--private", telling=["--splits 0", "--min-split 1"])
        self.refused(*export, *place, "--min-split", last, telling="--min-split")
        self.refused(*export, "-o", self.folder / "none" / "repository", telling="there is no folder")
        self.refused("export", "efficientnet_b0", "--format", "onnx", *place, "--split", 3, telling="--format 'onnx'")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertEqual(list(FOLDER.glob(".tmp-*")), [])
        if os.geteuid() != 0:
            self.folder.chmod(0o500)
            self.refused(*export, *place, telling="cannot write")
