"""plan, against a brute force over every split that knows nothing of how the command does it."""

import itertools
import json
import random

from command import CommandTest, dsc

SIZES = [1000, 2600, 1300, 500, 500, 200, 260, 100, 400, 40]  # of h_0 .. h_9


def made_up_profile(seed, speed, batches=(1, 2, 8), sizes=SIZES, model="tiny", rising=False):
    rng = random.Random(seed)
    layers = len(sizes) - 1
    costs = [rng.uniform(0.5e-4, 4e-4) * speed for _ in range(layers)]
    prefixes = [[0.0, *itertools.accumulate(cost * batch**0.9 for cost in costs)] for batch in batches]
    document = {
        "schema": "dsc.profile/1",
        "model": model,
        "input_bytes": sizes[0],
        "layers": [{"name": f"layer{i + 1}", "output_bytes": size} for i, size in enumerate(sizes[1:])],
        "batches": list(batches),
        "prefix_seconds": prefixes,
    }
    if rising:  # measured tails that do not add up with the heads
        document["suffix_seconds"] = [[0.0 if l == layers else (p[-1] - p[l]) + 1e-5 * l for l in range(layers + 1)] for p in prefixes]
    return document


class BruteForce:
    def __init__(self, device, server, latency=0.0, back=0.0, back_rate=None, load=1.0, queue=0.0, smallest=0, largest=None):
        self.device, self.server = device, server
        self.latency, self.back, self.back_rate, self.load, self.queue = latency, back, back_rate, load, queue
        self.sizes = [device["input_bytes"], *(layer["output_bytes"] for layer in device["layers"])]
        self.layers = len(self.sizes) - 1
        self.splits = range(smallest, 1 + (self.layers if largest is None else largest))

    def time(self, l, batch, rate):
        head = self.device["prefix_seconds"][self.device["batches"].index(batch)][l]
        if l == self.layers:
            return head
        b = self.server["batches"].index(batch)
        prefix = self.server["prefix_seconds"][b]
        tail = self.server["suffix_seconds"][b][l] if "suffix_seconds" in self.server else prefix[-1] - prefix[l]
        answer = self.back + (batch * self.sizes[-1] / self.back_rate if self.back_rate else 0.0)
        return head + self.latency + batch * self.sizes[l] / rate + self.queue + self.load * tail + answer

    def best(self, batch, rate):
        return min(self.splits, key=lambda l: (self.time(l, batch, rate), l))


