"""A stand-in for the device and for the server, to test the chaos driver itself: no network is split and nothing of dsc runs here.

usage: stub_device.py device ADDRESSES [--fault KIND] [--local]
       stub_device.py server ADDRESS

The "network" is a checksum; device and server take their time for it. With --fault the device does wrong what the driver must see:
lose (a request in ten is not answered), twice, wrong (an answer in ten), leak, crash, trust (the server's answer, whatever it is).
"""
import hashlib
import json
import select
import socket
import sys
import threading
import time

LOCAL_S, SERVER_S, PATIENCE_S = 0.02, 0.004, 0.1
PIXELS = 20_000
LAYERS = 4


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def answer_of(data):
    return hashlib.sha256(data).digest()


def receive(connection, size):
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise OSError("the connection has ended")
        data += part
    return bytes(data)


def serve(where):
    def talk(connection):
        try:
            while True:
                data = receive(connection, PIXELS)
                time.sleep(SERVER_S)
                answer = answer_of(data)
                connection.sendall(answer + hashlib.md5(answer).digest())
        except OSError:
            connection.close()

    with socket.create_server(where) as listener:
        while True:
            threading.Thread(target=talk, args=[listener.accept()[0]], daemon=True).start()


class Remote:
    """Asks the first server that answers; one that did not is left alone for a moment."""

    def __init__(self, servers, trusts):
        self.servers, self.trusts = servers, trusts
        self.connections, self.rested = {}, {}

    def ask(self, data):
        for server in self.servers:
            if time.monotonic() < self.rested.get(server, 0):
                continue
            try:
                return self._ask(server, data)
            except OSError as problem:
                self.rested[server] = time.monotonic() + 0.3
                if server in self.connections:
                    self.connections.pop(server).close()
                return None, str(problem) or "timed out"
        return None, "no server"

    def _ask(self, server, data):
        if server not in self.connections:
            self.connections[server] = socket.create_connection(server, PATIENCE_S)
        connection = self.connections[server]
        connection.settimeout(PATIENCE_S)
        connection.sendall(data)
        answer = receive(connection, 48)
        if not self.trusts and hashlib.md5(answer[:32]).digest() != answer[32:]:
            raise OSError("a wrong answer")
        return answer[:32], ""


def run_device(addresses, fault, is_local):
    remote = Remote([address(text) for text in addresses.split(",")], fault == "trust")
    leaked, request = [], 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        started = time.monotonic()
        data = bytes([request % 3]) * PIXELS
        answer, problem = (None, "") if is_local else remote.ask(data)
        fell_back = answer is None and not is_local and problem != "no server"
        is_remote = answer is not None
        if not is_remote:
            time.sleep(LOCAL_S)
            answer = answer_of(data)
        if fault == "wrong" and not is_local and request % 10 == 9:
            answer = bytes(32)
        line = {"request": request, "input": request % 3, "total_s": time.monotonic() - started, "split": 0 if is_remote or fell_back else LAYERS,
                "layers": LAYERS, "fell_back": fell_back, "fallback": problem if fell_back else "", "answer_hash": answer.hex(),
                "rss_kb": 10_000 + len(leaked) * 200}
        if fault == "leak" and not is_local:
            leaked.append(request)
        if fault == "crash" and request == 20 and not is_local:
            sys.exit("out of luck")
        for _ in range(2 if fault == "twice" and request % 10 == 9 else 0 if fault == "lose" and request % 10 == 9 else 1):
            print(json.dumps(line), flush=True)
        request += 1


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(address(sys.argv[2]))
    words = sys.argv[2:]
    run_device(words[0], words[words.index("--fault") + 1] if "--fault" in words else "", "--local" in words)
