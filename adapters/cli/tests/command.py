"""Runs the built command, and knows what every one of its errors has in common."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

COMMAND = os.environ["DSC_COMMAND"]


def dsc(*arguments, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=200, **options)


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def ok(self, *arguments):
        done = dsc(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.ok(*arguments, "--json"))

    def refused(self, *arguments, telling, code=2):
        """Exit code 2, nothing on stdout, and one line on stderr that holds each word of `telling`."""
        done = dsc(*arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("dsc: "), done.stderr)
        for word in [telling] if isinstance(telling, str) else telling:
            self.assertIn(word, done.stderr)

    def has_keys(self, document, *keys):
        self.assertEqual(sorted(document), sorted(keys))
