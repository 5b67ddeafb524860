"""`dsc serve`: the tails of a model for other machines."""

import socket
import unittest
import urllib.request

from command import CommandTest
from served import Served


class Serving(CommandTest):
    def test_says_what_it_serves_and_ends_when_asked(self):
        served = Served(self, "efficientnet_b0")
        self.assertIn("efficientnet_b0: ", served.lines[0])
        self.assertIn("tails of 20 layers, l = 0, 3, 5, 7, 13", served.lines[0])
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
