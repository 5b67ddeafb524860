"""Files that a run needs: profiles of EfficientNet-B0 written by hand, and images."""

import base64
import struct
import zlib

from command import CommandTest

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06k"
    "bl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAoADADASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAwACBAb/xAAfEAAC"
    "AgICAwEAAAAAAAAAAAAAAgEDESESMUFRYXH/xAAYAQACAwAAAAAAAAAAAAAAAAACBAEDBv/EACERAAIBAwQDAQAAAAAAAAAAAAECAAMRMRIhYbFBocHw/9oADAMBAAIRAxEAPwDz61iL"
    "WKlY6VhU11SFqQFqEWn4PxhdYzJpUafn4WFaam2TGkqGFFMR2bipfY0VRHYip6UA6R4HcbR5x11j8eMa7k3VWJCZf80Cjlae2TM6r7wkqEhZnS9C8Mzxjo3CeI7BLACwx3G0eEtcL4zI"
    "kJP5Aq18dRGzcV4ne5Ky1tsfvcbR5y1JiMiImFzgiIUnSOAZn0JiKnFfoipx1EbIgCbY4jaEza1+I7EVPEdeyIC/2OITP//Z")


def png(width=20, height=10):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * 9 + y * 7 + c * 80) % 256 for x in range(width) for c in range(3)) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class RunTest(CommandTest):
    def sites(self, input_type="float32", batches=(1, 2)):
        model = self.json("inspect", "efficientnet_b0", "--granularity", "layers", "--input-type", input_type)
        files = []
        for site, each in (("device", 9e-3), ("server", 1.5e-3)):
            files += [f"--{site}", self.file(f"{site}.json", {
                "schema": "dsc.profile/1", "model": "efficientnet_b0", "input_bytes": model["input"]["bytes"],
                "layers": [{"name": layer["name"], "output_bytes": layer["bytes"]} for layer in model["layers"]],
                "batches": list(batches), "prefix_seconds": [[each * b * l for l in range(21)] for b in batches]})]
        return files

    def run_model(self, *more, input_type="float32"):
        return self.json("run", "efficientnet_b0", "--device-slowdown", 1.5, "--input-type", input_type, *self.sites(input_type), *more)
