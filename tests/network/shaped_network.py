"""A network of two machines for tests, on one machine: "device" and "server" are network namespaces of Linux, joined by a link whose
rate, delay, loss and cuts the test commands while it runs.

    with ShapedNetwork(up_MBps=8) as network:
        server = network.popen("server", ["dsc", "serve", "...", "--listen", f"{network.server_address}:7000"])
        device = network.popen("device", ["dsc", "run", "...", "--server", f"{network.server_address}:7000"])
        network.set_rate(1)                # MB/s = 10^6 bytes of payload per second, both ways; 0 is a cut
        network.cut()
        network.restore()
    with ShapedNetwork(up_MBps=8, rtt_ms=50, loss_percent=2, emulator="build/dev/tests/network/dsc_link_emulator") as network:
        network.set_path(rtt_ms=10)

The rate is kept by the kernel's tbf, delay and loss by dsc_link_emulator, as many kernels have no netem. Needs root; `unavailable()` says
in one sentence what is missing. Everything is removed when the block is left, and also when this process is killed: a guard that waits
for its end does it. What is left where the guard was killed, too, the next use of this module removes.

As a command: shaped_network.py [--up MBPS] [--down MBPS] [--rtt MS] [--loss PERCENT] [--emulator FILE] SITE COMMAND... runs one command.
"""
import argparse
import atexit
import itertools
import math
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys

SITES = ("device", "server")
DEVICE_ADDRESS = "10.77.0.1"
SERVER_ADDRESS = "10.77.0.2"
INTERFACE = "dsc0"
UNLIMITED = math.inf
SKIPPED = 77  # exit code of tests that cannot run here

# What of a full packet is payload: tbf counts the Ethernet header of a veth, a TUN device has none.
PAYLOAD_SHARE = {"veth": 1448 / 1514, "tun": 1448 / 1500}
_names = itertools.count()
# Where ip and tc are; not every root's PATH has it.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


class NetworkUnavailable(RuntimeError):
    """There is no such network here; the text is one sentence that says what is missing."""


def _run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip() or result.returncode}")
    return result.stdout


def _tbf(MBps, kind):
    """Parameters of tbf for `MBps` of payload. What a burst holds passes at once, so it is as small as the rate allows."""
    bits = round(MBps * 8e6 / PAYLOAD_SHARE[kind])
    burst = round(min(max(MBps * 2e3, 16e3), 256e3))
    return ["tbf", "rate", f"{bits}bit", "burst", str(burst), "latency", "100ms"]


# Runs until its input ends, thus until its parent is gone, however that happened; then it removes what the parent made.
_GUARD = """
read -r line
for name in "$@"; do
  for process in $(ip netns pids "$name" 2>/dev/null); do kill -9 "$process" 2>/dev/null; done
  ip netns del "$name" 2>/dev/null
done
exit 0
"""


def remove_stale():
    """Removes the namespaces of processes that are gone, with whatever still runs in them."""
    stale = []
    for name in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.split():
        owner = re.fullmatch(r"dsc-(\d+)-\d+-(?:device|server)", name)
        if owner and not os.path.exists(f"/proc/{owner[1]}"):
            stale.append(name)
    if stale:
        subprocess.run(["sh", "-c", _GUARD, "sh", *stale], stdin=subprocess.DEVNULL)


def unavailable(emulator=None, delay=False):
    """None where such a network can be made, else one sentence on what is missing; `delay` asks for delay and loss, too."""
    if not sys.platform.startswith("linux"):
        return "a shaped network needs Linux"
    if os.geteuid() != 0:
        return "a shaped network needs root for its namespaces"
    for tool in ("ip", "tc"):
        if not shutil.which(tool):
            return f"a shaped network needs the command {tool} (Debian: iproute2)"
    if delay:
        if not emulator or not os.access(emulator, os.X_OK):
            return "delay and loss need the program dsc_link_emulator, which is not built"
        try:
            os.close(os.open("/dev/net/tun", os.O_RDWR))
        except OSError as error:
            return f"delay and loss need TUN devices, but /dev/net/tun cannot be opened ({error.strerror})"
    try:
        with ShapedNetwork(up_MBps=1, down_MBps=1, rtt_ms=1 if delay else 0, emulator=emulator):
            return None
    except (RuntimeError, OSError) as error:
        return f"network namespaces with a shaped link cannot be made here ({' '.join(str(error).split())})"


