"""`dsc serve`, asked through Triton's own client, as anybody's program may."""

import pathlib
import tempfile
import unittest

import servers

servers.require()
servers.use_fetched_packages()

import torch
from tritonclient.utils import InferenceServerException

from exported import Client, Repository, made_up, same_bits
from script_files import FOLDER

torch.set_num_threads(1)


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.repository = Repository(folder / "repository", FOLDER / "told.pt", "--splits", "all")
        cls.server = cls.enterClassContext(servers.dsc_serve(FOLDER / "told.pt", "--splits", "all")).wait_until_ready()
        cls.client = Client(cls.server.address)

    def test_answers_are_those_of_the_exported_files(self):
        for tail in self.repository.tails:
            in_process = self.repository.tail_in_process(tail)
            for batch in (1, 3):
                x = made_up(tail, batch)
                self.assertTrue(same_bits(self.client.infer(tail, x), in_process(x)), f"{tail['model']}, batch {batch}")

    def test_it_says_what_triton_says(self):
        self.assertTrue(self.client.grpc.is_server_live() and self.client.grpc.is_server_ready())
        for tail in self.repository.tails:
            self.assertTrue(self.client.grpc.is_model_ready(tail["model"]))
            said = self.client.grpc.get_model_metadata(tail["model"])
            for told, due in ((said.inputs, tail["inputs"]), (said.outputs, tail["outputs"])):
                self.assertEqual([(each.name, each.datatype, list(each.shape)) for each in told],
                                 [(each["name"], "FP32", [-1, *each["shape"]]) for each in due])
        tail = self.repository.tails[0]
        before = self.client.counts(tail)[0]
        self.client.infer(tail, made_up(tail, 1))
        self.assertGreater(self.client.counts(tail)[0], before)

    def test_what_does_not_fit_is_refused(self):
        tail = self.repository.tails[1]
        x = made_up(tail, 1)
        for wrong in (x[:, :, 1:], x.astype("uint8")):
            with self.assertRaises(InferenceServerException):
                self.client.infer(tail, wrong)
        with self.assertRaises(InferenceServerException):
            self.client.infer({**tail, "model": "told-tail-99"}, x)
        self.assertTrue(self.client.grpc.is_server_ready())


if __name__ == "__main__":
    unittest.main(verbosity=2)
