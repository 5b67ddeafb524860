#!/usr/bin/python3
"""Three Tritons behind nginx as an ordinary gRPC load balancer, one of them killed in mid-run.

usage: tests/interop/fleet.py [--seconds S] [--clients N] [--model MODEL --splits L,…]

Prints what became of every request, first of ordinary clients, then of dsc's session, each through nginx and each losing a server. Ends
with 1 where ordinary clients lost more than what was under way at the kill, or the session anything at all. Servers are on the loopback
interface, in folders that are gone at the end. DSC_COMMAND and DSC_INTEROP_DEVICE name the built programs; without the second one ordinary
clients are all. tests/interop/fetch gets the servers.
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

from exported import Client, Repository, device, has_device, made_up, same_bits

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
            process.communicate()


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


def faults_of_session(lines):
    """A session loses nothing, and servers answer most of it."""
    found = []
    if any(not line["same_bits"] for line in lines):
        found.append("the session lost a request, or gave an answer of other bits")
    if sum(line["by_server"] for line in lines) < 0.5 * len(lines):
        found.append("the session did not use the servers")
    if lines and not any(line["by_server"] for line in lines[-max(1, len(lines) // 4):]):
        found.append("the session did not go on using the servers after the kill")
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


def ordinary_clients(arguments, repository, fleet, address):
    """What `tritonclient` gets through the balancer while a server is killed."""
    with Requests(address, repository, arguments.clients, arguments.seconds) as requests:
        time.sleep(arguments.seconds / 2)
        killed_at = time.monotonic()
        fleet[1].kill()
    counts = [sum(Client(each.address).counts(tail)[0] for tail in repository.tails) for each in (fleet[0], fleet[2])]
    return requests.outcomes, killed_at, counts


def device_with_session(arguments, repository, fleet, address):
    """What dsc's session gets through the balancer while a server is killed: lines of dsc_interop_device."""
    killer = threading.Timer(arguments.seconds / 2, fleet[1].kill)
    killer.start()
    try:
        return device(arguments.model, repository, [address], "--seconds", arguments.seconds, "--session", timeout=arguments.seconds + 60)
    finally:
        killer.join()


def table_of_session(lines):
    times = [1e3 * line["total_s"] for line in lines]
    same, by_server = (sum(line[key] for line in lines) for key in ("same_bits", "by_server"))
    print(f"{'dsc session, one killed':24} {len(lines):9} {same:10} {sum(not line['answered'] for line in lines):6} "
          f"{statistics.median(times):10.1f} {max(times):9.1f}   {by_server} by servers, {len(lines) - by_server} finished here")
    for reason in sorted({line["reason"] for line in lines if not line["by_server"]}):
        print(f"  finished here: {reason}: {sum(line['reason'] == reason for line in lines)}")


def run(arguments):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        repository = Repository(folder / "repository", arguments.model, "--splits", arguments.splits, "--separately")
        fleet = [stack.enter_context(servers.triton(repository.folder)) for _ in range(3)]
        for each in fleet:
            each.wait_until_ready()
        address = stack.enter_context(balancer([each.address for each in fleet]))
        outcomes, killed_at, counts = ordinary_clients(arguments, repository, fleet, address)
        table(outcomes, killed_at)
        lines = []
        if has_device():
            fleet[1].start()
            fleet[1].wait_until_ready()
            time.sleep(2)  # until nginx tries it again
            lines = device_with_session(arguments, repository, fleet, address)
            table_of_session(lines)
    print(f"samples of ordinary clients that the two survivors ran: {counts[0]} and {counts[1]}")
    return faults(outcomes, killed_at, arguments.clients) + faults_of_session(lines), counts


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].removeprefix("usage: "))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--model", default="efficientnet_b0")
    parser.add_argument("--splits", default="5,13")
    found, _ = run(parser.parse_args())
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
