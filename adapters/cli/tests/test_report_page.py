"""report, in a browser: that the page draws what it should, and computes what dsc plan does."""

import json
import math
import pathlib
import random
import unittest

from browser import Browser
from command import CommandTest
from test_plan import made_up_profile
from test_report import RUN, TOY

V2_L = pathlib.Path(__file__).parents[3] / "benchmarks" / "profiles" / "efficientnet_v2_l.json"
STATE = """
  const chosen = document.getElementById("chosen-split"), latency = document.getElementById("chosen-latency");
  return {split: Number(chosen.dataset.split), text: chosen.textContent, seconds: Number(latency.dataset.seconds),
          breakdown: {...document.getElementById("chosen-breakdown").dataset}, pieces: JSON.parse(document.getElementById("policy").dataset.pieces)};"""
MARKS = """
  return Object.fromEntries([...document.querySelectorAll(".chart")].filter((chart) => chart.offsetParent !== null)
    .map((chart) => [chart.id, chart.querySelectorAll("svg g.mark-rect path, svg g.mark-line path, svg g.mark-symbol path").length]));"""


def setUpModule():
    PageTest.browser = Browser()
    unittest.addModuleCleanup(PageTest.browser.close)


class PageTest(CommandTest):
    browser = None  # one for all tests

    def setUp(self):
        super().setUp()
        self.browser.look()

    def open(self, *arguments):
        page = self.folder / "page.html"
        self.ok("report", *arguments, "-o", page)
        self.browser.open(page)
        return page

    def quiet(self, page=None):
        """No error in the console, no request but for the page itself."""
        self.assertEqual(self.browser.console(), [])
        asked = [address for address in self.browser.requests() if not address.startswith("data:")]
        self.assertLessEqual(set(asked), {page.as_uri()} if page else set())

    def fits(self):
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), self.browser.run("return innerWidth"))
        outside = self.browser.run("""return [...document.querySelectorAll(".chart svg")].filter((svg) => svg.getBoundingClientRect().right > innerWidth + 0.5).length""")
        self.assertEqual(outside, 0)

    def all_drawn(self, *charts):
        marks = self.browser.run(MARKS)
        self.assertEqual(sorted(marks), sorted(charts))
        for chart, count in marks.items():
            self.assertGreater(count, 0, chart)

    def pairs(self, **options):
        return [self.file(f"{name}.json", made_up_profile(seed, speed, **options)) for name, seed, speed in (("device", 1, 6), ("server", 105, 1))]


LIVE = ("network-chart", "latency-chart", "map-chart", "gains-chart", "breakdown-chart")


