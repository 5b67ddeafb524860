"""The figures of a small run: all of them are drawn, are well-formed, and keep to themselves."""
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

import program

FIGURES = str(pathlib.Path(__file__).parents[1] / "figures.py")
SVG = "{http://www.w3.org/2000/svg}"
OF_ALL = {"bottlenecks", "bottleneck_counts", "sensitivity", "timeline"}
OF_SITES = {"best_split_{}", "best_split_{}_undominated", "switching_{}", "gains_{}", "gain_maps_{}", "varying_{}"}


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "this Python has no matplotlib (python3-matplotlib)")
class Figures(unittest.TestCase):
    @staticmethod
    def draw(out):
        return subprocess.run([sys.executable, "-B", FIGURES, str(out)], capture_output=True, text=True, timeout=500, check=False)

    def test_figures_of_tables_that_are_gone(self):
        out = program.new_folder(self)
        program.succeed(out, "bottlenecks")
        self.assertEqual(self.draw(out).returncode, 0)
        self.assertTrue((out / "figures" / "bottlenecks.svg").exists())
        (out / "figures" / "old.svg").touch()
        for table in ("bottlenecks.csv", "ratios.csv"):
            (out / table).unlink()
        self.assertEqual(self.draw(out).returncode, 0)
        self.assertEqual(list((out / "figures").glob("*.svg")), [])

    def test_small_run(self):
        out = program.new_folder(self) / "results"
        program.succeed(out, "--sites", "measured,modelled")
        self.assertFalse((out / "figures").exists())
        (out / "figures").mkdir()
        (out / "figures" / "mine.svg").write_text("precious", encoding="ascii")
        refused = self.draw(out)
        self.assertEqual((refused.returncode, len(refused.stderr.splitlines())), (2, 1))
        self.assertIn("was not made by this program", refused.stderr)
        shutil.rmtree(out / "figures")
        done = self.draw(out)
        self.assertEqual(done.returncode, 0, done.stderr)
        drawn = {file.stem: file for file in (out / "figures").glob("*.svg")}
        of_sites = {name.format(f"{sites}_{kind}") for name in OF_SITES for sites in ("measured", "modelled") for kind in ("float32", "uint8")}
        self.assertEqual(set(drawn), OF_ALL | of_sites)
        for name, file in drawn.items():
            with self.subTest(figure=name):
                page = xml.parse(file).getroot()
                self.assertEqual(page.tag, f"{SVG}svg")
                self.assertGreater(len(list(page.iter(f"{SVG}path"))) + len(list(page.iter(f"{SVG}image"))), 5)
                self.assertTrue(any("".join(text.itertext()).strip() for text in page.iter(f"{SVG}text")))
                self.assertLess(file.stat().st_size, 300_000)


if __name__ == "__main__":
    unittest.main()
