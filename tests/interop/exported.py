"""What `dsc export` wrote of a model, and what its tails give in this process and at a server."""

import json
import os
import pathlib
import subprocess

import numpy
import torch
import tritonclient.grpc

COMMAND = os.environ["DSC_COMMAND"]
DATATYPES = {"float32": "FP32", "uint8": "UINT8"}


def dsc(*arguments):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=200)
    if done.returncode != 0:
        raise RuntimeError(f"dsc {arguments[0]}: {done.stderr}")
    return done.stdout


class Repository:
    """The tails of a model, as a repository of Triton."""

    def __init__(self, folder, model, *options):
        self.folder = pathlib.Path(folder)
        dsc("export", model, "--format", "triton", *options, "-o", self.folder)
        self.deployment = json.loads((self.folder / "deployment.json").read_text())
        self.tails = self.deployment["tails"]

    def file(self, tail):
        return self.folder / tail["model"] / "1" / "model.pt"

    def files(self):
        return {tail["model"]: self.file(tail) for tail in self.tails}

    def tail_in_process(self, tail):
        layers = torch.jit.load(self.file(tail))

        def run(batch):
            with torch.no_grad():
                return layers(torch.from_numpy(batch)).numpy()

        return run


def made_up(tail, batch, seed=0):
    spec = tail["inputs"][0]
    generator = torch.Generator().manual_seed(seed)
    if spec["element"] == "uint8":
        return torch.randint(0, 256, (batch, *spec["shape"]), generator=generator, dtype=torch.uint8).numpy()
    return torch.rand(batch, *spec["shape"], generator=generator).numpy()


def device(model, repository, servers, *options, timeout=120):
    """What dsc's own client got, request by request: the lines of dsc_interop_device. `servers` are addresses, the first one preferred."""
    command = [os.environ["DSC_INTEROP_DEVICE"], model, repository.folder / "deployment.json", ",".join(servers), *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def has_device():
    return bool(os.environ.get("DSC_INTEROP_DEVICE"))


class Client:
    """`tritonclient[grpc]`, as anybody would use it."""

    def __init__(self, address):
        self.grpc = tritonclient.grpc.InferenceServerClient(address)

    def infer(self, tail, batch, timeout=30):
        put_in = tritonclient.grpc.InferInput(tail["inputs"][0]["name"], list(batch.shape), DATATYPES[str(batch.dtype)])
        put_in.set_data_from_numpy(batch)
        return self.grpc.infer(tail["model"], [put_in], client_timeout=timeout).as_numpy(tail["outputs"][0]["name"])

    def counts(self, tail):
        """How many samples were inferred, and in how many runs."""
        said = self.grpc.get_inference_statistics(tail["model"]).model_stats[0]
        return said.inference_count, said.execution_count


def same_bits(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def close(one, other):
    return numpy.allclose(one, other, rtol=1e-4, atol=1e-5)
