"""`dsc serve`: the tails of a model for other machines."""

import json
import signal
import socket
import subprocess
import unittest
import urllib.request

from command import COMMAND, CommandTest
from served import Served


class Serving(CommandTest):
    def test_says_what_it_serves_and_ends_when_asked(self):
        served = Served(self, "efficientnet_b0")
        self.assertIn("efficientnet_b0: ", served.lines[0])
        self.assertIn("tails of 20 layers, l = 0, 3, 5, 7, 13, 19;", served.lines[0])
        self.assertIn("for this machine alone", served.lines[1])
        code, out, err = served.end()
        self.assertEqual((code, err), (0, ""))
        self.assertIn("answered 0 requests", out)

    def test_serves_the_splits_it_is_told_to(self):
        served = Served(self, "efficientnet_b0", "--splits", "2,9:11")
        self.assertIn("4 tails of 20 layers, l = 2, 9, 10, 11;", served.lines[0])
        private = Served(self, "efficientnet_b0", "--private")
        self.assertIn("l = 1, ", private.lines[0])

    def test_the_same_seed_is_the_same_weights(self):
        def weights(*arguments):
            return Served(self, "efficientnet_b0", "--splits", "9", *arguments).lines[0].split("weights ")[1]

        self.assertEqual(weights(), weights())
        self.assertNotEqual(weights(), weights("--seed", 1))

    def test_a_wider_address_without_tls_is_warned_of(self):
        served = Served(self, "efficientnet_b0", "--splits", "9", listen="0.0.0.0:0")
        self.assertNotIn("for this machine alone", served.lines[1])
        code, _, err = served.end()
        self.assertEqual(code, 0)
        self.assertIn("warning: whoever reaches 0.0.0.0:", err)

    def test_metrics_can_be_read(self):
        served = Served(self, "efficientnet_b0", "--splits", "9", "--metrics", "127.0.0.1:0")
        address = served.next_line().removeprefix("metrics at ").strip()
        with urllib.request.urlopen(address, timeout=10) as answer:
            self.assertIn('dsc_requests_total{model="efficientnet_b0-tail-09",outcome="ok"} 0', answer.read().decode())


