"""report: what stands in the page, and what is refused. Vega is made up here; test_report_page opens real pages in a browser."""

import json
import os
import pathlib
import re
import subprocess
import time

from command import COMMAND, CommandTest
from test_plan import made_up_profile

RUN = pathlib.Path(__file__).parent / "data" / "run.json"
TOY = {"schema": "dsc.profile/1", "model": "two layers", "input_bytes": 100000,
       "layers": [{"name": "stem", "output_bytes": 20000}, {"name": "classifier", "output_bytes": 40}],
       "batches": [1, 8], "prefix_seconds": [[0, 0.004, 0.024], [0, 0.030, 0.180]]}


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL).group(1))


class ReportTest(CommandTest):
    def vega(self):
        folder = self.folder / "vega"
        if not folder.exists():
            folder.mkdir()
            head = '!function(e,t){"object"==typeof exports?t(exports%s):"function"==typeof define&&define([])}'
            for name, needs in (("view", ["util"]), ("parser", ["util", "selections"]), ("transforms", []), ("view-transforms", []), ("encode", []),
                                ("util", []), ("selection", [])):
                requires = "".join(f',require("vega-{other}")' for other in needs)
                (folder / f"vega-{name}.min.js").write_text(
                    head % requires + f'// {name} "</script>" "<!--" require("vega-geo")\n//# sourceMappingURL=vega-{name}.min.js.map\n')
        return ["--vega", folder]

    def page(self, *arguments):
        return self.ok("report", *arguments, *self.vega(), "-o", "-")

    def data(self, *arguments):
        return data_of(self.page(*arguments))

    def nine(self, seeds=(1, 105), **options):
        return [self.file(f"{name}.json", made_up_profile(seed, speed, **options)) for name, seed, speed in (("device", seeds[0], 6), ("server", seeds[1], 1))]

    def plan(self, sites, *more):
        return self.file("plan.json", self.ok("plan", "--device", sites[0], "--server", sites[1], "--json", *more))


