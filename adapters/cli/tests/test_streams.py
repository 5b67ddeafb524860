"""What happens when the other end of stdout is full or gone."""

import os
import subprocess

from command import COMMAND, CommandTest


class Streams(CommandTest):
    def test_full_disk(self):
        for arguments in (["inspect", "efficientnet_b0"], ["inspect", "efficientnet_b7", "--json"], ["models"], ["--help"]):
            with open("/dev/full", "w", encoding="ascii") as full:
                done = subprocess.run([COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn("cannot write", done.stderr)
        self.refused("trace", "-o", "/dev/full", telling="cannot write '/dev/full'")

    def test_reader_that_leaves(self):
        for arguments in (["inspect", "efficientnet_b7"], ["inspect", "efficientnet_v2_l", "--json"]):
            read_end, write_end = os.pipe()
            os.close(read_end)
            done = subprocess.run([COMMAND, *arguments], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
            os.close(write_end)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_head(self):
        done = subprocess.run(f"set -o pipefail; '{COMMAND}' inspect efficientnet_b7 | head -1", shell=True, executable="/bin/bash",
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr, len(done.stdout.splitlines())), (0, "", 1))
