"""A repository that `dsc export` wrote, served by NVIDIA's Triton and asked through NVIDIA's client."""

import json
import pathlib
import shutil
import tempfile
import threading
import unittest

import servers

servers.require()
servers.use_fetched_packages()

import torch
from torch import nn
from tritonclient.utils import InferenceServerException

from exported import Client, Repository, close, device, dsc, has_device, made_up, same_bits
from script_files import FOLDER, INPUT, classifier

torch.set_num_threads(1)


class Table(nn.Module):
    """Fails for a sample whose values are all above 199."""

    def __init__(self):
        super().__init__()
        self.rows = nn.Embedding(200, 4)
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.rows(x.amin(1).to(torch.int64)))


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        torch.manual_seed(1)
        torch.jit.script(Table().eval()).save(cls.folder / "table.pt")
        # One repository holds the models of several exports.
        cls.separate = Repository(cls.folder / "repository", FOLDER / "told.pt", "--splits", "0,2,5", "--separately")
        cls.together = Repository(cls.folder / "together", FOLDER / "traced.pt", *INPUT, "--splits", 1, "--max-batch", 8)
        cls.table = Repository(cls.folder / "table", cls.folder / "table.pt", "--input", 6, "--input-type", "uint8", "--splits", 0)
        for other in (cls.together, cls.table):
            for tail in other.tails:
                shutil.copytree(other.folder / tail["model"], cls.separate.folder / tail["model"])
        cls.server = cls.enterClassContext(servers.triton(cls.separate.folder)).wait_until_ready()
        cls.client = Client(cls.server.address)

    def in_threads(self, count, work):
        """What each of so many clients has to say; nothing where all went well."""
        complaints = []

        def run(number):
            try:
                work(number, Client(self.server.address))
            except Exception as failure:
                complaints.append(f"client {number}: {failure!r}")

        threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return complaints

    def test_metadata_is_the_deployment(self):
        for tail in self.separate.tails:
            said = self.client.grpc.get_model_metadata(tail["model"])
            self.assertEqual([(each.name, each.datatype, list(each.shape)) for each in said.inputs],
                             [(each["name"], "FP32", [-1, *each["shape"]]) for each in tail["inputs"]])
            self.assertEqual([(each.name, each.datatype, list(each.shape)) for each in said.outputs],
                             [(each["name"], "FP32", [-1, *each["shape"]]) for each in tail["outputs"]])

    def test_answers_are_those_of_the_files_in_process(self):
        self.assertEqual([tail["split"] for tail in self.separate.tails], [0, 2, 5])
        for tail in self.separate.tails:
            in_process = self.separate.tail_in_process(tail)
            for batch in (1, 3):
                x = made_up(tail, batch)
                self.assertTrue(same_bits(self.client.infer(tail, x), in_process(x)), f"{tail['model']}, batch {batch}")

    def test_the_first_tail_is_the_whole_network(self):
        first = self.separate.tails[0]
        x = made_up(first, 3)
        with torch.no_grad():
            self.assertTrue(same_bits(self.client.infer(first, x), classifier(torch.from_numpy(x)).numpy()))

    @unittest.skipUnless(has_device(), "there is no dsc::oip")
    def test_our_client_gets_the_bits_of_the_whole_while_splits_change(self):
        lines = device(FOLDER / "told.pt", self.separate, [self.server.address], "--requests", 30, "--batches", "1,3")
        self.assertEqual([line["reason"] for line in lines if not line["same_bits"]], [])
        self.assertEqual(len(lines), 30)
        self.assertTrue(all(line["by_server"] for line in lines))
        self.assertEqual({(line["split"], line["batch"]) for line in lines}, {(split, batch) for split in (0, 2, 5) for batch in (1, 3)})

    @unittest.skipUnless(has_device(), "there is no dsc::oip")
    def test_dsc_run_through_triton(self):
        document = json.loads(dsc("run", FOLDER / "told.pt", "--server", self.server.address, "--deployment", self.separate.folder / "deployment.json",
                                  "--requests", 12, "--repeats", 1, "--strategy", "dynamic,static:2", "--json"))
        for strategy in document["strategies"]:
            self.assertTrue(strategy["identical_answers"], strategy["name"])
        fixed = document["strategies"][1]
        self.assertLess(fixed["fallbacks"], 12, "Triton answered nothing")

    @unittest.skipUnless(has_device(), "there is no dsc::oip")
    def test_our_client_refuses_tails_of_other_weights(self):
        other = self.folder / "told.pt"
        module = torch.jit.load(FOLDER / "told.pt")
        with torch.no_grad():
            next(module.parameters()).add_(0.5)
        torch.jit.save(module, other, _extra_files={"dsc.input": "float32 3x32x32"})
        exported = Repository(self.folder / "other", other, "--splits", "0,2,5")
        self.assertEqual(exported.deployment["signature"], self.separate.deployment["signature"])
        with self.assertRaisesRegex(RuntimeError, "other weights"):
            device(other, exported, [self.server.address], "--requests", 1)

    def test_clients_at_once_get_the_same_bits_where_requests_run_separately(self):
        tail = self.separate.tails[1]
        in_process = self.separate.tail_in_process(tail)

        def work(number, client):
            x = made_up(tail, 1 + number % 2, number)
            due = in_process(x)
            for _ in range(10):
                if not same_bits(client.infer(tail, x), due):
                    raise AssertionError("other bits")

        self.assertEqual(self.in_threads(8, work), [])

    def test_requests_of_several_clients_run_together(self):
        tail = self.together.tails[0]
        in_process = self.together.tail_in_process(tail)

        def work(number, client):
            x = made_up(tail, 1, number)
            due = in_process(x)
            for _ in range(20):
                if not close(client.infer(tail, x), due):
                    raise AssertionError("another answer")

        self.assertEqual(self.in_threads(8, work), [])
        samples, runs = self.client.counts(tail)
        print(f"Triton ran {samples} requests of 8 clients in {runs} runs")
        self.assertEqual(samples, 8 * 20)
        self.assertLess(runs, samples)

    def test_one_request_that_cannot_run_does_not_harm_the_others(self):
        tail = self.table.tails[0]
        in_process = self.table.tail_in_process(tail)
        good = made_up(tail, 1)
        bad = good | 200

        def work(number, client):
            for _ in range(10):
                if number % 2 == 0:
                    if not close(client.infer(tail, good), in_process(good)):
                        raise AssertionError("another answer")
                    continue
                try:
                    client.infer(tail, bad)
                except InferenceServerException as refusal:
                    if "index out of range" not in str(refusal):
                        raise
                else:
                    raise AssertionError("an answer to what has none")

        self.assertEqual(self.in_threads(6, work), [])

    def test_what_does_not_fit_is_refused(self):
        tail = self.separate.tails[1]
        x = made_up(tail, 1)
        for wrong in (x[:, :, 1:], x[0], x.astype("uint8"), made_up(tail, 33)):
            with self.assertRaises(InferenceServerException):
                self.client.infer(tail, wrong)
        with self.assertRaises(InferenceServerException):
            self.client.infer({**tail, "model": "told-tail-99"}, x)


if __name__ == "__main__":
    unittest.main(verbosity=2)