class Contents(ReportTest):
    def test_two_profiles(self):
        device, server = self.nine()
        data = self.data(device, server)
        self.has_keys(data, "title", "model", "granularity", "network", "sites", "plan", "runs")
        self.assertEqual((data["model"], data["title"], data["plan"], data["runs"]), ("tiny", "Dynamic split computing of tiny", None, []))
        self.assertEqual([layer["bytes"] for layer in data["network"]["layers"]], [2600, 1300, 500, 500, 200, 260, 100, 400, 40])
        self.assertEqual((data["network"]["natural"], data["network"]["compressive"]), ([3, 4, 5, 6, 7, 8, 9], [3, 5, 7, 9]))
        sites = data["sites"]
        self.assertEqual(sites["device"]["seconds"], json.loads(device.read_text())["prefix_seconds"])
        self.assertEqual(sites["candidates"], {"mode": "undominated", "modes": {"undominated": list(range(10)), "compressive": [0, 3, 5, 7, 9]}})
        self.assertEqual(sites["map"]["batches"], list(range(1, 9)))
        switching = [piece["from_rate"] for policy in sites["planned"]["policy"] for piece in policy["pieces"][1:]]
        rates = sites["map"]["rates"]
        self.assertTrue(sites["map"]["rates_chosen"])
        self.assertEqual((len(rates), rates), (100, sorted(set(rates))))
        for ratio in (min(switching) / rates[0], rates[-1] / max(switching)):
            self.assertTrue(10 <= ratio < 20, ratio)
        self.assertEqual(sites["planned"]["gains"]["states"], 8 * 100)
        self.assertEqual(data, self.data("--device", device, "--server", server))
        sites = self.data(device, server, "--rates", "1:127")["sites"]
        self.assertEqual(sites["map"], {"batches": list(range(1, 9)), "rates": [1e6 * r for r in range(1, 128)], "rates_chosen": False})

    def test_policies_are_those_of_plan(self):
        sites = self.nine()
        conditions = ["--latency", 2, "--return-latency", 1, "--return-rate", 0.5, "--load", 3, "--queue", 1.5, "--private", "--max-split", 8]
        told = self.data(*sites, "--batches", "1,2,8", "--rates", "0.25:5:0.25", *conditions)["sites"]["planned"]
        plan = self.json("plan", "--device", sites[0], "--server", sites[1], "--rates", "0.25:5:0.25", *conditions)
        for key in ("model", "layers", "link", "load", "policy", "gains"):
            self.assertEqual(told[key], plan[key], key)

    def test_one_profile_is_the_server(self):
        server = self.file("toy.json", TOY)
        sites = self.data(server)["sites"]
        self.assertEqual((sites["device_slowdown"], sites["slowdown_is_usual"]), (5.68, True))
        self.assertEqual(sites["device"]["seconds"], [[5.68 * x for x in row] for row in TOY["prefix_seconds"]])
        self.assertEqual(sites["server"]["seconds"], [[row[-1] - x for x in row] for row in TOY["prefix_seconds"]])
        sites = self.data("--server", server, "--device-slowdown", 2)["sites"]
        self.assertEqual((sites["device_slowdown"], sites["slowdown_is_usual"]), (2, False))

    def test_measured_tails(self):
        document = made_up_profile(3, 1, rising=True)
        sites = self.data(self.file("s.json", document))["sites"]
        self.assertEqual(sites["server"]["seconds"], document["suffix_seconds"])
        self.assertTrue(sites["server"]["measured_tails"])

    def test_candidates(self):
        sites = self.nine()
        modes = lambda *more: self.data(*sites, *more)["sites"]["candidates"]["modes"]
        self.assertEqual(modes("--private", "--max-split", 7), {"undominated": [1, 2, 3, 4, 5, 6, 7], "compressive": [1, 2, 3, 5, 7]})
        self.assertEqual(modes("--candidates", "natural")["natural"], [0, 3, 4, 5, 6, 7, 8, 9])
        self.assertEqual(self.data(*sites, "--candidates", "compressive")["sites"]["candidates"]["mode"], "compressive")

    def test_plan_alone(self):
        sites = self.nine()
        plan = self.plan(sites, "--rates", "1,2")
        data = self.data(plan)
        self.assertEqual((data["network"], data["sites"]), (None, None))
        self.assertEqual(data["plan"], {"file": "plan.json", "told": json.loads(plan.read_text())})

    def test_conditions_of_the_plan(self):
        sites = self.nine()
        plan = self.plan(sites, "--latency", 4, "--load", 2)
        planned = self.data(*sites, plan)["sites"]["planned"]
        self.assertEqual((planned["link"]["latency"], planned["load"]["slowdown"]), (0.004, 2))
        planned = self.data(*sites, plan, "--queue", 1)["sites"]["planned"]
        self.assertEqual((planned["link"]["latency"], planned["load"]["queueing_delay"]), (0, 0.001))

    def test_conditions_that_are_typed_win_over_those_of_the_plan(self):
        sites = self.nine()
        plan = self.plan(sites, "--load", 4)
        self.assertEqual(self.data(*sites, plan, "--load", 1)["sites"]["planned"]["load"]["slowdown"], 1)

    def test_page_is_none_of_its_inputs(self):
        path = self.file("server.json", TOY)
        before = path.read_bytes()
        self.refused("report", path, "-o", path, telling="one of the files to report")
        self.assertEqual(path.read_bytes(), before)

    def test_plan_without_a_policy(self):
        plan = {"schema": "dsc.plan/1", "model": "efficientnet_b0", "layers": 20, "policy": []}
        self.refused("report", self.file("plan.json", plan), "-o", self.folder / "o.html", telling="without a policy")

    def test_run_alone(self):
        told = json.loads(RUN.read_text())
        data = self.data(RUN)
        self.assertEqual((data["model"], data["network"]["input_bytes"], len(data["network"]["layers"])), ("efficientnet_b0", 602112, 20))
        self.assertEqual([layer["group"] for layer in data["network"]["layers"]][:4], ["stem", "stage 1", "stage 2", "stage 2"])
        run = data["runs"][0]
        names = [one["name"] for one in told["strategies"]]
        self.assertEqual([one["name"] for one in run["strategies"]], names)
        self.assertEqual(len(run["requests"]), 49)
        for mine, theirs in zip(run["requests"], told["requests"]):
            self.assertEqual((mine["number"], names[mine["strategy"]], mine["rate"], mine["split"], mine["observed"], mine["predicted"], mine["fallback"]),
                             (theirs["request"], theirs["strategy"], theirs["rate"], theirs["split"], theirs["observed_seconds"], theirs["predicted_seconds"],
                              theirs["fallback"] or ""))
        self.assertEqual(len(self.data(RUN, RUN)["runs"]), 2)

    def test_sums_of_a_run_are_those_of_its_requests(self):
        """What the file itself says of them is for other tools: it may be wrong or not be there."""
        run = json.loads(RUN.read_text())
        shown = self.data(RUN)["runs"][0]
        for mine, theirs in zip(shown["strategies"], run["strategies"]):
            self.assertEqual((mine["name"], mine["split"], mine["fallbacks"]), (theirs["name"], theirs.get("split"), theirs["fallbacks"]))
            for key, told in (("mean", "mean_seconds"), ("median", "median_seconds"), ("gain_percent",) * 2, ("prediction_error",) * 2):
                self.assertAlmostEqual(mine[key], theirs[told], places=4)
        wrong = run | {"prediction_error": 9, "strategies": [one | {"mean_seconds": 7, "gain_percent": 99} for one in run["strategies"]]}
        none = {key: value for key, value in run.items() if key != "prediction_error"}
        none["strategies"] = [{key: one[key] for key in ("name", "split", "identical_answers") if key in one} for one in run["strategies"]]
        for other in (wrong, none):
            data = self.data(self.file("run.json", other))["runs"][0]
            self.assertEqual((data["strategies"], data["prediction_error"]), (shown["strategies"], shown["prediction_error"]))

    def test_hostile_names(self):
        hostile = '</script><script>document.title = "broken"</script><!--'
        document = TOY | {"model": hostile, "layers": [{"name": hostile, "output_bytes": 5}, {"name": "<img src=x onerror=alert(1)>", "output_bytes": 4}],
                          "environment": {"device": hostile}}
        page = self.page(self.file("h.json", document), "--title", hostile)
        self.assertEqual(page.count("<script"), page.count("</script>"))
        self.assertNotIn('"broken"</script>', page)
        self.assertNotIn("<img", page)
        self.assertEqual(data_of(page)["network"]["layers"][0]["name"], hostile)
        self.assertIn("<title>&lt;/script&gt;", page)

    def test_needs_no_network(self):
        page = self.page(self.file("toy.json", TOY))
        self.assertNotIn("sourceMappingURL", page)
        self.assertIn("default-src 'none'", page)
        self.assertIsNone(re.search(r'(src|href)="(?!data:)|url\(|@import', page))
        for module in ("view", "parser", "transforms", "view-transforms", "encode", "util", "selections"):
            self.assertIn(f'vegaModules["vega-{module}"] = ', page)
        self.assertNotIn('vegaModules["vega-geo"]', page)
        self.assertIn("University of Washington Interactive Data Lab", page)

    def test_order_of_the_scripts(self):
        folder = pathlib.Path(__file__).parents[1] / "report"
        page = folder / "page"
        of_page = re.findall(r"{{(\w+\.js)}}", (page / "page.html").read_text())
        of_readme = re.findall(r"^\| `(\w+\.js)`", (folder / "README.md").read_text(), re.MULTILINE)
        self.assertEqual(of_readme, of_page)
        self.assertEqual(sorted(of_page), sorted(path.name for path in page.glob("*.js")))

    def test_output(self):
        toy, out = self.file("toy.json", TOY), self.folder / "out.html"
        self.assertIn("out.html", self.ok("report", toy, *self.vega(), "-o", out))
        self.assertEqual(out.read_text(), self.page(toy))
        self.assertEqual(sorted(path.name for path in self.folder.glob("out*")), ["out.html"])
        self.refused("report", self.folder / "none.json", *self.vega(), "-o", out, telling="none.json")
        self.assertEqual(out.read_text(), self.page(toy))
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([COMMAND, "report", toy, *self.vega(), "-o", "-"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1))

    def test_runs_of_programs(self):
        """A run need not tell its input's type, nor be emulated, nor have a rate with a limit."""
        told = json.loads(RUN.read_text()) | {"model": "own", "device_slowdown": None}
        del told["input_type"]
        told["requests"][0]["rate"] = None
        run = self.data(self.file("own.json", told))["runs"][0]
        self.assertEqual((run["device_slowdown"], run["requests"][0]["rate"]), (None, None))
        self.assertEqual(self.data(self.file("int8.json", told | {"input_type": "int8"}))["model"], "own")

    def test_many_strategies(self):
        """Time in proportion to the file's length: names were compared pairwise once, 9 s here."""
        told, count = json.loads(RUN.read_text()), 20000
        strategy, request = told["strategies"][0], told["requests"][0]
        run = told | {"strategies": [strategy | {"name": f"s{i}"} for i in range(count)], "requests": [request | {"strategy": f"s{i}"} for i in range(count)]}
        path = self.file("many.json", run)
        began = time.monotonic()
        self.assertEqual(len(self.data(path)["runs"][0]["requests"]), count)
        self.assertLess(time.monotonic() - began, 6)

    def test_warnings(self):
        device, server = self.nine()
        self.assertEqual(self.data(device, server)["sites"]["warnings"], [])
        self.assertIn("faster", " ".join(self.data(server, device)["sites"]["warnings"]))
        in_ms = TOY | {"prefix_seconds": [[0, 80, 400], [0, 500, 3000]]}
        for warned in (self.data(self.file("ms.json", in_ms)), self.data(self.file("ms.json", in_ms), "--device-slowdown", 2)):
            self.assertEqual(len(warned["sites"]["warnings"]), 1)
            self.assertIn("ms.json: layer 'stem' takes 80 s for one sample", warned["sites"]["warnings"][0])
        self.assertEqual(self.data(self.file("ms.json", in_ms | {"unit": "ms"}))["sites"]["warnings"], [])


