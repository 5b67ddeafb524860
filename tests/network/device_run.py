"""The device under test as a process: it infers, request after request, prints one line of JSON for each, and ends with its input.

Keys of a line:
    request         0, 1, 2, … in the order of the calls
    input           which of the device's inputs it was; the same input has the same answer
    total_s         from the call to the answer
    split, layers   layers on the device, and of the whole network
    fell_back       whether the device finished what the server did not answer; "fallback" says why
    answer_hash     of all bytes of the answer
    rss_kb          resident memory of the device
    more of them, as predicted_s, waited_s, rate_MBps, route or reason, are for who reads the file
"""
import dataclasses
import json
import subprocess
import threading
import time


@dataclasses.dataclass
class Request:
    answered: float  # of the monotonic clock, when its line was read
    line: dict

    @property
    def started(self):
        return self.answered - self.line["total_s"]

    @property
    def remote(self):
        return self.line["split"] < self.line["layers"] and not self.line["fell_back"]


class DeviceRun:
    """Starts the device; `requests` grows while it runs. Leaving the block ends it, by force after `patience` seconds."""

    def __init__(self, network, command, patience=60):
        self.requests = []
        self.exit_code = None
        self.bad_lines = []
        self._network, self._command, self._patience = network, command, patience

    def __enter__(self):
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = (self._network.popen("device", self._command, **options) if self._network
                        else subprocess.Popen(self._command, **options))
        self._errors = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def errors(self):
        return "".join(self._errors[-20:]).strip()

    @property
    def runs(self):
        return self.process.poll() is None

    def wait_for(self, count, timeout):
        """Until so many requests are answered; False where the device ends or the time does."""
        end = time.monotonic() + timeout
        while len(self.requests) < count and self.runs and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.requests) >= count

    def stop(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.exit_code = self.process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.exit_code = self.process.wait()
        for thread in self._threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def _read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            try:
                content = json.loads(line)
                self.requests.append(Request(now, content))
            except ValueError:
                self.bad_lines.append(line.rstrip())

    def _read_errors(self):
        for line in self.process.stderr:
            self._errors.append(line)
