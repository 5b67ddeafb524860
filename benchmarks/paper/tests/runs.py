"""Tests of what the program does with bad input, and with results that are there already; test_paper.py runs them with its own."""
import json
import os
import shutil
import signal
import subprocess
import unittest

import program


class BadInput(unittest.TestCase):
    """Exit code 2, one sentence, and nothing on the disk that was not there before."""

    def setUp(self):
        self.folder = program.new_folder(self)
        self.profiles = self.folder / "profiles"
        shutil.copytree(program.PROFILES, self.profiles)
        self.model = program.MODELS[0]

    def refused(self, *more, telling, out=None, **changed):
        before = program.files_of(self.folder)
        done = program.run(out or self.folder / "out", *more, **{"profiles": self.profiles, **changed})
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"\Adsc_paper: [^\n]+\n\Z")
        self.assertNotIn("terminate", done.stderr)
        self.assertIn(telling, done.stderr)
        self.assertEqual(program.files_of(self.folder), before)

    def write_profile(self, text):
        (self.profiles / f"{self.model}.json").write_text(text, encoding="utf-8")

    def test_missing_profiles(self):
        self.refused(profiles=self.folder / "nowhere", telling="nowhere")
        (self.profiles / f"{self.model}.json").unlink()
        self.refused(telling=f"{self.model}.json")

    def test_profile_of_another_model(self):
        document = program.document_of(self.model)
        document["model"] = "efficientnet_b7"
        self.write_profile(json.dumps(document))
        self.refused(telling="efficientnet_b7")
        document = program.document_of(self.model)
        document["layers"][2]["output_bytes"] += 4
        self.write_profile(json.dumps(document))
        self.refused(telling=f"{self.model}.json")

    def test_truncated_profile(self):
        text = json.dumps(program.document_of(self.model))
        for length in (0, 1, len(text) // 2, len(text) - 1):
            self.write_profile(text[:length])
            self.refused(telling=f"{self.model}.json")

    def test_broken_profile(self):
        for key, value in (("schema", "dsc.profile/9"), ("batches", []), ("prefix_seconds", [[0.0]]), ("input_bytes", -1), ("layers", [])):
            self.write_profile(json.dumps({**program.document_of(self.model), key: value}))
            self.refused(telling=f"{self.model}.json")

    def test_unknown_model(self):
        self.refused(models=["efficientnet_b9"], telling="efficientnet_b9")
        self.refused(models=[self.model, ""], telling="--models")

    def test_traces(self):
        for content in ("", "seconds,megabytes_per_second\n", "0,1\n1,-2\n", "0,1\n1,fast\n"):
            trace = self.folder / "trace.csv"
            trace.write_text(content, encoding="ascii")
            self.refused("--trace", trace, telling="trace.csv")
        self.refused("--trace", self.folder / "nowhere.csv", telling="nowhere.csv")

    def test_options(self):
        for changed, telling in (({"batches": "0"}, "--batches"), ({"batches": ""}, "--batches"), ({"batches": "1.5"}, "--batches"), ({"rates": "1:2:3:4"}, "--rates"),
                                 ({"rates": "0:5:1"}, "--rates"),
                                 ({"rates": "5:1:1"}, "--rates"), ({"rates": "fast"}, "--rates"), ({"varying_batches": "0"}, "--varying-batches")):
            self.refused(**changed, telling=telling)
        for slowdown in ("0", "-1", "nan", "slow"):
            self.refused("--device-slowdown", slowdown, telling="--device-slowdown")
        self.refused("--sites", "elsewhere", telling="elsewhere")
        self.refused("--nonsense", telling="--nonsense")

    def test_output_that_cannot_be_written(self):
        in_the_way = self.folder / "file"
        in_the_way.write_text("mine", encoding="ascii")
        self.refused(out=in_the_way, telling="file")
        self.refused(out=in_the_way / "out", telling="file")
        if os.geteuid() != 0:
            closed = self.folder / "closed"
            closed.mkdir(mode=0o500)
            self.refused(out=closed / "out", telling="closed")


class RunsThatGoOn(unittest.TestCase):
    def setUp(self):
        self.folder = program.new_folder(self)
        self.out = self.folder / "out"

    def test_same_options_keep_the_tables(self):
        program.succeed(self.out)
        before, written = program.files_of(self.out), self.written()
        lost = self.out / "gains.csv"
        self.assertRegex(program.succeed(self.out).stdout, r"\bkept\b")
        self.assertEqual(self.written(), written)
        lost.unlink()
        program.succeed(self.out)
        self.assertEqual(program.files_of(self.out), before)
        self.assertEqual({file for file, time in self.written().items() if time != written[file]}, {lost})

    def written(self):
        """When each table was written."""
        return {file: file.stat().st_mtime_ns for file in self.out.rglob("*.csv")}

    def test_other_options_are_refused(self):
        program.succeed(self.out)
        before = program.files_of(self.out)
        for changed in ({"batches": "1,2"}, {"rates": "1:127:63"}, {"models": program.MODELS[:1]}, {"varying_batches": "1"}):
            self.refused(**changed)
        self.refused("--device-slowdown", 3)
        self.refused(profiles=self.other_profiles())
        self.assertEqual(program.files_of(self.out), before)

    def refused(self, *more, **changed):
        done = program.run(self.out, *more, **changed)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertRegex(done.stderr, r"\Adsc_paper: [^\n]*--fresh[^\n]*\n\Z")

    def other_profiles(self):
        folder = self.folder / "profiles"
        shutil.copytree(program.PROFILES, folder)
        document = program.document_of(program.MODELS[0])
        document["prefix_seconds"][0][1] *= 1.01
        (folder / f"{program.MODELS[0]}.json").write_text(json.dumps(document), encoding="utf-8")
        return folder

    def test_fresh_leaves_nothing_of_the_run_before(self):
        program.succeed(self.out)
        program.succeed(self.out, "--fresh", models=program.MODELS[:1], batches="2")
        program.succeed(self.folder / "other", models=program.MODELS[:1], batches="2")
        self.assertEqual(program.files_of(self.out), program.files_of(self.folder / "other"))

    def test_files_of_others_are_never_touched(self):
        out = program.new_folder(self)
        (out / "mine.csv").write_text("precious", encoding="utf-8")
        program.succeed(out, "bottlenecks")
        program.succeed(out, "bottlenecks", "--fresh")
        self.assertEqual((out / "mine.csv").read_text(encoding="utf-8"), "precious")
        (out / "summary.csv").write_text("precious", encoding="utf-8")
        for more in ([], ["--fresh"]):
            done = program.run(out, "gains", *more)
            self.assertEqual(done.returncode, 2)
            self.assertIn("summary.csv", done.stderr)
        self.assertEqual((out / "summary.csv").read_text(encoding="utf-8"), "precious")

    def test_experiments_of_one_folder_have_their_own_settings(self):
        out = program.new_folder(self)
        bare = subprocess.run([program.PROGRAM, "bottlenecks", "--out", str(out)], capture_output=True, text=True, check=False)
        self.assertEqual((bare.returncode, bare.stderr.count("dsc_paper: ")), (0, 0))
        program.succeed(out, "gains")
        program.succeed(out, "varying", varying_batches="1,3")
        self.assertRegex(program.succeed(out, "gains").stdout, r"(\d+) tables, \1 of them kept")

    def test_killed_run_goes_on(self):
        longer = {"batches": "1:4", "rates": "1:127:3"}
        program.succeed(self.folder / "whole", **longer)
        whole = program.files_of(self.folder / "whole")
        killed = 0
        for files in (1, len(whole) // 3, len(whole) // 2):
            out = self.folder / f"killed after {files}"
            killed += self.kill(out, files, **longer)
            program.succeed(out, **longer)
            self.assertEqual({name: text for name, text in program.files_of(out).items() if ".tmp-" not in name}, whole)
        self.assertGreater(killed, 0, "every run ended before it could be killed")

    @staticmethod
    def kill(out, files, **changed):
        """Starts a run and kills it as soon as it has written so many files; whether it was still running."""
        running = subprocess.Popen(program.command_line(out, **changed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None and len(list(out.rglob("*"))) < files:
            pass
        running.kill()
        return running.wait() == -signal.SIGKILL
