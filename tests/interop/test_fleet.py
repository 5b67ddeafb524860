"""fleet.py, shortly and on a small network."""

import argparse
import pathlib
import sys
import unittest

import fleet  # ends the process where something is missing

sys.path.append(str(pathlib.Path(__file__).parent.parent.parent / "adapters" / "cli" / "tests"))

from script_files import FOLDER


class Fleet(unittest.TestCase):
    def test_a_server_that_is_killed_costs_what_was_under_way_at_most(self):
        clients = 4
        outcomes, killed_at, counts = fleet.run(argparse.Namespace(seconds=6.0, clients=clients, model=FOLDER / "scripted.pt", splits="2", input="3x32x32"))
        self.assertEqual(fleet.faults(outcomes, killed_at, clients), [])
        self.assertGreater(len(outcomes), 20)
        self.assertTrue(all(count > 0 for count in counts), "a server that lived was asked nothing")


if __name__ == "__main__":
    unittest.main(verbosity=2)
