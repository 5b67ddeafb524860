"""Do the things that break a network for tests break it as they say? Processes, the proxy and traces, on loopback.

usage: test_faults.py [unittest options]
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import supervisor
from shaped_network import LineController
from supervisor import MemoryLog, Supervised, free_port
from trace_player import TracePlayer, duration, read_trace

HERE = pathlib.Path(__file__).resolve().parent
ECHO = """
import socket, sys, threading
def serve(connection):
    while data := connection.recv(65536):
        connection.sendall(data)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
"""


def echo_server(port):
    return Supervised([sys.executable, "-c", ECHO, str(port)], port=port, start_timeout=20)


class Processes(unittest.TestCase):
    def ask(self, port, timeout=2):
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.sendall(b"hello")
            return connection.recv(5)

    def test_a_server_is_killed_and_comes_back(self):
        port = free_port()
        with echo_server(port) as server:
            first = server.process.pid
            self.assertEqual(self.ask(port), b"hello")
            server.kill()
            self.assertFalse(server.runs)
            self.assertRaises(OSError, self.ask, port)
            server.start()
            self.assertEqual(self.ask(port), b"hello")
            self.assertNotEqual(server.process.pid, first)
            self.assertEqual(server.starts, 2)

    def test_a_stopped_server_accepts_and_does_not_answer(self):
        port = free_port()
        with echo_server(port) as server:
            server.pause()
            self.assertRaises(TimeoutError, self.ask, port, 0.2)
            server.resume()
            self.assertEqual(self.ask(port), b"hello")

    def test_a_stopped_server_is_ended_with_the_block(self):
        with echo_server(free_port()) as server:
            server.pause()
        self.assertEqual(server.process.returncode, -signal.SIGKILL)

    def test_a_server_that_ends_instead_of_listening_says_why(self):
        with tempfile.NamedTemporaryFile() as log:
            server = Supervised([sys.executable, "-c", "import sys; sys.exit('no model')"], port=free_port(), log=log.name)
            self.assertRaisesRegex(RuntimeError, "exit code 1 before it listened: no model", server.start)

    def test_memory_over_time(self):
        grow = "import time\nblocks = []\nfor _ in range(20):\n    blocks.append(bytearray(b'x') * 4_000_000)\n    time.sleep(0.03)"
        with Supervised([sys.executable, "-c", grow]) as process, MemoryLog(process.process.pid, 0.02) as memory:
            process.process.wait()
        self.assertGreater(len(memory.samples), 5)
        self.assertGreater(supervisor.slope(memory.samples), 20_000)  # kB/s; 20 blocks of 4 MB in about 0.6 s

    def test_slopes(self):
        self.assertAlmostEqual(supervisor.slope([(0, 1), (1, 3), (2, 5)]), 2)
        self.assertEqual(supervisor.slope([(0, 1), (1, 1)]), 0)
        self.assertEqual(supervisor.slope([(0, 1)]), 0)


class Proxy(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.server = echo_server(self.port).__enter__()
        self.addCleanup(self.server.end)
        process = subprocess.Popen([sys.executable, "-B", HERE / "faulty_proxy.py", "127.0.0.1:0", f"127.0.0.1:{self.port}"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.proxy = LineController(process, "faulty_proxy.py", ready="listening")
        self.addCleanup(self.proxy.close)
        self.connection = self.connect()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", int(self.proxy.greeting.split()[1])), 5)
        self.addCleanup(connection.close)
        return connection

    def exchange(self, data, timeout=5):
        self.connection.settimeout(timeout)
        sender = threading.Thread(target=self.send, args=[data])
        sender.start()
        try:
            received = b""
            while len(received) < len(data) and (part := self.connection.recv(1 << 16)):
                received += part
            return received
        finally:
            sender.join()
            if isinstance(self.problem, ConnectionResetError):  # it is told once, to the thread that comes first
                raise self.problem

    def send(self, data):
        self.problem = None
        try:
            self.connection.sendall(data)
        except OSError as problem:
            self.problem = problem

    def test_everything_passes(self):
        data = os.urandom(3_000_000)
        self.assertEqual(self.exchange(data), data)
        self.assertEqual(self.proxy.ask("pass"), "1 3000000 3000000")

    def test_nothing_passes_a_stalled_proxy_until_it_goes_on(self):
        self.proxy.ask("stall")
        self.connection.settimeout(0.3)
        self.connection.sendall(b"hello")
        self.assertRaises(TimeoutError, self.connection.recv, 5)
        self.proxy.ask("pass")
        self.connection.settimeout(5)
        self.assertEqual(self.connection.recv(5), b"hello")

    def test_a_connection_is_reset_in_mid_transfer(self):
        self.proxy.ask("rst_after 100000")
        with self.assertRaises(ConnectionResetError):
            self.exchange(bytes(10_000_000))
        self.proxy.ask("pass")
        self.connection = self.connect()
        self.assertEqual(self.exchange(b"again"), b"again")

    def test_a_connection_ends_in_mid_message(self):
        self.proxy.ask("cut_after 1000")
        self.connection.sendall(bytes(5000))
        received = b""
        while part := self.connection.recv(1 << 16):
            received += part
        self.assertLessEqual(len(received), 1000)

    def test_bytes_of_the_server_are_changed(self):
        self.proxy.ask("corrupt 1000")
        data = bytes(200_000)
        received = self.exchange(data)
        self.assertEqual([at for at, byte in enumerate(received) if byte], list(range(999, 200_000, 1000)))

    def test_connections_are_refused_and_open_ones_end(self):
        self.proxy.ask("refuse")
        with self.assertRaises(ConnectionResetError):
            self.connection.recv(1)
        with self.assertRaises(OSError):
            self.connection = self.connect()
            self.connection.sendall(b"hello")
            if not self.connection.recv(5):
                raise ConnectionResetError

    def test_a_drip_is_slow(self):
        self.proxy.ask("drip 10000")
        started = time.monotonic()
        self.assertEqual(len(self.exchange(bytes(2000))), 2000)
        self.assertGreater(time.monotonic() - started, 0.2)
        self.proxy.ask("pass")

    def test_a_server_that_is_gone_is_a_reset(self):
        self.server.kill()
        with self.assertRaises(OSError):
            self.connection = self.connect()
            if not self.connection.recv(1):
                raise ConnectionResetError

    def test_modes_that_are_none_are_refused(self):
        for line in ("explode", "drip", "drip 0", "corrupt 0", "rst_after -1", "stall 3", ""):
            self.assertRaisesRegex(RuntimeError, "no mode|at least 1", self.proxy.ask, line)


class Traces(unittest.TestCase):
    class Rates(list):
        """What TracePlayer asks of a network."""

        set_rate = list.append

    def written(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".csv")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_reading(self):
        trace = read_trace(self.written("seconds,megabytes_per_second\n10,5\n11.5,0\n13,2e-1\n"))
        self.assertEqual(trace, [(0, 5), (1.5, 0), (3, 0.2)])
        self.assertEqual(duration(trace), 4.5)
        self.assertEqual(read_trace(self.written("0,7\n")), [(0, 7)])
        self.assertEqual(duration([(0, 7)]), 1)

    def test_what_is_no_trace_is_refused(self):
        for text in ("", "seconds,megabytes_per_second\n", "0,1\n0,2\n", "0,-1\n", "0,inf\n", "0,x\n", "0\n"):
            self.assertRaises(ValueError, read_trace, self.written(text))

    def test_rates_are_set_when_it_is_time_and_over_again(self):
        rates = self.Rates()
        with TracePlayer(rates, [(0, 4), (0.1, 0), (0.2, 2)]) as player:
            time.sleep(0.45)
        self.assertEqual(rates[:5], [4, 0, 2, 4, 0])
        for (moment, _), expected in zip(player.changes, (0, 0.1, 0.2, 0.3)):
            self.assertAlmostEqual(moment - player.changes[0][0], expected, delta=0.05)

    def test_a_trace_that_does_not_loop_ends(self):
        rates = self.Rates()
        with TracePlayer(rates, [(0, 4), (0.05, 1)], loop=False) as player:
            player.wait()
        self.assertEqual(rates, [4, 1])


if __name__ == "__main__":
    unittest.main()
