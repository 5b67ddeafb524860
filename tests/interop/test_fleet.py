"""fleet.py, shortly and on a small network."""

import argparse
import unittest

import fleet  # ends the process where something is missing

from script_files import FOLDER


class Fleet(unittest.TestCase):
    def test_a_killed_server_costs_ordinary_clients_what_was_under_way_and_the_session_nothing(self):
        found, counts = fleet.run(argparse.Namespace(seconds=5.0, clients=4, model=FOLDER / "told.pt", splits="2"))
        self.assertEqual(found, [])
        self.assertTrue(all(count > 0 for count in counts), "a server that lived was asked nothing")


if __name__ == "__main__":
    unittest.main(verbosity=2)
