"""Bad input of profile and run that is found before anything runs, and a build without LibTorch."""

import json
import os

from command import CommandTest, dsc
from run_files import JPEG, RunTest, png


class NoLibTorch(RunTest):
    def test_says_so(self):
        self.refused("profile", "efficientnet_b0", "-o", self.folder / "p.json", telling="no LibTorch")
        self.refused("run", "efficientnet_b0", "--rate", 5, telling="no LibTorch")
        self.refused("run", "efficientnet_b0", *self.sites(), "--rate", 5, telling="no LibTorch")


class NoNetwork(CommandTest):
    def test_says_so(self):
        self.refused("serve", "efficientnet_b0", telling=["no gRPC", "'serve'", "libgrpc++-dev", "dsc-801"])


class RefusedProfiles(CommandTest):
    def test_no_writable_output(self):
        measure = ["profile", "efficientnet_b0", "--repeats", 1, "-o"]
        self.refused(*measure, self.folder / "nowhere" / "p.json", telling=["cannot write", "nowhere"])
        self.refused(*measure, self.folder, telling="it is a folder")
        self.refused("profile", "efficientnet_b0", telling="--output")
        if os.geteuid() != 0:
            self.folder.chmod(0o500)
            self.refused(*measure, self.folder / "p.json", telling="cannot write")

    def test_options(self):
        measure = ["profile", "efficientnet_b0", "-o", self.folder / "p.json"]
        self.refused("profile", "efficientnet_b9", "-o", self.folder / "p.json", telling="efficientnet_b0")
        for option, value in (("--batches", "0"), ("--batches", "2:1"), ("--slowdown", 0.5), ("--slowdown", "nan"), ("--repeats", 0), ("--warm-ups", -1),
                              ("--threads", 0), ("--input-type", "int8")):
            self.refused(*measure, option, value, telling=option)
        self.assertFalse((self.folder / "p.json").exists())


