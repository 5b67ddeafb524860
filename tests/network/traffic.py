"""Traffic for measuring a link, each command in a process of its own; results are one line of JSON. Times are of the monotonic clock,
which all network namespaces of a machine share.

    traffic.py sink PORT                    one TCP connection: [[seconds, bytes so far], ...], a pair every 10 ms
    traffic.py source HOST PORT SECONDS     sends to a sink for so long; closes the connection at the end
    traffic.py echo PORT                    returns every UDP packet, for ever
    traffic.py ping HOST PORT COUNT         to an echo, one after the other: [seconds, ...] of the answers that came within 1 s
    traffic.py burst HOST PORT COUNT        to an echo, fast: [packets sent, packets that came back]
"""
import json
import socket
import sys
import time


def sink(port):
    with socket.create_server(("", int(port))) as listener:
        print("listening", flush=True)
        connection, _ = listener.accept()
    total, samples, buffer = 0, [], bytearray(1 << 20)
    while size := connection.recv_into(buffer):
        total += size
        now = time.monotonic()
        if not samples or now >= samples[-1][0] + 0.01:
            samples.append([now, total])
    print(json.dumps(samples))


def source(host, port, seconds):
    block = bytes(1 << 16)
    with socket.create_connection((host, int(port))) as connection:
        end = time.monotonic() + float(seconds)
        connection.settimeout(float(seconds) + 30)
        while time.monotonic() < end:
            connection.sendall(block)
    print("{}")


def echo(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("", int(port)))
        print("listening", flush=True)
        while True:
            packet, sender = listener.recvfrom(2048)
            listener.sendto(packet, sender)


def ping(host, port, count):
    times = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.connect((host, int(port)))
        device.settimeout(1)
        for number in range(int(count)):
            started = time.monotonic()
            device.send(str(number).encode())
            try:
                while int(device.recv(64)) != number:
                    pass
                times.append(time.monotonic() - started)
            except (TimeoutError, ConnectionRefusedError):
                pass
    print(json.dumps(times))


def burst(host, port, count):
    """To an echo, 100 packets every 10 ms, without waiting for answers: how many were sent and how many came back."""
    returned = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.connect((host, int(port)))
        device.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        for number in range(int(count)):
            device.send(bytes(64))
            if number % 100 == 99:
                time.sleep(0.01)
        device.settimeout(0.5)  # later than any delay of the tests
        try:
            while device.recv(2048):
                returned += 1
        except TimeoutError:
            pass
    print(json.dumps([int(count), returned]))


if __name__ == "__main__":
    {"sink": sink, "source": source, "echo": echo, "ping": ping, "burst": burst}[sys.argv[1]](*sys.argv[2:])
