"""Processes that a test starts, kills, stops, continues and restarts, on this machine or at a site of a shaped network."""
import os
import signal
import socket
import subprocess
import threading
import time


def free_port(address="127.0.0.1"):
    """A TCP port that was free a moment ago, outside of any shaped network (a namespace of its own has all ports free)."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def listening_ports(process_id):
    """TCP ports on which somebody listens in the network that the process sees; connects to nothing."""
    ports = set()
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{process_id}/net/{table}") as lines:
                for line in list(lines)[1:]:
                    _, local, _, state = line.split()[:4]
                    if state == "0A":  # LISTEN
                        ports.add(int(local.rsplit(":", 1)[1], 16))
        except OSError:  # it has ended
            pass
    return ports


def rss_kb(process_id):
    """Resident memory, kB; None of a process that is gone."""
    try:
        with open(f"/proc/{process_id}/status") as lines:
            for line in lines:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


class Supervised:
    """One process, started anew with the same command as often as needed.

    network, site: where it runs; without a network, on this machine. port: where it listens; start() waits for that.
    log: a file that all its runs write to; without, their output is thrown away.
    """

    def __init__(self, command, network=None, site="server", port=None, log=None, start_timeout=60, **options):
        self.command = [os.fspath(part) for part in command]
        self.network, self.site, self.port, self.start_timeout = network, site, port, start_timeout
        self._log, self._options = log, options
        self.process = None
        self.starts = 0

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def start(self, wait=True):
        output = open(self._log, "ab") if self._log else subprocess.DEVNULL
        options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT, **self._options}
        try:
            self.process = (self.network.popen(self.site, self.command, **options) if self.network
                            else subprocess.Popen(self.command, **options))
        finally:
            if self._log:
                output.close()
        self.starts += 1
        if wait and self.port:
            self.wait_until_listening()

    def wait_until_listening(self):
        end = time.monotonic() + self.start_timeout
        while self.port not in listening_ports(self.process.pid):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command[0]} ended with exit code {self.process.returncode} before it listened{self._last_words()}")
            if time.monotonic() > end:
                raise RuntimeError(f"{self.command[0]} does not listen on port {self.port} after {self.start_timeout} s{self._last_words()}")
            time.sleep(0.01)

    def _last_words(self):
        if not self._log:
            return ""
        with open(self._log, errors="replace") as log:
            return ": " + " | ".join(log.read().splitlines()[-5:])

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As kill -9: connections are reset, nothing is drained."""
        self.process.kill()
        self.process.wait()

    def terminate(self, timeout=30):
        """As kill; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout)

    def pause(self):
        """SIGSTOP: connections stay, nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self, wait=True):
        if self.runs:
            self.kill()
        self.start(wait)

    def rss_kb(self):
        return rss_kb(self.process.pid)

    def end(self):
        if self.runs:
            self.resume()  # a stopped process hears of its end only then
            self.process.kill()
            self.process.wait()


class MemoryLog:
    """Resident memory of a process over time, [(monotonic time, kB), ...], read in a thread while the block runs."""

    def __init__(self, process_id, period=0.2):
        self.samples = []
        self._process_id, self._period = process_id, period
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _read(self):
        while (kb := rss_kb(self._process_id)) is not None:
            self.samples.append((time.monotonic(), kb))
            if self._end.wait(self._period):
                return


def slope(samples):
    """Least squares: how much the second number of the pairs rises per unit of the first; 0 of less than two."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0.0