class RefusedRuns(RunTest):
    def run_refused(self, *more, telling):
        self.refused("run", "efficientnet_b0", *self.sites(), *more, telling=telling)

    def test_options(self):
        for rate in ("0", "-3", "nan", "", "5,10", "1:5", "40M", "40MBPS", "40 apples"):
            self.run_refused("--rate", rate, telling="--rate")
        self.run_refused("--rate", "5,10", telling=["--rate '5,10'", "not one rate", "40Mbit"])
        self.run_refused("--rate", "-1", telling=["--rate '-1'", "no rate from 1 B/s"])
        self.run_refused("--trace-unit", "miles", "--trace", "t.csv", telling="--trace-unit 'miles'")
        for option in ("--margin", "--dwell"):  # their former names
            self.run_refused("--rate", 5, option, -1, telling="--min-")
        for option, value in (("--requests", 0), ("--device-slowdown", 0.5), ("--device-slowdown", "nan"), ("--min-gain", -1), ("--min-gain", "nan"),
                              ("--min-dwell", -1), ("--batch", 0), ("--latency", -1), ("--interval", -1), ("--interval", 1e300), ("--load", 1e308), ("--min-gain", 1e300)):
            self.run_refused("--rate", 5, option, value, telling=option)
        self.run_refused("--rate", 5, "--trace", "t.csv", telling="--trace")
        self.run_refused("--rate", 5, "--batch", 3, telling=["--batch 3 is outside", "device.json", "leave --device and --server out"])

    def test_empty_and_wrapping_values(self):
        for option in ("--trace", "--weights", "--latency", "--seed"):
            self.run_refused(option, "", telling=[option, "empty"])
        self.run_refused("--rate=", "--json", telling=["--rate was given an empty value"])
        for option, value in (("--max-split", -1), ("--min-split", -1), ("--seed", "99999999999999999999"), ("--max-split", "0x3"),
                              ("--requests", "1.5"), ("--threads", "1e3"), ("--repeats", -1)):
            self.run_refused("--rate", 5, option, value, telling=[option, "whole number"])
        self.run_refused("--rate", 5, "--load", 0.5, telling="--load")

    def test_before_anything_is_measured(self):
        for option, value in (("--candidates", "some"), ("--granularity", "pixels"), ("--interval", -1), ("--threads", 0), ("--repeats", 0)):
            self.refused("run", "efficientnet_b0", "--rate", 5, option, value, telling=option)
        self.refused("run", "efficientnet_b0", "--rate", 5, "--min-split", 21, telling="0..20")
        self.refused("run", "efficientnet_b0", "--rate", 5, "--max-split", 21, telling="0..20")

    def test_strategies(self):
        self.run_refused("--rate", 5, "--strategy", "all,local", telling=["--strategy 'all'", "alone"])
        self.run_refused("--rate", 5, "--strategy", "policy:", telling="policy:plan.json")
        plan = json.loads(dsc("plan", *self.sites(), "--json").stdout)
        other = self.file("other.json", json.dumps(plan | {"model": "other"}))
        self.run_refused("--rate", 5, "--strategy", f"policy:{other}", telling=["a plan of 'other', not of 'efficientnet_b0'"])
        for strategy, word in (("static:21", "0..20"), ("static:x", "static:x"), ("sometimes", "sometimes"), ("static:-1", "static:-1")):
            self.run_refused("--rate", 5, "--strategy", strategy, telling=word)
        self.run_refused("--rate", 5, "--strategy", "offload", "--private", telling="--private")

    def test_traces(self):
        for content, word in (("", "no samples"), ("seconds,megabytes_per_second\n", "no samples"), ("0,1\n2,1\n1,1\n", "sort"), ("0,1\n1,-1\n", "line 2"),
                              ("0,nan\n", "line 1"), ("time,rate\n0,1\n", "--trace-column"), ("1\nx\n", "Mahimahi"), ("{}", "intervals"), ("0,0\n1,0\n", "never has a rate above 0")):
            self.run_refused("--trace", self.file("t.csv", content), telling=[word, "t.csv"])
        self.run_refused("--trace", self.folder / "none.csv", telling="none.csv")
        named = ["--trace", self.file("t.csv", "when,UL_bitrate\n0,1\n")]
        self.run_refused(*named, "--time-column", "when", "--trace-column", "DL", telling=["'DL'", "when, UL_bitrate"])
        self.run_refused(*named, "--time-column", "when", "--trace-column", "UL_bitrate", telling=["'UL_bitrate'", "--trace-unit"])
        self.run_refused("--rate", 5, "--trace-column", "x", telling="--trace")

    def test_traces_that_are_taken(self):
        for content, more in (("time,Mbps\n1638000000.5,10\n1638000001.5,20\n", []), ("1\n1\n2\n1000\n", []),
                              ('{"intervals": [{"sum": {"start": 0, "end": 1, "bits_per_second": 8e6}}]}', []),
                              ("dtime,bytes_sec\n2016-08-01 10:00:03,812345\n", []),
                              ("when,UL_bitrate\n0,1\n", ["--time-column", "when", "--trace-column", "UL_bitrate", "--trace-unit", "kbit/s"])):
            self.run_refused("--trace", self.file("t", content), *more, telling="no LibTorch")

    def test_profiles(self):
        self.refused("run", "efficientnet_b1", *self.sites(), "--rate", 5, telling="'efficientnet_b1' and 'efficientnet_b0'")
        self.run_refused("--rate", 5, "--input-type", "uint8", telling="150528 and 602112 bytes")
        self.refused("run", "efficientnet_b0", "--rate", 5, *self.sites()[:2], telling="--server")

    def test_images(self):
        for name, content in (("cut.png", png()[:-30]), ("cut.jpg", JPEG[:350]), ("text.jpg", b"no image at all"), ("empty.png", b"")):
            self.run_refused("--rate", 5, "--image", self.file(name, content), telling=[name, "; g"])  # give or get another
        self.run_refused("--rate", 5, "--image", self.folder / "none.png", telling=["none.png", "No such file"])
        for size in ("0 7", "7 0"):
            self.run_refused("--rate", 5, "--image", self.file("zero.ppm", f"P6 {size} 255\n"), telling=["zero.ppm", "dsc-803"])
        self.run_refused("--rate", 5, "--image", self.file("huge.ppm", "P6 16384 8192 255\n"), telling=["huge.ppm", "16384 by 8192", "dsc-803"])
        self.run_refused("--rate", 5, "--image", self.file("line.png", png(650, 10)), telling=["line.png", "--stretch"])
        self.run_refused("--rate", 5, "--image", self.folder, telling=str(self.folder))

    def test_what_images_become(self):
        image = ["--image", self.file("one.png", png())]
        self.run_refused("--rate", 5, *image, "--normalize", "mine", telling=["--normalize 'mine'", "imagenet"])
        self.run_refused("--rate", 5, *image, "--mean", "0,0,0", telling="--deviation")
        self.run_refused("--rate", 5, *image, "--mean", "a", "--deviation", 1, telling="--mean 'a'")
        self.run_refused("--rate", 5, *image, "--mean", "1,2", "--deviation", 1, telling="--mean")
        for deviation in ("0", "1,0,1", "-1"):
            self.run_refused("--rate", 5, *image, "--mean", 0, "--deviation", deviation, telling=["--deviation", "above 0"])
        self.run_refused("--rate", 5, "--normalize", "0..1", telling="--image")
        self.run_refused("--rate", 5, *image, "--labels", self.file("l.txt", "cat\ndog\n"), telling=["l.txt", "2 lines", "1000 classes"])
        self.refused("run", "efficientnet_b0", *self.sites("uint8"), "--rate", 5, "--input-type", "uint8", *image, "--normalize", "0..1", telling="uint8")
        self.run_refused("--rate", 5, *image, "--normalize", "-1..1", telling="no LibTorch")
