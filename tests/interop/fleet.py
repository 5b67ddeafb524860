#!/usr/bin/python3
"""Three Tritons behind nginx as an ordinary gRPC load balancer, one of them killed in mid-run.

usage: tests/interop/fleet.py [--seconds S] [--clients N] [--model MODEL --splits L,…] [--input SHAPE]

Prints what became of every request of ordinary clients, and ends with 1 where more was lost than what was under way at the kill. Servers
are on the loopback interface, in folders that are gone at the end. DSC_COMMAND names the built command; tests/interop/fetch gets the rest.
"""

import argparse
import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import servers

servers.require("nginx")
servers.use_fetched_packages()

import torch
from tritonclient.utils import InferenceServerException

from exported import Client, Repository, made_up, same_bits

torch.set_num_threads(1)

# A server that fails is left out for `fail_timeout`. A request that could not be sent to it goes to the next one. nginx keeps no copy of what
# it has sent, so a request that was under way is lost to an ordinary client: with dsc's session the device finishes it.
NGINX = """
worker_processes 1;
daemon off;
error_log {folder}/error.log warn;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream tritons {{
    {upstream}
    keepalive 16;
  }}
  server {{
    listen 127.0.0.1:{port} http2;
    client_max_body_size 256m;
    client_body_buffer_size 16m;
    location / {{
      grpc_pass grpc://tritons;
      grpc_connect_timeout 1s;
      grpc_read_timeout 30s;
      grpc_next_upstream error timeout invalid_header http_502 http_503 http_504 non_idempotent;
      grpc_next_upstream_tries 3;
    }}
  }}
}}
"""


@contextlib.contextmanager
def balancer(addresses):
    """nginx in front of gRPC servers; its own address."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        port = servers.free_ports(1)[0]
        upstream = "\n    ".join(f"server {address} max_fails=1 fail_timeout=2s;" for address in addresses)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, upstream=upstream))
        process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE, text=True)
        try:
            until = time.monotonic() + 20
            while not (folder / "nginx.pid").exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"nginx did not start: {process.stderr.read()}")
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


class Requests:
    """What became of the requests of several clients, all through one address."""

    def __init__(self, address, repository, clients, seconds):
        self.address = address
        self.repository = repository
        self.until = time.monotonic() + seconds
        self.outcomes = []  # (when, seconds, "same bits" or what went wrong)
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(clients)]

    def ask(self, number):
        client = Client(self.address)
        cases = []
        for tail in self.repository.tails:
            x = made_up(tail, 1 + number % 2, number)
            cases.append((tail, x, self.repository.tail_in_process(tail)(x)))
        turn = 0
        while time.monotonic() < self.until:
            tail, x, due = cases[turn % len(cases)]
            turn += 1
            began = time.monotonic()
            try:
                outcome = "same bits" if same_bits(client.infer(tail, x, timeout=10), due) else "other bits"
            except InferenceServerException as failure:
                outcome = f"failed: {failure.status()}"
            self.outcomes.append((began, time.monotonic() - began, outcome))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *ignored):
        for thread in self.threads:
            thread.join()


def lost(outcomes):
    return [each for each in outcomes if each[2] != "same bits"]


def faults(outcomes, killed_at, clients):
    """What an ordinary client may not see: sentences."""
    found = []
    if any(each[2] == "other bits" for each in outcomes):
        found.append("an answer had other bits than in process")
    if len(lost(outcomes)) > clients:
        found.append(f"{len(lost(outcomes))} requests were lost, and there were only {clients} clients")
    if any(each[0] > killed_at + 0.5 for each in lost(outcomes)):
        found.append("a request was lost that began after the kill")
    if any(each[0] + each[1] < killed_at for each in lost(outcomes)):
        found.append("a request was lost before the kill")
    if not any(each[0] > killed_at and each[2] == "same bits" for each in outcomes):
        found.append("nothing was answered after the kill")
    return found


def table(outcomes, killed_at):
    print(f"{'':24} {'requests':>9} {'same bits':>10} {'lost':>6} {'median ms':>10} {'worst ms':>9}")
    for name, part in (("three servers", [each for each in outcomes if each[0] + each[1] < killed_at]),
                       ("from the kill on: two", [each for each in outcomes if each[0] + each[1] >= killed_at])):
        times = [1e3 * each[1] for each in part] or [0]
        same = sum(each[2] == "same bits" for each in part)
        print(f"{name:24} {len(part):9} {same:10} {len(part) - same:6} {statistics.median(times):10.1f} {max(times):9.1f}")
    for what in sorted({each[2] for each in outcomes} - {"same bits"}):
        print(f"  {what}: {sum(each[2] == what for each in outcomes)}")


def run(arguments):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        reading = ["--input", arguments.input] if arguments.input else []
        repository = Repository(folder / "repository", arguments.model, *reading, "--splits", arguments.splits, "--separately")
        fleet = [stack.enter_context(servers.triton(repository.folder)) for _ in range(3)]
        for each in fleet:
            each.wait_until_ready()
        address = stack.enter_context(balancer([each.address for each in fleet]))
        with Requests(address, repository, arguments.clients, arguments.seconds) as requests:
            time.sleep(arguments.seconds / 2)
            killed_at = time.monotonic()
            fleet[1].kill()
        counts = [sum(Client(each.address).counts(tail)[0] for tail in repository.tails) for each in (fleet[0], fleet[2])]
    table(requests.outcomes, killed_at)
    print(f"samples that the two survivors ran: {counts[0]} and {counts[1]}")
    return requests.outcomes, killed_at, counts


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].removeprefix("usage: "))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--model", default="efficientnet_b0")
    parser.add_argument("--splits", default="5,13")
    parser.add_argument("--input", default="")
    arguments = parser.parse_args()
    outcomes, killed_at, _ = run(arguments)
    return 0 if not faults(outcomes, killed_at, arguments.clients) else 1


if __name__ == "__main__":
    sys.exit(main())
