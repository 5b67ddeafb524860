"""The figures of a small run: all of them are drawn, are well-formed, and keep to themselves."""
import importlib.util
import subprocess
import unittest
import xml.etree.ElementTree as xml

import program

SVG = "{http://www.w3.org/2000/svg}"
OF_ALL = {"bottlenecks", "bottleneck_counts", "sensitivity", "timeline"}
OF_SITES = {"best_split_{}", "best_split_{}_undominated", "switching_{}", "gains_{}", "gain_maps_{}", "varying_{}"}


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "this Python has no matplotlib (python3-matplotlib)")
class Figures(unittest.TestCase):
    def test_small_run(self):
        out = program.new_folder(self)
        command = [word for word in program.command_line(out, "--sites", "measured,modelled") if word != "--no-figures"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
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