class Plan(CommandTest):
    def sites(self, device, server):
        return ["--device", self.file("device.json", device), "--server", self.file("server.json", server)]

    def check(self, truth, document, rates):
        for policy in document["policy"]:
            reached = 0
            for piece in policy["pieces"]:
                self.assertEqual(piece["from_rate"], reached)
                reached = piece["to_rate"]
                top = 4 * piece["from_rate"] + 1e6 if reached is None else reached
                for share in (0.01, 0.5, 0.99):
                    rate = piece["from_rate"] + share * (top - piece["from_rate"])
                    self.assertAlmostEqual(truth.time(piece["split"], policy["batch"], rate) / truth.time(truth.best(policy["batch"], rate), policy["batch"], rate), 1, places=9)
            self.assertIsNone(reached)
        self.assertEqual(len(document["states"]), len(document["policy"]) * len(rates))
        for state in document["states"]:
            best = truth.best(state["batch"], state["rate"])
            self.assertEqual(state["split"], best)
            self.assertAlmostEqual(state["seconds"], truth.time(best, state["batch"], state["rate"]), places=12)
            self.assertAlmostEqual(state["seconds"], sum(state["breakdown"].values()), places=12)
        self.check_gains(truth, document)

    def check_gains(self, truth, document):
        states, gains = document["states"], document["gains"]
        self.assertEqual(gains["states"], len(states))
        best = [state["seconds"] for state in states]
        for one in gains["strategies"]:
            times = [truth.time(one["split"], state["batch"], state["rate"]) for state in states]
            self.assertAlmostEqual(one["mean_seconds"], sum(times) / len(times), places=12)
            self.assertAlmostEqual(one["gain_percent"], 100 * sum((t - b) / t for t, b in zip(times, best)) / len(times), places=6)
            self.assertAlmostEqual(one["share"], sum(state["split"] == one["split"] for state in states) / len(states), places=9)
        means = {one["split"]: one["mean_seconds"] for one in gains["strategies"] if one["split"] in truth.splits}
        self.assertEqual(means[gains["best_static"]], min(means.values()))

    def test_against_brute_force(self):
        rates = [0.25 * (i + 1) for i in range(20)]
        for seed, slow in enumerate([6, 6, 2, 1, 0.3, 6]):
            device, server = made_up_profile(seed, slow), made_up_profile(seed + 100, 1, rising=seed == 5)
            for options, how in (
                ([], {}),
                (["--private"], {"smallest": 1}),
                (["--min-split", 2, "--max-split", 7], {"smallest": 2, "largest": 7}),
                (["--latency", 2, "--return-latency", 1, "--return-rate", 0.5], {"latency": 2e-3, "back": 1e-3, "back_rate": 5e5}),
                (["--load", 3, "--queue", 1.5], {"load": 3, "queue": 1.5e-3}),
                (["--candidates", "all"], {}),
            ):
                document = self.json("plan", *self.sites(device, server), "--rates", "0.25:5:0.25", *options)
                self.check(BruteForce(device, server, **how), document, rates)

    def test_document(self):
        document = self.json("plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1)), "--rate", 2)
        self.has_keys(document, "schema", "model", "layers", "link", "load", "policy", "states", "gains")
        self.assertEqual((document["schema"], document["model"], document["layers"]), ("dsc.plan/1", "tiny", 9))
        self.assertEqual([policy["batch"] for policy in document["policy"]], [1, 2, 8])

    def test_batches(self):
        sites = self.sites(made_up_profile(1, 6, batches=(1, 2, 8)), made_up_profile(2, 1, batches=(2, 4, 8, 16)))
        batches = lambda *more: [policy["batch"] for policy in self.json("plan", *sites, *more)["policy"]]
        self.assertEqual(batches(), [2, 8])
        self.assertEqual(batches("--batches", "8,2:4"), [8, 2, 3, 4])
        self.assertEqual(batches("--batches", "1:20:6", "--extrapolate"), [1, 7, 13, 19, 20])
        self.refused("plan", *sites, "--batches", "16", telling=["batch size 16", "dsc-302"])
        apart = self.sites(made_up_profile(1, 6, batches=(1,)), made_up_profile(2, 1, batches=(2,)))
        self.refused("plan", *apart, telling="no batch size in common")

    def test_implausible_costs_are_planned_with_and_warned_about(self):
        device, server = made_up_profile(1, 6.0), made_up_profile(2, 1.0)
        noisy = {**server, "suffix_seconds": [[0.0 if l == 9 else 0.01 + (0.002 if l == 4 else 0.0) for l in range(10)] for _ in server["batches"]]}
        plain = dsc("plan", *self.sites(device, server))
        self.assertEqual((plain.returncode, plain.stderr), (0, ""))
        nearly = {**server, "prefix_seconds": [[0.0, *itertools.accumulate((p[l + 1] - p[l]) * (0.95 if l == 4 else 6) for l in range(9))] for p in server["prefix_seconds"]]}
        for sites, telling in (((device, noisy), ("layer4", "batch 1, 2, 8", "noise")), ((server, device), ("the device is faster", "swapped")),
                               ((nearly, server), ("the device is faster", "layer5", "measure again"))):
            done = dsc("plan", *self.sites(*sites), "--batches", 2, "--rates", "1:20", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stderr.startswith("dsc: warning: at batch 1, 2, 8 "), done.stderr)
            for word in telling:
                self.assertIn(word, done.stderr)
            truth = BruteForce(*sites)
            for state in json.loads(done.stdout)["states"]:
                self.assertEqual(state["split"], truth.best(2, state["rate"]))

    def test_extrapolation_from_falling_times_is_warned_about(self):
        profile = made_up_profile(1, 1.0)
        falling = {**profile, "prefix_seconds": [profile["prefix_seconds"][0], profile["prefix_seconds"][2], profile["prefix_seconds"][1]]}
        sites = self.sites(falling, profile)
        self.assertNotIn("mean nothing", dsc("plan", *sites, "--batches", 2).stderr)
        self.assertIn("no longer at batch 8 than at batch 2", dsc("plan", *sites, "--batches", 16, "--extrapolate").stderr)

    def test_outages_are_states(self):
        sites = self.sites(made_up_profile(1, 6), made_up_profile(2, 1))
        plan = self.json("plan", *sites, "--rates", "0,2", "--batches", 1)
        self.assertEqual([(state["rate"], state["split"]) for state in plan["states"]][0], (0, 9))
        self.assertIsNone(plan["gains"]["strategies"][0]["mean_seconds"])
        self.assertIn("0 B/s", self.ok("plan", *sites, "--rates", "0,2", "--batches", 1))
        self.refused("plan", *sites, "--rates", 0, "--max-split", 8, telling="dsc-401")

    def test_rates_around_the_switching_rates(self):
        sites = self.sites(made_up_profile(1, 6), made_up_profile(2, 1))
        plan = self.json("plan", *sites, "--rates", "auto", "--batches", 1)
        switching, rates = [piece["from_rate"] for piece in plan["policy"][0]["pieces"][1:]], [state["rate"] for state in plan["states"]]
        self.assertEqual(len(rates), 100)
        self.assertTrue(10 <= min(switching) / rates[0] < 20 and 10 <= rates[-1] / max(switching) < 20)
        self.assertEqual({state["split"] for state in plan["states"]}, {piece["split"] for piece in plan["policy"][0]["pieces"]})

    def test_profiles_as_files_and_slower_devices(self):
        device, server = self.file("d.json", made_up_profile(1, 6)), self.file("s.json", made_up_profile(2, 1))
        self.assertEqual(self.json("plan", device, server), self.json("plan", "--device", device, "--server", server))
        slow = self.file("slow.json", made_up_profile(2, 3))
        for mine, theirs in zip(self.json("plan", server, "--device-slowdown", 3)["policy"], self.json("plan", slow, server)["policy"]):
            self.assertEqual([piece["split"] for piece in mine["pieces"]], [piece["split"] for piece in theirs["pieces"]])
        usual = dsc("plan", server)
        self.assertEqual(usual.returncode, 0)
        self.assertIn("5.68 times as slow", usual.stderr)
        self.assertEqual(dsc("plan", "--server", server, "--device-slowdown", 2).stderr, "")
        self.refused("plan", telling=["the server's alone", "'dsc profile'"])
        self.refused("plan", device, server, server, telling="3 profiles are too many")
        self.refused("plan", device, server, "--device-slowdown", 2, telling="--device-slowdown")
        self.refused("plan", server, "--device-slowdown", 0, telling="--device-slowdown")
        self.refused("plan", "--device", device, telling="--device needs --server")

    def test_batches_that_could_be_planned_for_are_told(self):
        sites = self.sites(made_up_profile(1, 6, batches=(1, 2, 4)), made_up_profile(2, 1, batches=(1, 8, 64)))
        done = dsc("plan", *sites)
        self.assertEqual((done.returncode, done.stdout.count("batch ")), (0, 1))
        self.assertIn("planned for batch 1, which both profiles measured; --batches can name all from 1 to 4", done.stderr)
        self.assertEqual(dsc("plan", *sites, "--batches", "1:4").stderr, "")

    def test_one_state_and_slow_rates(self):
        text = self.ok("plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1)), "--rates", 0.0001, "--batches", 1)
        self.assertIn("over 1 state dynamic", text)
        self.assertIn("100 B/s", text)

    def test_times_in_another_unit(self):
        server = made_up_profile(2, 1)
        layers = {key: value for key, value in server.items() if key != "prefix_seconds"} | {
            "unit": "ms", "layer_seconds": [[1e3 * (b - a) for a, b in zip(row, row[1:])] for row in server["prefix_seconds"]]}
        device = self.file("d.json", made_up_profile(1, 6))
        plans = [self.json("plan", device, self.file(f"s{i}.json", told), "--rates", "0.5:4:0.5") for i, told in enumerate((server, layers))]
        for mine, theirs in zip(plans[0]["states"], plans[1]["states"]):
            self.assertEqual(mine["split"], theirs["split"])
            self.assertAlmostEqual(mine["seconds"], theirs["seconds"], places=12)
        del layers["unit"]
        layers["layer_seconds"] = [[1e3 * time for time in row] for row in layers["layer_seconds"]]
        done = dsc("plan", device, self.file("s.json", layers))
        self.assertEqual(done.returncode, 0)
        self.assertIn("for one sample at batch 1; are these times in another unit?", done.stderr)

    def test_report(self):
        text = self.ok("plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1)), "--rates", "0.5:4:0.5", "--batches", 1)
        for words in ("batch 1:", "below ", "run locally (l = 9)", "split after layer", "full offloading", "the best static split", "over 8 states"):
            self.assertIn(words, text)
        self.assertNotIn("over", self.ok("plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1))))

    def test_private_report_offers_no_full_offloading(self):
        text = self.ok("plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1)), "--rates", "0.5:40:0.5", "--private")
        self.assertNotIn("full offloading", text)
        self.assertNotIn("send the input", text)

    def test_blocks(self):
        names = [layer["name"] for layer in self.json("inspect", "efficientnet_b0", "--granularity", "layers")["layers"]]
        sizes = [602112, *(layer["bytes"] for layer in self.json("inspect", "efficientnet_b0", "--granularity", "layers")["layers"])]
        device, server = (made_up_profile(seed, speed, sizes=sizes, model="efficientnet_b0") for seed, speed in ((1, 600), (2, 100)))
        for document in (device, server):
            for layer, name in zip(document["layers"], names):
                layer["name"] = name
        sites = self.sites(device, server)
        splits = {state["split"] for state in self.json("plan", *sites, "--rates", "0.5:100:0.5", "--granularity", "blocks", "--private")["states"]}
        self.assertFalse(splits & {0, 1, 18, 19})
        self.assertIn(1, {state["split"] for state in self.json("plan", *sites, "--rates", "0.5:100:0.5", "--private")["states"]})

    def test_every_layer_of_another_model_is_a_block(self):
        plan = ["plan", *self.sites(made_up_profile(1, 6), made_up_profile(2, 1)), "--rates", "0.5:40:0.5"]
        self.assertEqual(self.json(*plan, "--granularity", "blocks"), self.json(*plan))


class RefusedPlans(CommandTest):
    def plan(self, *more):
        return ["plan", "--device", self.file("d.json", made_up_profile(1, 6)), "--server", self.file("s.json", made_up_profile(2, 1)), *more]

    def test_options(self):
        for rate in ("0,", "-1", "nan", "inf", "1:2:0", "3:1", "fast"):
            self.refused(*self.plan("--rates", rate), telling="--rates")
        for option, value in (("--latency", -1), ("--latency", "nan"), ("--load", 0), ("--load", "nan"), ("--load", "inf"), ("--queue", -2),
                              ("--load", 1e308), ("--latency", 1e300), ("--rates", 1e300), ("--rates", 1e-300),
                              ("--return-rate", 0), ("--candidates", "some"), ("--batches", 0), ("--batches", 1.5)):
            self.refused(*self.plan(option, value), telling=option)
        self.refused(*self.plan("--min-split", 10), telling=["split point 10", "0..9"])
        self.refused(*self.plan("--max-split", 10), telling=["split point 10", "0..9"])
        self.refused(*self.plan("--min-split", 5, "--max-split", 4), telling=["no split point is left", "allow more"])
        self.refused(*self.plan("--min-split", 5, "--private"), telling="--private")
        self.refused(*self.plan("--batches", 9), telling="batch size 9")

    def test_profiles(self):
        device, server = made_up_profile(1, 6), made_up_profile(2, 1)
        for change, word in (({"model": "other"}, "'tiny' and 'other'"), ({"input_bytes": 999}, "1000 and 999 bytes"),
                             ({"layers": [{"name": f"block{i}", "output_bytes": size} for i, size in enumerate(SIZES[1:])]}, "'layer1' and 'block0'"),
                             ({"layers": [{"name": f"layer{i + 1}", "output_bytes": 7} for i in range(9)]}, "layer 'layer1'")):
            self.refused("plan", "--device", self.file("d.json", device), "--server", self.file("s.json", server | change), telling=word)
        other = made_up_profile(2, 1, sizes=SIZES[:-1])
        self.refused("plan", "--device", self.file("d.json", device), "--server", self.file("s.json", other), telling="9 and 8 layers")

    def test_files(self):
        server = self.file("s.json", made_up_profile(2, 1))
        for content, word in (("{", "d.json"), ("[]", "d.json"), ({"schema": "dsc.profile/2"}, "dsc.profile/2"), (b"\x00\xff", "d.json"),
                              (made_up_profile(1, 6) | {"prefix_seconds": [[0.0]] * 3}, "prefix_seconds"),
                              (made_up_profile(1, 6) | {"batches": [2, 1, 8]}, "batches"),
                              ({key: value for key, value in made_up_profile(1, 6).items() if key != "batches"}, "batches")):
            self.refused("plan", "--device", self.file("d.json", content), "--server", server, telling=word)
        self.refused("plan", "--device", self.folder / "nowhere.json", "--server", server, telling="nowhere.json")
        self.refused("plan", "--device", self.folder, "--server", server, telling="cannot read")