class Drawing(PageTest):
    def test_v2_l(self):
        page = self.open(V2_L)
        self.quiet(page)
        self.assertEqual(self.browser.run("return document.body.dataset.agrees"), "true")
        self.all_drawn(*LIVE)
        self.assertLess(page.stat().st_size, 2_000_000)
        self.assertEqual(self.browser.run("return document.title"), "Dynamic split computing of efficientnet_v2_l")
        self.assertIn("5.68", self.browser.run("return document.getElementById('facts').textContent"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('#network-chart g.mark-rect path').length >= 83"), True)

    def test_everything(self):
        device, server = self.pairs(sizes=[602112, *(1000 * i for i in range(20, 0, -1))], model="efficientnet_b0")
        plan = self.file("plan.json", self.ok("plan", "--device", device, "--server", server, "--rates", "0.5,1,20", "--json"))
        # The run and the profiles agree on names and numbers of layers, as files of one model do.
        page = self.open(device, server, plan, RUN, "--rates", "0.1:20:0.1")
        self.quiet(page)
        self.all_drawn(*LIVE, "plan-map-chart", "plan-gains-chart", "plan-states-chart", "run-0-rate", "run-0-split", *(f"run-0-latency-{i}" for i in range(7)))
        self.assertEqual(self.browser.run("return document.querySelectorAll('#run-0-table tbody tr').length"), 7)
        self.assertEqual(self.browser.run("return document.getElementById('missing-section').hidden"), True)

    def test_parts_alone(self):
        device, server = self.pairs()
        plan = self.file("plan.json", self.ok("plan", "--device", device, "--server", server, "--rates", "0.5,1,20", "--json"))
        self.quiet(self.open(plan))
        self.all_drawn("plan-map-chart", "plan-gains-chart", "plan-states-chart")
        for words in ("dsc profile", "dsc run --json"):
            self.assertIn(words, self.browser.run("return document.getElementById('missing').textContent"))
        self.quiet(self.open(self.file("bare.json", self.ok("plan", "--device", device, "--server", server, "--json"))))
        self.all_drawn("plan-map-chart")
        self.quiet(self.open(RUN, RUN))
        self.assertEqual(self.browser.run("return document.querySelectorAll('section.run').length"), 2)

    def test_small_and_strange(self):
        one_layer = TOY | {"layers": TOY["layers"][:1], "batches": [4], "prefix_seconds": [[0, 0.01]]}
        no_time = TOY | {"prefix_seconds": [[0, 0, 0], [0, 0, 0]]}
        for profile in (TOY, one_layer, no_time, made_up_profile(7, 1, rising=True), made_up_profile(7, 1, batches=(1, 300))):
            page = self.open(self.file("p.json", profile))
            self.quiet(page)
            self.all_drawn(*LIVE)
            self.assertEqual(self.browser.run("return document.body.dataset.agrees"), "true")
        self.quiet(self.open(self.file("p.json", TOY), "--rates", 5, "--batches", 3))

    def test_hostile_names(self):
        hostile = "</script><script>document.title = 'broken'</script><img src=x onerror=\"document.title = 'broken'\">"
        document = TOY | {"model": hostile, "layers": [{"name": hostile, "output_bytes": 5000}, {"name": "$& {{data}} \\u003c", "output_bytes": 4}], "environment": {hostile: hostile}}
        page = self.open(self.file("h.json", document), "--title", hostile)
        self.quiet(page)
        self.assertEqual(self.browser.run("return document.title"), hostile)
        self.assertEqual(self.browser.run("return document.getElementById('title').textContent"), hostile)
        self.assertIn(hostile, self.browser.run("return document.getElementById('latency-legend').textContent"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('img').length"), 0)

    def test_warnings(self):
        device, server = self.pairs()
        self.open(device, server)
        self.assertTrue(self.browser.run("return document.getElementById('warnings').hidden"))
        self.open(server, device)
        self.assertIn("faster", self.browser.run("return document.getElementById('warnings').innerText"))

    def test_an_emulated_device_is_called_one(self):
        device, server = (made_up_profile(seed, speed) | {"environment": {"device": "A CPU", "slowdown": factor}}
                          for seed, speed, factor in ((1, 6, "6"), (105, 1, "1")))
        facts = "return document.getElementById('facts').innerText"
        self.open(self.file("d.json", device), self.file("s.json", server))
        self.assertIn("emulated: the same machine as the server, 6 times slower (A CPU)", self.browser.run(facts))
        self.assertEqual(self.browser.run(facts).count("emulated"), 1)
        self.open(self.file("d.json", device | {"environment": {"device": "Another", "slowdown": "2"}}), self.file("s.json", server))
        self.assertIn("emulated: Another, made 2 times slower", self.browser.run(facts))
        self.open(self.file("d.json", device | {"environment": {"device": "Another", "slowdown": "1"}}), self.file("s.json", server))
        self.assertNotIn("emulated", self.browser.run(facts))

    def test_rates_follow_the_policy(self):
        """A model whose best split changes far below 1 MB/s has a map of several colours."""
        device, server = (made_up_profile(seed, speed) for seed, speed in ((1, 600), (105, 100)))
        self.open(self.file("d.json", device), self.file("s.json", server))
        self.assertGreater(self.browser.run("return document.querySelectorAll('#map-legend li').length"), 2)
        self.assertIn("around those at which the best split changes", self.browser.run("return document.getElementById('gains-caption').textContent"))

    def test_many_layers(self):
        sizes = [1000000, *(500 + (7919 * i) % 100000 for i in range(5000))]
        self.quiet(self.open(*self.pairs(sizes=sizes, batches=(1,))))
        self.assertEqual(self.browser.run("return document.body.dataset.agrees"), "true")

    def test_tables_on_phones_and_on_paper(self):
        self.browser.look(390, 800)
        self.open(V2_L)
        inside = "return [...document.querySelectorAll('.wide')].filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1).map((one) => one.firstChild.id)"
        self.assertEqual(self.browser.run(inside), [])
        self.assertEqual(self.browser.run("return document.querySelector('details').open"), False)
        self.browser.look(720, 900, "light", "print")
        self.browser.wait("return document.querySelector('details').open")
        self.assertGreater(self.browser.run("return document.getElementById('policy-table').getBoundingClientRect().height"), 20)
        self.assertEqual(self.browser.run(inside), [])
        self.browser.look()
        self.browser.wait("return !document.querySelector('details').open")

    def test_narrow_dark_and_print(self):
        device, server = self.pairs(sizes=[602112, *(1000 * i for i in range(20, 0, -1))], model="efficientnet_b0")
        plan = self.file("plan.json", self.ok("plan", "--device", device, "--server", server, "--rates", "0.5,1,20", "--json"))
        ink = "return getComputedStyle(document.querySelector('#breakdown-chart g.mark-text text')).fill"
        for files in ([V2_L], [device, server, plan, RUN]):
            self.browser.look(360, 800)
            page = self.open(*files)
            self.fits()
            charts = self.browser.run("return document.querySelectorAll('.chart svg').length")
            for width in (320, 768, 1400):
                self.browser.look(width, 900)
                self.browser.wait(f"return Math.abs(document.querySelector('#latency-chart svg').clientWidth - document.querySelector('#latency-chart').clientWidth) <= 1 && innerWidth === {width}")
                self.fits()
            light = self.browser.run(ink)
            self.browser.look(1100, 900, "dark")
            self.browser.wait(f"{ink} !== '{light}'")
            self.fits()
            self.browser.look(700, 900, "dark", "print")
            self.browser.wait(f"{ink} === '{light}'")
            self.fits()
            self.assertEqual(self.browser.run("return getComputedStyle(document.getElementById('controls')).display"), "none")
            self.assertEqual(self.browser.run("return document.querySelectorAll('.chart svg').length"), charts)
            self.assertGreater(len(self.browser.pdf()), 20_000)
            self.quiet(page)


class Computing(PageTest):
    def as_planned(self, sites, mode, conditions):
        """What the page shows is what dsc plan says for the state in its number fields."""
        batch, rate, load, queue = (self.browser.run("return document.getElementById(arguments[0]).value", f"{name}-number") for name in ("batch", "rate", "load", "queue"))
        plan = self.json("plan", "--device", sites[0], "--server", sites[1], "--batches", batch, "--rates", rate, "--load", load, "--queue", queue,
                         "--candidates", mode, *conditions)
        shown, state = self.browser.run(STATE), plan["states"][0]
        where = f"batch {batch}, {rate} MB/s, load {load}, queue {queue} ms, {mode}"
        self.assertEqual(shown["split"], state["split"], where)
        self.assertIn(f"(l = {state['split']})", shown["text"])
        self.assertTrue(math.isclose(shown["seconds"], state["seconds"], rel_tol=1e-12), where)
        for part, seconds in state["breakdown"].items():
            self.assertTrue(math.isclose(float(shown["breakdown"][part]), seconds, rel_tol=1e-12, abs_tol=1e-15), f"{part}, {where}")
        pieces = plan["policy"][0]["pieces"]
        self.assertEqual([piece["split"] for piece in shown["pieces"]], [piece["split"] for piece in pieces], where)
        for mine, theirs in zip(shown["pieces"], pieces):
            self.assertTrue(math.isclose(mine["from"], theirs["from_rate"], rel_tol=1e-9), where)
        return shown

    def check_states(self, sites, conditions, batches, rates, queue, seed, count, load=()):
        self.open(*sites, *conditions, *load, "--rates", "1:20")
        rng, splits = random.Random(seed), set()
        for i in range(count):
            mode = ("undominated", "compressive")[i % 2]
            self.browser.set_all(mode, {"batch-number": rng.choice(batches),
                                        "rate-number": repr(math.exp(rng.uniform(math.log(rates[0]), math.log(rates[1])))),
                                        "load-number": repr(rng.choice([1, 1, rng.uniform(0.2, 12)])),
                                        "queue-number": repr(rng.choice([0, 0, rng.uniform(0, queue)]))})
            splits.add(self.as_planned(sites, mode, conditions)["split"])
        self.assertGreater(len(splits), 2)
        self.assertEqual(self.browser.run("return document.body.dataset.agrees"), "true")
        self.assertEqual(self.browser.console(), [])

    def test_made_up_profiles(self):
        self.check_states(self.pairs(), [], range(1, 9), (0.01, 20), 5, 1, 14)

    def test_measured_tails(self):
        sites = [self.file("device.json", made_up_profile(5, 3)), self.file("server.json", made_up_profile(105, 1, batches=(1, 3, 8), rising=True))]
        self.check_states(sites, ["--latency", "0.3", "--return-latency", "0.2", "--return-rate", "0.5"], range(1, 9), (0.01, 20), 5, 2, 14,
                          load=["--load", "2", "--queue", "0.1"])

    def test_limits_and_extrapolation(self):
        sites = [self.file("device.json", made_up_profile(8, 6, batches=(2,))), self.file("server.json", made_up_profile(108, 1, batches=(2, 4)))]
        self.check_states(sites, ["--private", "--max-split", "8", "--extrapolate"], range(1, 20), (0.01, 20), 5, 3, 12)

    def test_v2_l(self):
        server = json.loads(V2_L.read_text())
        device = server | {"prefix_seconds": [[5.68 * time for time in row] for row in server["prefix_seconds"]]}
        sites = [self.file("device.json", device), V2_L]
        self.check_states(sites, [], range(1, 5), (0.01, 100), 20000, 4, 12)
        self.check_states(sites, ["--granularity", "blocks", "--private"], range(1, 5), (0.01, 100), 20000, 5, 8)

    def test_ties(self):
        """A layer that costs nothing and changes no size: the split before it and the one behind it are as fast, and the smaller one is taken."""
        device = {"schema": "dsc.profile/1", "model": "ties", "input_bytes": 1000, "batches": [1, 3],
                  "layers": [{"name": f"layer{i}", "output_bytes": size} for i, size in enumerate((500, 500, 500, 1000, 40))],
                  "prefix_seconds": [[0, 0.01, 0.01, 0.01, 0.02, 0.05], [0, 0.03, 0.03, 0.03, 0.06, 0.15]]}
        server = device | {"prefix_seconds": [[time / 8 for time in row] for row in device["prefix_seconds"]]}
        sites = [self.file("device.json", device), self.file("server.json", server)]
        self.open(*sites)
        taken = set()
        for rate in ("0.001", "0.03", "0.05", "0.2", "5"):
            self.browser.set("rate-number", rate)
            for mode in ("undominated", "compressive"):
                self.browser.choose(mode)
                taken.add(self.as_planned(sites, mode, [])["split"])
        self.assertEqual(taken, {0, 1, 5})

    def test_every_slider(self):
        sites = self.pairs()
        self.open(*sites)
        rate = "return document.getElementById('rate-number').value"
        first, before = self.browser.run(rate), self.as_planned(sites, "undominated", [])
        for slider, places in (("rate", (150, 500, 900)), ("batch", (5, 8)), ("load", (800, 100)), ("queue", (700, 20))):
            for place in places:
                self.browser.set(f"{slider}-slider", place)
                now = self.as_planned(sites, "undominated", [])
                self.assertNotEqual(now["seconds"], before["seconds"], slider)
                before = now
        drawn = self.browser.run("return document.body.dataset.drawn")
        self.browser.set("rate-slider", 10)
        self.browser.wait(f"return document.body.dataset.drawn > {drawn}")
        self.browser.run("document.getElementById('reset').click()")
        self.assertEqual(self.browser.run(rate), first)

    def test_values_that_make_no_sense(self):
        sites = self.pairs()
        self.open(*sites)
        before = self.browser.run(STATE)
        for field, value in (("rate", 0), ("rate", -1), ("rate", ""), ("batch", 9), ("batch", 0), ("batch", 1.5), ("load", 0), ("queue", -1)):
            self.browser.set(f"{field}-number", value)
            self.assertEqual(self.browser.run("return document.getElementById(arguments[0]).getAttribute('aria-invalid')", f"{field}-number"), "true", f"{field} {value}")
        self.assertEqual(self.browser.run(STATE), before)
        self.assertEqual(self.browser.console(), [])

    def test_gains(self):
        sites = self.pairs()
        self.open(*sites, "--rates", "0.05:2:0.05")
        self.browser.set("load-number", 4)
        self.browser.set("queue-number", 0.5)
        gains = self.json("plan", "--device", sites[0], "--server", sites[1], "--batches", "1:8", "--rates", "0.05:2:0.05", "--load", 4, "--queue", 0.5)["gains"]
        shown = self.browser.run("return {...document.getElementById('gains-sentence').dataset}")
        self.assertEqual(int(shown["best"]), gains["best_static"])
        self.assertAlmostEqual(float(shown["mean"]) / gains["mean_seconds"], 1, places=9)
        for mine, theirs in zip(json.loads(shown["gains"]), gains["strategies"]):
            self.assertAlmostEqual(mine, theirs["gain_percent"], places=6)
