"""A server of the command, as a process of its own."""

import signal
import subprocess

from command import COMMAND


class Served:
    """`dsc serve` with these arguments on a free port of this machine, until the end of the test."""

    def __init__(self, test, *arguments, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [COMMAND, "serve", *map(str, arguments), "--listen", listen],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.kill)
        self.lines = []
        self.address = None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("serving at "):
                self.address = line.removeprefix("serving at ").split(",")[0].strip()
                break
        if self.address is None:
            raise AssertionError(f"no server: {self.process.communicate()}")

    def next_line(self):
        return self.process.stdout.readline()

    def end(self):
        """Asks it to end; gives the exit code, the rest of stdout, and stderr."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def kill(self):
        self.process.kill()
        self.process.communicate()