class Refused(ReportTest):
    def report(self, *arguments, telling):
        self.refused("report", *arguments, *self.vega(), "-o", self.folder / "r.html", telling=telling)
        self.assertFalse((self.folder / "r.html").exists())

    def test_files(self):
        self.report(telling="one file at least")
        self.refused("report", self.file("toy.json", TOY), telling="--output")
        device, server = self.nine()
        plan = self.plan((device, server))
        self.report(plan, plan, telling="both plans")
        self.report(device, server, device, telling="3 profiles are too many")
        self.report(device, "--server", server, telling="a profile too many")
        self.report("--device", device, telling="--device needs --server")
        self.report(device, server, "--device-slowdown", 3, telling="--device-slowdown")
        self.report(plan, "--device-slowdown", 3, telling="--device-slowdown")
        for option, value in (("--latency", 5), ("--load", 2), ("--batches", 1), ("--rates", 5), ("--min-split", 1), ("--candidates", "all")):
            self.report(plan, RUN, option, value, telling=[option, "without profiles"])
        self.report(self.folder / "none.json", telling="none.json")
        self.report(self.folder, telling="cannot read")

    def test_contents_of_files(self):
        run = json.loads(RUN.read_text())
        for content, words in (('{"schema": "dsc.profile/1", "mod', ["x.json", "no JSON at line 1"]), ("[]", "x.json"), ("{}", ["x.json", "schema"]),
                               ({"schema": "dsc.inspect/1"}, ["dsc.inspect/1", "dsc.profile/1, dsc.plan/1 or dsc.run/1"]), ({"schema": 5}, "schema"),
                               (TOY | {"batches": []}, "batches"), ({"schema": "dsc.plan/1", "model": "m"}, "'layers'"), (b"\xff\x00", "x.json"),
                               ({"schema": "dsc.run/1"}, "link"), (run | {"requests": []}, "requests"), (run | {"strategies": []}, "strategies"),
                               (run | {"input_type": "int8"}, "input_type"), (run | {"strategies": run["strategies"] + run["strategies"][:1]}, "names of their own"),
                               (run | {"load": {"slowdown": 0, "queueing_delay": 0}}, "load.slowdown"), (run | {"link": {}}, "link has no 'latency'")):
            self.report(self.file("x.json", content), telling=words)
        first = run["requests"][0]
        for key, value, words in (("strategy", "sometimes", "requests[0].strategy"), ("split", -1, "requests[0].split"), ("observed_seconds", None, "observed_seconds"),
                                  ("batch", 0, "batch"), ("split", 21, "split 21"), ("rate", -1, "rate"), ("fallback", 5, "fallback")):
            self.report(self.file("x.json", run | {"requests": [first | {key: value}]}), telling=words)
        for key in first.keys() - {"predicted", "observed"}:
            self.report(self.file("x.json", run | {"requests": [{other: value for other, value in first.items() if other != key}]}), telling=f"'{key}'")
        self.report(self.file("x.json", run | {"strategies": [run["strategies"][0] | {"identical_answers": 1}]}), telling="must be true or false")
        for document, key, words in ((run, "fallback", "requests[48] has the key 'fallback' twice"), (TOY, "output_bytes", "layers[1] has the key 'output_bytes' twice")):
            before, _, behind = json.dumps(document).rpartition(f'"{key}"')
            self.report(self.file("x.json", f'{before}"{key}": 1, "{key}"{behind}'), telling=["x.json", words])

    def test_other_models(self):
        device, server = self.nine()
        plan = self.plan((device, server))
        other = self.file("other.json", TOY)
        self.report(device, other, telling="different networks")
        self.report(other, plan, telling=["other.json", "plan.json", "'two layers' and 'tiny'"])
        self.report(other, RUN, telling=["different models", "'two layers' and 'efficientnet_b0'"])
        self.report(plan, RUN, telling="'tiny' and 'efficientnet_b0'")
        shorter = self.file("shorter.json", made_up_profile(1, 1, sizes=[1000, 500, 40]))
        self.report(shorter, plan, telling="2 and 9 layers")
        run = json.loads(RUN.read_text())
        self.report(RUN, self.file("y.json", run | {"model": "efficientnet_b1"}), telling="'efficientnet_b0' and 'efficientnet_b1'")
        self.report(RUN, self.file("y.json", run | {"input_type": "uint8"}), telling="inputs of float32 and uint8")
        b0 = self.json("inspect", "efficientnet_b0", "--granularity", "layers")
        profile = {"schema": "dsc.profile/1", "model": "efficientnet_b0", "input_bytes": b0["input"]["bytes"], "batches": [1], "prefix_seconds": [list(range(21))],
                   "layers": [{"name": layer["name"], "output_bytes": layer["bytes"]} for layer in b0["layers"]]}
        self.report(self.file("p.json", profile), self.file("y.json", run | {"input_type": "uint8"}), telling="inputs of 602112 and 150528 bytes")
        self.assertEqual(self.data(self.file("p.json", profile), RUN)["model"], "efficientnet_b0")

    def test_options(self):
        sites = self.nine()
        for option, value in (("--rates", 0), ("--rates", "5:1"), ("--batches", 0), ("--load", 0), ("--queue", -1), ("--latency", "nan"), ("--candidates", "some"),
                              ("--granularity", "pixels"), ("--return-rate", 0)):
            self.report(*sites, option, value, telling=option)
        self.report(sites[1], "--device-slowdown", 0, telling="--device-slowdown")
        self.report(sites[1], "--device-slowdown", "nan", telling="--device-slowdown")
        self.report(*sites, "--max-split", 10, telling="0..9")
        self.report(*sites, "--min-split", 5, "--max-split", 4, telling="no split point is left")
        self.report(*sites, "--batches", 9, telling=["batch size 9", "dsc-302"])
        self.report(*sites, "--batches", "1:8", "--rates", "1:90000", telling="720000 states")
        self.assertEqual(self.data(*sites, "--batches", "1,9", "--extrapolate")["sites"]["map"]["batches"], [1, 9])
        self.assertTrue(all(layer["judged"] for layer in self.data(*sites, "--granularity", "blocks")["network"]["layers"]))
        apart = self.file("d.json", made_up_profile(1, 6, batches=(1,))), self.file("s.json", made_up_profile(2, 1, batches=(2,)))
        self.report(*apart, telling="no batch size in common")

    def test_output(self):
        toy = self.file("toy.json", TOY)
        self.refused("report", self.folder / "unread.json", "-o", self.folder / "nowhere" / "r.html", telling=["cannot write", "nowhere"])
        self.refused("report", toy, *self.vega(), "-o", self.folder, telling="it is a folder")
        if os.geteuid() != 0:
            self.folder.chmod(0o500)
            self.refused("report", toy, "-o", self.folder / "r.html", telling="cannot write")

    def test_no_vega(self):
        self.refused("report", self.file("toy.json", TOY), "--vega", self.folder / "none", "-o", self.folder / "r.html", telling=["libjs-vega", "--vega", "none"])
