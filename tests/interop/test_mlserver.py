"""Exported tails in a second server that is not ours: Seldon's MLServer, asked through Triton's client."""

import pathlib
import tempfile
import unittest

import servers

servers.require()
servers.use_fetched_packages()

import torch

from exported import Client, Repository, device, has_device, made_up, same_bits
from script_files import FOLDER

torch.set_num_threads(1)


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.repository = Repository(cls.folder / "repository", FOLDER / "told.pt", "--splits", "0,2,5")
        server = servers.mlserver(cls.folder / "models", cls.repository.deployment, cls.repository.files())
        cls.server = cls.enterClassContext(server).wait_until_ready()
        cls.client = Client(cls.server.address)

    def test_answers_are_those_of_the_files_in_process(self):
        self.assertEqual(self.client.grpc.get_server_metadata().name, "mlserver")
        for tail in self.repository.tails:
            in_process = self.repository.tail_in_process(tail)
            for batch in (1, 3):
                x = made_up(tail, batch)
                self.assertTrue(same_bits(self.client.infer(tail, x), in_process(x)), f"{tail['model']}, batch {batch}")

    @unittest.skipUnless(has_device(), "there is no dsc::oip")
    def test_our_client_gets_the_bits_of_the_whole_while_splits_change(self):
        lines = device(FOLDER / "told.pt", self.repository, [self.server.address], "--requests", 30, "--batches", "1,3")
        self.assertEqual([line["reason"] for line in lines if not line["same_bits"]], [])
        self.assertEqual(len(lines), 30)
        self.assertTrue(all(line["by_server"] for line in lines))
        self.assertEqual({(line["split"], line["batch"]) for line in lines}, {(split, batch) for split in (0, 2, 5) for batch in (1, 3)})

    def test_metadata_is_the_deployment(self):
        for tail in self.repository.tails:
            said = self.client.grpc.get_model_metadata(tail["model"])
            for told, due in ((said.inputs, tail["inputs"]), (said.outputs, tail["outputs"])):
                self.assertEqual([(each.name, each.datatype, list(each.shape)) for each in told],
                                 [(each["name"], "FP32", [-1, *each["shape"]]) for each in due])


if __name__ == "__main__":
    unittest.main(verbosity=2)
