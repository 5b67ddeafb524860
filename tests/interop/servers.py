"""Servers that somebody else wrote, started for a test on the loopback interface and stopped with it."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get("DSC_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "dsc")
FETCHED = CACHE / "interop"  # by ./fetch
PYTHON = "/usr/bin/python3"  # the one that Triton's stub is for, with Debian's PyTorch
SKIPPED = 77
READY_WITHIN = 120
sys.path.append(str(HERE.parent.parent / "adapters" / "cli" / "tests"))  # script_files, which makes the networks

# What is computed here is compared bit for bit with what servers compute: one thread, and the same kernels of OpenBLAS, which takes others
# where it is left alone or where `dsc` chooses for it.
flags = pathlib.Path("/proc/cpuinfo").read_text()
KERNELS = "SkylakeX" if "avx512vl" in flags and "avx512bw" in flags else "Haswell" if "avx2" in flags else "Prescott"
SAME_KERNELS = {"OPENBLAS_CORETYPE": KERNELS, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def require(*programs):
    """Ends the process, with the code that ctest takes for skipped, where something is missing."""
    if not (FETCHED / "wheels.txt").exists():
        skip(f"no servers in {FETCHED}; tests/interop/fetch {FETCHED} gets them from PyPI")
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", str(FETCHED / "nginx/usr/sbin")])
    for program in programs:
        if shutil.which(program) is None:
            skip(f"there is no {program}")
    os.environ.update(SAME_KERNELS)


def use_fetched_packages():
    """Triton's client becomes importable; NumPy stays Debian's, which its PyTorch is built for."""
    sys.path.insert(0, str(FETCHED / "python"))


def free_ports(count):
    with contextlib.ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Server:
    """A process that serves the Open Inference Protocol: gRPC at `address`, and where it has HTTP, that at `http_port`."""

    def __init__(self, command, grpc_port, http_port=None, environment=None, folder=None):
        self.address = f"127.0.0.1:{grpc_port}"
        self.http = http_port and f"http://127.0.0.1:{http_port}"
        self.log = tempfile.NamedTemporaryFile(mode="w+", suffix=".log")
        self.command = [str(word) for word in command]
        self.options = {"cwd": folder, "env": {**os.environ, **SAME_KERNELS, **(environment or {})}}
        self.start()

    def start(self):
        """Also again, at the same address, after its end."""
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True, **self.options)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.tail(), file=sys.stderr)
        self.stop()

    def tail(self):
        lines = pathlib.Path(self.log.name).read_text(errors="replace").splitlines()
        return "\n".join([f"the last lines of {self.process.args[0]}:", *lines[-40:]])

    def is_ready(self):
        if not self.http:
            return self.is_ready_by_grpc()
        try:
            with urllib.request.urlopen(f"{self.http}/v2/health/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def is_ready_by_grpc(self):
        from tritonclient.grpc import InferenceServerClient
        from tritonclient.utils import InferenceServerException

        try:
            with contextlib.closing(InferenceServerClient(self.address)) as client:
                return client.is_server_ready(client_timeout=2)
        except InferenceServerException:
            return False

    def wait_until_ready(self):
        until = time.monotonic() + READY_WITHIN
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                text = self.tail()
                self.stop()
                raise RuntimeError(f"a server did not become ready; {text}")
            time.sleep(0.1)
        return self

    def kill(self):
        """As a machine that loses its power does: no goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill()


def triton(repository):
    """NVIDIA's Triton on a model repository; ready soon."""
    grpc_port, http_port = free_ports(2)
    home = FETCHED / "triton"
    return Server([home / "tritonserver", f"--model-repository={repository}", f"--backend-directory={home / 'backends'}",
                   "--grpc-address=127.0.0.1", "--http-address=127.0.0.1", f"--grpc-port={grpc_port}", f"--http-port={http_port}",
                   "--allow-metrics=false", "--allow-gpu-metrics=false"],
                  grpc_port, http_port, {"PATH": f"/usr/bin:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(home / "nvidia_pytriton.libs")})


def mlserver(folder, deployment, tails):
    """Seldon's MLServer with a runtime of our own (mlserver_tail.py); `tails` are files by the names of models. Ready soon."""
    grpc_port, http_port, metrics_port = free_ports(3)
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({"host": "127.0.0.1", "grpc_port": grpc_port, "http_port": http_port, "metrics_port": metrics_port,
                                                      "parallel_workers": 0}))
    datatypes = {"float32": "FP32", "uint8": "UINT8"}
    for tail in deployment["tails"]:
        place = folder / tail["model"]
        place.mkdir()
        tensors = {kind: [{"name": each["name"], "datatype": datatypes[each["element"]], "shape": [-1, *each["shape"]]} for each in tail[kind]]
                   for kind in ("inputs", "outputs")}
        (place / "model-settings.json").write_text(json.dumps({"name": tail["model"], "implementation": "mlserver_tail.Tail", **tensors,
                                                               "parameters": {"uri": str(tails[tail["model"]])}}))
    return Server([PYTHON, "-B", "-m", "mlserver.cli.main", "start", folder], grpc_port, http_port,
                  {"PYTHONPATH": f"{FETCHED / 'python'}:{HERE}"}, folder)


def dsc_serve(model, *options):
    """Our own server; ready soon."""
    port = free_ports(1)[0]
    return Server([os.environ["DSC_COMMAND"], "serve", model, *options, "--listen", f"127.0.0.1:{port}"], port)
