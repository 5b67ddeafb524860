"""Is the test bed what it says? Goodput, rate changes, cuts, delay and loss are measured by traffic between the two sites.

usage: test_shaped_network.py EMULATOR [unittest options]
"""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time
import unittest

import shaped_network
from shaped_network import SERVER_ADDRESS, ShapedNetwork

TRAFFIC = pathlib.Path(__file__).with_name("traffic.py")
EMULATOR = None
PORT = "7000"


def traffic(network, site, *arguments):
    process = network.popen(site, [sys.executable, TRAFFIC, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if arguments[0] in ("sink", "echo"):
        process.stdout.readline()  # "listening"
    return process


def result_of(process):
    return json.loads(process.communicate(timeout=60)[0])


class Transfer:
    """One TCP connection that sends as fast as it can, for `seconds`."""

    def __init__(self, network, seconds):
        self.sink = traffic(network, "server", "sink", PORT)
        self.source = traffic(network, "device", "source", SERVER_ADDRESS, PORT, seconds)
        self.started = time.monotonic()

    def samples(self):
        samples = result_of(self.sink)
        self.source.communicate(timeout=60)
        return samples


def goodput(samples, start, end):
    """MB/s between two moments."""
    inside = [sample for sample in samples if start <= sample[0] <= end]
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0]) / 1e6


class Rates(unittest.TestCase):
    def test_goodput_is_the_rate(self):
        for rate in (1, 8, 32):
            with self.subTest(MBps=rate), ShapedNetwork(rate) as network:
                samples = Transfer(network, 1.5).samples()
                first = samples[0][0]
                self.assertAlmostEqual(goodput(samples, first + 0.4, first + 1.5) / rate, 1, delta=0.03)

    def test_a_running_transfer_follows_a_change_within_three_tenths_of_a_second(self):
        with ShapedNetwork(8) as network:
            transfer = Transfer(network, 2.4)
            time.sleep(0.8)
            network.set_rate(2)
            slow = time.monotonic()
            time.sleep(0.8)
            network.set_rate(20)
            fast = time.monotonic()
            samples = transfer.samples()
            self.assertAlmostEqual(goodput(samples, slow + 0.3, slow + 0.8) / 2, 1, delta=0.1)
            self.assertAlmostEqual(goodput(samples, fast + 0.3, fast + 0.75) / 20, 1, delta=0.1)

    def test_the_ways_have_rates_of_their_own(self):
        with ShapedNetwork(4, 16) as network:
            up = Transfer(network, 1).samples()
            self.assertAlmostEqual(goodput(up, up[0][0] + 0.3, up[0][0] + 1) / 4, 1, delta=0.05)
            sink = traffic(network, "device", "sink", PORT)
            traffic(network, "server", "source", network.device_address, PORT, 1)
            down = result_of(sink)
            self.assertAlmostEqual(goodput(down, down[0][0] + 0.3, down[0][0] + 1) / 16, 1, delta=0.05)

    def test_impossible_rates_are_refused(self):
        with ShapedNetwork(4) as network, self.assertRaisesRegex(ValueError, "at least 0"):
            network.set_rate(-1)


class Cuts(unittest.TestCase):
    def test_nothing_passes_while_the_link_is_cut_and_tcp_goes_on_afterwards(self):
        with ShapedNetwork(8) as network:
            transfer = Transfer(network, 2.5)
            time.sleep(0.6)
            network.cut()
            cut = time.monotonic()
            self.assertEqual(network.rates, (0, 0))
            time.sleep(0.5)
            restored = time.monotonic()
            network.restore()
            samples = transfer.samples()
            self.assertFalse([moment for moment, _ in samples if cut + 0.05 < moment < restored])
            after = [moment for moment, _ in samples if moment > restored]
            self.assertTrue(after)
            self.assertLess(after[0] - restored, 1.5)

    def test_a_rate_of_zero_is_a_cut_and_any_other_restores(self):
        with ShapedNetwork(8) as network:
            network.set_rate(0)
            traffic(network, "server", "echo", PORT)
            cut = result_of(traffic(network, "device", "ping", SERVER_ADDRESS, PORT, 1))
            network.set_rate(8)
            restored = result_of(traffic(network, "device", "ping", SERVER_ADDRESS, PORT, 3))
            self.assertEqual(cut, [])
            self.assertEqual(len(restored), 3)