class LineController:
    """A program that takes one line of settings at a time on its standard input, answers each with one line, and ends with its input."""

    def __init__(self, process, name, ready):
        self.process, self.name = process, name
        self._pending = ""
        answer = self._answer(20)
        if not answer.startswith(ready):
            raise RuntimeError(f"{name} said {answer!r} instead of {ready!r}")
        self.greeting = answer

    def ask(self, line, timeout=5):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self._answer(timeout)
        if not answer.startswith("ok"):
            raise RuntimeError(f"{self.name} answered {answer!r} to {line!r}")
        return answer.removeprefix("ok").strip()

    def _answer(self, timeout):
        descriptor = self.process.stdout.fileno()
        while "\n" not in self._pending:
            if not select.select([descriptor], [], [], timeout)[0]:
                raise RuntimeError(f"{self.name} did not answer within {timeout} s")
            chunk = os.read(descriptor, 4096).decode()
            if not chunk:
                raise RuntimeError(f"{self.name} ended with exit code {self.process.wait()}")
            self._pending += chunk
        answer, self._pending = self._pending.split("\n", 1)
        return answer

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class ShapedNetwork:
    """Namespaces, link and clean-up. Rates are MB/s of TCP payload; "up" is from the device to the server. A round-trip time or loss, or
    delayed=True (to set them later), joins the sites by TUN devices and the emulator instead of a veth pair.

    congestion: TCP's congestion control on both sides, as its choice differs between machines; None leaves the machine's own.
    """

    device_address, server_address = DEVICE_ADDRESS, SERVER_ADDRESS

    def __init__(self, up_MBps=UNLIMITED, down_MBps=None, rtt_ms=0.0, loss_percent=0.0, seed=1, emulator=None, delayed=False,
                 congestion="cubic"):
        self._rates = (up_MBps, up_MBps if down_MBps is None else down_MBps)
        self._rtt_ms, self._loss_percent, self._seed = rtt_ms, loss_percent, seed
        self._kind = "tun" if delayed or rtt_ms or loss_percent else "veth"
        self._emulator_program = os.fspath(emulator) if emulator else os.environ.get("DSC_LINK_EMULATOR")
        self.congestion = congestion
        self._emulator = self._guard = None
        self._shaped = {}
        self._is_cut = False
        self._processes = []

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _open(self):
        if os.geteuid() != 0:
            raise NetworkUnavailable("a shaped network needs root for its namespaces")
        remove_stale()
        number = next(_names)
        self.namespaces = {site: f"dsc-{os.getpid()}-{number}-{site}" for site in SITES}
        self._guard = subprocess.Popen(["sh", "-c", _GUARD, "sh", *self.namespaces.values()], stdin=subprocess.PIPE,
                                       start_new_session=True)
        atexit.register(self.close)
        for name in self.namespaces.values():
            _run("ip", "netns", "add", name)
        if self._kind == "veth":
            _run("ip", "link", "add", INTERFACE, "netns", self.namespaces["device"], "type", "veth", "peer", "name", INTERFACE,
                 "netns", self.namespaces["server"])
        else:
            self._start_emulator()
        for site, address in zip(SITES, (DEVICE_ADDRESS, SERVER_ADDRESS)):
            self._ip(site, "link", "set", "lo", "up")
            self._ip(site, "addr", "add", f"{address}/24", "dev", INTERFACE, "noprefixroute")
            self._raise_interface(site)
        self.set_rate(*self._rates)

    def _start_emulator(self):
        if not self._emulator_program:
            raise NetworkUnavailable("delay and loss need the program dsc_link_emulator; give its path, also by $DSC_LINK_EMULATOR")
        process = subprocess.Popen([self._emulator_program, *self.namespaces.values(), INTERFACE], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, start_new_session=True)
        self._emulator = LineController(process, "dsc_link_emulator", ready="ready")
        self.set_path()

    def _raise_interface(self, site):
        self._ip(site, "link", "set", INTERFACE, "up")
        # By the route, as a namespace may not choose every algorithm as its default. An interface that was down has no route.
        congestion = ["congctl", self.congestion] if self.congestion else []
        self._ip(site, "route", "replace", "10.77.0.0/24", "dev", INTERFACE, *congestion)

    def _ip(self, site, *arguments):
        return _run("ip", "-n", self.namespaces[site], *arguments)

    def set_rate(self, up_MBps, down_MBps=None):
        """Both ways have the first rate where no second is given; 0 cuts the link, any other rate restores it."""
        rates = (up_MBps, up_MBps if down_MBps is None else down_MBps)
        if min(rates) < 0:
            raise ValueError(f"a rate is at least 0 MB/s, but is {min(rates)}")
        if min(rates) == 0:  # a tiny rate instead would take TCP many seconds to recover from
            return self.cut()
        for site, rate in zip(SITES, rates):
            if self._shaped.get(site) == rate:
                continue
            command = ["tc", "-n", self.namespaces[site], "qdisc"]
            if rate != UNLIMITED:
                _run(*command, "replace", "dev", INTERFACE, "root", *_tbf(rate, self._kind))
            elif site in self._shaped:
                _run(*command, "del", "dev", INTERFACE, "root")
            self._shaped[site] = rate
            if rate == UNLIMITED:
                del self._shaped[site]
        self._rates = rates
        if self._is_cut:
            self.restore()

    @property
    def rates(self):
        """Up and down, MB/s; 0 while the link is cut."""
        return (0, 0) if self._is_cut else self._rates

    def set_path(self, rtt_ms=None, loss_percent=None, seed=None):
        """Delay and loss from now on, half of the delay and all of the loss on each way; what is not given stays."""
        if not self._emulator:
            raise RuntimeError("this network has no delays; make it with delayed=True")
        self._rtt_ms = self._rtt_ms if rtt_ms is None else rtt_ms
        self._loss_percent = self._loss_percent if loss_percent is None else loss_percent
        self._seed = self._seed if seed is None else seed
        delay_us, loss = round(self._rtt_ms * 500), self._loss_percent / 100
        self._emulator.ask(f"{delay_us} {delay_us} {loss} {loss} {self._seed}")

    def cut(self):
        """Nothing passes until restore() or a rate; connections stay open and learn nothing."""
        self._ip("server", "link", "set", INTERFACE, "down")
        self._is_cut = True

    def restore(self):
        self._raise_interface("server")
        self._is_cut = False

    def popen(self, site, command, **options):
        """subprocess.Popen in the network of "device" or "server"; it is killed, and its streams are closed, with the network."""
        process = subprocess.Popen(self.command(site, command), **options)
        self._processes.append(process)
        return process

    def run(self, site, command, **options):
        return subprocess.run(self.command(site, command), **options)

    def command(self, site, command):
        return ["ip", "netns", "exec", self.namespaces[site], *map(os.fspath, command)]

    def close(self):
        atexit.unregister(self.close)
        if self._emulator:
            self._emulator.close()
            self._emulator = None
        if self._guard:
            self._guard.stdin.close()  # it does the rest
            self._guard.wait()
            self._guard = None
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        self._processes = []


def main():
    parser = argparse.ArgumentParser(description="Runs one command at one end of a shaped link.")
    parser.add_argument("--up", type=float, default=UNLIMITED, help="MB/s from the device to the server")
    parser.add_argument("--down", type=float, help="MB/s back; as up if not given")
    parser.add_argument("--rtt", type=float, default=0, help="round-trip time in ms")
    parser.add_argument("--loss", type=float, default=0, help="percent of packets that are lost, each way")
    parser.add_argument("--emulator", type=pathlib.Path, help="dsc_link_emulator, for delay and loss")
    parser.add_argument("site", choices=SITES)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    problem = unavailable(options.emulator, delay=bool(options.rtt or options.loss))
    if problem:
        print(f"skipped: {problem}")
        return SKIPPED
    with ShapedNetwork(options.up, options.down, options.rtt, options.loss, emulator=options.emulator) as network:
        return network.run(options.site, options.command).returncode


if __name__ == "__main__":
    sys.exit(main())
