"""profile: really measures EfficientNet-B0, a few times."""

import json
import os
import signal
import subprocess
import time

from command import COMMAND, CommandTest


class Profile(CommandTest):
    def test_profile(self):
        path = self.folder / "p.json"
        text = self.ok("profile", "efficientnet_b0", "--batches", "2,1", "--repeats", 2, "-o", path)
        self.assertIn("per sample ms", text)
        document = json.loads(path.read_text())
        for key in ("schema", "model", "input_bytes", "layers", "batches", "prefix_seconds", "environment"):
            self.assertIn(key, document)
        self.assertEqual((document["schema"], document["model"], document["input_bytes"]), ("dsc.profile/1", "efficientnet_b0", 602112))
        self.assertEqual(document["batches"], [1, 2])
        self.assertEqual(len(document["layers"]), 20)
        for prefix in document["prefix_seconds"]:
            self.assertEqual((len(prefix), prefix[0], prefix), (21, 0, sorted(prefix)))
            self.assertGreater(prefix[-1], 1e-3)
        self.assertEqual(document["environment"]["threads"], "1")
        plan = self.json("plan", "--device", path, "--server", path, "--rates", "1:10")
        self.assertEqual({state["split"] for state in plan["states"]}, {20})  # two sites that are equal: nothing is worth sending
        self.assertEqual([entry.name for entry in self.folder.iterdir()], ["p.json"])

    def test_uint8_and_slowdown(self):
        path = self.folder / "p.json"
        self.ok("profile", "efficientnet_b0", "--repeats", 1, "--slowdown", 3, "--input-type", "uint8", "-o", path)
        document = json.loads(path.read_text())
        self.assertEqual((document["input_bytes"], document["environment"]["slowdown"]), (150528, "3"))

    def test_progress_goes_to_stderr(self):
        done = subprocess.run([COMMAND, "profile", "efficientnet_b0", "--repeats", "1", "-o", "/dev/stdout"], capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(done.stdout)["schema"], "dsc.profile/1")
        self.assertIn("measuring efficientnet_b0", done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_interrupt(self):
        path = self.folder / "p.json"
        with subprocess.Popen([COMMAND, "profile", "efficientnet_b0", "--repeats", "100000", "-o", path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            self.assertIn("batch 1", running.stderr.readline())  # it measures now
            asked = time.monotonic()
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(20), 130)
            self.assertLess(time.monotonic() - asked, 5)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_refused(self):
        measure = ["profile", "efficientnet_b0", "-o", self.folder / "p.json"]
        self.refused(*measure, "--torch-device", "quantum", telling="quantum")
        self.refused(*measure, "--weights", self.folder / "none.pth", telling=["none.pth", "no such file"])
        self.refused(*measure, "--weights", self.folder, telling="it is a folder")
        self.refused(*measure, "--weights", "/dev/null", telling=["/dev/null", "a pipe or a device"])
        self.refused(*measure, "--weights", self.file("broken.pth", b"PK\x03\x04 and then nothing"), telling="broken.pth")
        self.refused(*measure, "--weights", self.file("broken.safetensors", b"\xff" * 64), telling="broken.safetensors")
        self.assertFalse((self.folder / "p.json").exists())