class DelayAndLoss(unittest.TestCase):
    def setUp(self):
        if problem := shaped_network.unavailable(EMULATOR, delay=True):
            self.skipTest(problem)

    def ping(self, network, count):
        return result_of(traffic(network, "device", "ping", SERVER_ADDRESS, PORT, count))

    def test_round_trip_times_are_kept_and_may_change(self):
        with ShapedNetwork(rtt_ms=10, emulator=EMULATOR) as network:
            traffic(network, "server", "echo", PORT)
            at_start = statistics.median(self.ping(network, 21))
            network.set_path(rtt_ms=50)
            later = statistics.median(self.ping(network, 11))
            self.assertAlmostEqual(at_start * 1e3, 10, delta=1)
            self.assertAlmostEqual(later * 1e3, 50, delta=1)

    def test_goodput_is_the_rate_with_delay_too(self):
        with ShapedNetwork(8, rtt_ms=10, emulator=EMULATOR) as network:
            samples = Transfer(network, 2).samples()
            self.assertAlmostEqual(goodput(samples, samples[0][0] + 0.7, samples[0][0] + 2) / 8, 1, delta=0.03)

    def test_two_percent_of_the_packets_are_lost_each_way(self):
        with ShapedNetwork(loss_percent=2, emulator=EMULATOR) as network:
            traffic(network, "server", "echo", PORT)
            sent, returned = result_of(traffic(network, "device", "burst", SERVER_ADDRESS, PORT, 10000))
            # Both ways: 1 − 0.98² of them; five standard deviations of 10,000 are 1 %.
            self.assertAlmostEqual(1 - returned / sent, 0.0396, delta=0.01)

    def test_a_cut_link_carries_nothing(self):
        with ShapedNetwork(8, rtt_ms=2, emulator=EMULATOR) as network:
            traffic(network, "server", "echo", PORT)
            network.cut()
            self.assertEqual(self.ping(network, 1), [])
            network.restore()
            self.assertEqual(len(self.ping(network, 3)), 3)

    def test_the_emulator_refuses_settings_that_are_none(self):
        with ShapedNetwork(rtt_ms=2, emulator=EMULATOR) as network, self.assertRaisesRegex(RuntimeError, "five numbers"):
            network.set_path(loss_percent=200)


class CleanUp(unittest.TestCase):
    HOLDER = """
import sys, time
from shaped_network import ShapedNetwork
with ShapedNetwork(8) as network:
    network.popen("server", ["sleep", "1000"])
    print(*network.namespaces.values(), flush=True)
    time.sleep(1000)
"""

    def holder(self):
        process = subprocess.Popen([sys.executable, "-B", "-c", self.HOLDER], cwd=TRAFFIC.parent,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        return process, process.stdout.readline().split()

    def gone(self, names):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.split()
            if not set(names) & set(left):
                return True
            time.sleep(0.02)
        return False

    def test_nothing_is_left_of_a_network_whose_process_is_ended(self):
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(signal=signal_number.name):
                process, names = self.holder()
                self.assertEqual(len(names), 2)
                process.send_signal(signal_number)
                process.wait()
                self.assertTrue(self.gone(names))

    def test_the_next_network_removes_what_is_stale(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        name = f"dsc-{gone.pid}-0-server"
        subprocess.run(["ip", "netns", "add", name], check=True)
        sleeper = subprocess.Popen(["ip", "netns", "exec", name, "sleep", "1000"])
        time.sleep(0.2)  # until it is inside
        shaped_network.remove_stale()
        self.assertEqual(sleeper.wait(5), -signal.SIGKILL)
        self.assertTrue(self.gone([name]))

    def test_leaving_the_block_ends_what_was_started_in_it(self):
        with ShapedNetwork(8) as network:
            sleeper = network.popen("device", ["sleep", "1000"])
        self.assertEqual(sleeper.poll(), -signal.SIGKILL)
        self.assertTrue(self.gone(network.namespaces.values()))


if __name__ == "__main__":
    EMULATOR = sys.argv.pop(1)
    if problem := shaped_network.unavailable():
        print(f"skipped: {problem}")
        sys.exit(shaped_network.SKIPPED)
    unittest.main()