class Running(CommandTest):
    """`dsc run --server` against servers that are processes of their own."""

    def run_over(self, *servers, requests=12, arguments=()):
        return self.json("run", "efficientnet_b0", "--server", ",".join(servers), "--requests", requests, "--repeats", 2, *arguments)

    def test_every_answer_is_that_of_the_whole_network(self):
        served = Served(self, "efficientnet_b0")
        run = self.run_over(served.address)
        self.assertEqual(run["link"]["servers"], [served.address])
        names = [strategy["name"] for strategy in run["strategies"]]
        self.assertEqual(names[:3], ["dynamic", "local", "offload"])
        self.assertIn("static:7", names)
        for strategy in run["strategies"]:
            self.assertTrue(strategy["identical_answers"], strategy)
            self.assertLess(strategy["fallbacks"], 6, strategy)  # a busy machine is late now and then
        self.assertEqual(len(run["requests"]), 12 * len(names))
        self.assertEqual({request["split"] for request in run["requests"] if request["strategy"] == "static:7"}, {7})
        code, out, _ = served.end()
        self.assertEqual(code, 0)
        self.assertNotIn("answered 0 requests", out)
        self.assertIn("0 invalid, ", out)

    def test_a_server_that_is_killed_in_the_middle_costs_no_answer(self):
        served = Served(self, "efficientnet_b0")
        device = subprocess.Popen(
            [COMMAND, "run", "efficientnet_b0", "--server", served.address, "--requests", "30", "--repeats", "2",
             "--strategy", "offload,dynamic,local", "-o", str(self.folder / "run.json")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(device.kill)
        for line in device.stdout:
            if line.split()[:1] == ["10"]:
                served.process.send_signal(signal.SIGKILL)
                break
        _, err = device.communicate(timeout=200)
        self.assertEqual(device.returncode, 0, err)
        run = json.loads((self.folder / "run.json").read_text())
        self.assertEqual(len(run["requests"]), 90)
        for strategy in run["strategies"]:
            self.assertTrue(strategy["identical_answers"], strategy)
        offload = next(strategy for strategy in run["strategies"] if strategy["name"] == "offload")
        self.assertGreaterEqual(offload["fallbacks"], 10)

    def test_the_second_server_takes_over(self):
        first, second = (Served(self, "efficientnet_b0", "--splits", "0,7") for _ in range(2))
        first.process.send_signal(signal.SIGSTOP)
        self.addCleanup(first.process.send_signal, signal.SIGCONT)
        run = self.run_over(first.address, second.address, requests=40, arguments=["--strategy", "static:7", "--device-slowdown", 6])
        self.assertIn(1, {request.get("route", 0) for request in run["requests"]})
        self.assertLess(run["strategies"][0]["fallbacks"], 40)

    def test_over_tls_with_certificates_of_both_sides(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        openssl("req", "-x509", *key, "-subj", "/CN=ours", "-keyout", "ca.key", "-out", "ca.pem")
        for name in ("server", "device"):
            openssl("req", "-x509", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                    "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE")

        def tls(name):
            return ["--tls-ca", self.folder / "ca.pem", "--tls-cert", self.folder / f"{name}.pem", "--tls-key", self.folder / f"{name}.key"]

        served = Served(self, "efficientnet_b0", "--splits", "7", *tls("server"))
        self.assertIn("by TLS with clients' certificates", served.lines[1])
        run = self.run_over(served.address, requests=3, arguments=["--strategy", "static:7", *tls("device")])
        self.assertLess(run["strategies"][0]["fallbacks"], 3)
        self.refused("run", "efficientnet_b0", "--server", served.address, "--tls-ca", self.folder / "ca.pem", telling="dsc-902")

    def test_other_weights_and_other_networks_never_meet(self):
        served = Served(self, "efficientnet_b0", "--splits", "7", "--seed", 3)
        self.refused("run", "efficientnet_b0", "--server", served.address, telling=["other weights", served.address, "dsc-903"])
        self.refused("run", "efficientnet_b1", "--server", served.address, telling=["another network", "efficientnet_b0", "dsc-903"])
        self.refused("run", "efficientnet_b0", "--seed", 3, "--server", served.address, "--strategy", "static:5",
                     telling=["static:5", "those of 7", "dsc-904"])
        self.refused("run", "efficientnet_b0", "--seed", 3, "--server", served.address, "--batch", "1,65", telling=["--batch 65", "64", "dsc-904"])

    def test_what_means_nothing_over_a_network_is_refused(self):
        for option in ("--rate", "--load", "--latency"):
            self.refused("run", "efficientnet_b0", "--server", "127.0.0.1:9", option, 1, telling=[option, "127.0.0.1:9", "dsc-801"])
        self.refused("run", "efficientnet_b0", "--rate", 5, "--tls-ca", "ca.pem", telling=["--tls-ca", "--server HOST:PORT"])
        self.refused("run", "efficientnet_b0", "--server", "127.0.0.1:9", telling=["127.0.0.1:9", "dsc-501"])


class Refused(CommandTest):
    def test_addresses(self):
        self.refused("serve", "efficientnet_b0", "--listen", "8001", telling=["'8001'", "HOST:PORT", "dsc-901"])
        self.refused("serve", "efficientnet_b0", "--listen", "192.0.2.1:80", telling=["192.0.2.1:80", "dsc-901"])
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.refused("serve", "efficientnet_b0", "--listen", f"127.0.0.1:{taken.getsockname()[1]}",
                         telling=["listens there already", "dsc-901"])

    def test_splits(self):
        self.refused("serve", "efficientnet_b0", "--splits", "20", telling=["--splits 20", "0..19", "dsc-102"])
        self.refused("serve", "efficientnet_b0", "--splits", "some", telling=["--splits 'some'", "dsc-801"])
        self.refused("serve", "efficientnet_b0", "--splits", "5:2", telling=["--splits '5:2'", "dsc-801"])
        self.refused("serve", "efficientnet_b0", "--splits", "undominated", telling=["--device", "dsc-801"])

    def test_certificates(self):
        self.refused("serve", "efficientnet_b0", "--tls-cert", "/nowhere.pem", telling=["go together", "dsc-902"])
        self.refused("serve", "efficientnet_b0", "--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.key",
                     telling=["/nowhere.pem", "dsc-902"])

    def test_numbers(self):
        for option in ("--max-batch", "--max-bytes", "--workers"):
            self.refused("serve", "efficientnet_b0", option, "0", telling=[option, "dsc-801"])


if __name__ == "__main__":
    unittest.main()
