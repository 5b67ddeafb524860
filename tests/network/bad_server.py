"""A server of the Open Inference Protocol that lies: all it is asked is answered by a real server behind it, metadata and all, but the
answers of ModelInfer are spoilt. Needs Debian's python3-grpcio and python3-protobuf (or PyPI's grpcio, protobuf) and protoc.

usage: bad_server.py LISTEN_HOST:PORT SERVER_HOST:PORT [MODE...]

It says "listening PORT" and then reads one mode a line from its standard input, each answered by "ok" and the number of answers spoilt
so far; it ends with its input. Modes:

    pass            the real answer
    garbage         bytes that are no message
    wrong_shape     the answer of one sample more than was asked for, bytes and shape agreeing
    wrong_type      the same bytes, said to be of another element type
    other_model     the answer, with another model's name
    short           the shape is right, bytes are missing
    empty           a message without outputs
    never           no answer as long as the client waits
    late SECONDS    the right answer, so much later
    error           INTERNAL, as a server whose model crashed
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from concurrent import futures

import grpc

PROTOCOL = pathlib.Path(__file__).resolve().parents[2] / "adapters/oip/proto/open_inference.proto"
SERVICE = "/inference.GRPCInferenceService/"
UNBOUNDED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
MODES = ["pass", "garbage", "wrong_shape", "wrong_type", "other_model", "short", "empty", "never", "late", "error"]


def load_messages():
    """The protocol's message types, compiled by protoc."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={PROTOCOL.parent}", f"--python_out={folder}", PROTOCOL.name], check=True)
        sys.path.insert(0, folder)
        try:
            import open_inference_pb2
        finally:
            sys.path.remove(folder)
    return open_inference_pb2


def unavailable():
    """None, or one sentence on what is missing (this module itself needs grpc)."""
    try:
        subprocess.run(["protoc", "--version"], check=True, stdout=subprocess.DEVNULL)
        import google.protobuf  # noqa: F401
    except (OSError, ImportError):
        return "servers that lie need protoc and Python's protobuf (Debian: protobuf-compiler, python3-protobuf)"
    return None if PROTOCOL.exists() else f"servers that lie need {PROTOCOL}"


def spoil(answer, mode, messages):
    """What is sent instead of the real answer, both as bytes."""
    if mode == "garbage":
        return b"\xff" * 64 + os.urandom(1000)
    response = messages.ModelInferResponse.FromString(answer)
    if mode == "wrong_shape":
        for output, raw in zip(response.outputs, list(response.raw_output_contents)):
            response.raw_output_contents.append(raw + raw[: len(raw) // output.shape[0]])
            output.shape[0] += 1
        del response.raw_output_contents[: len(response.outputs)]
    elif mode == "wrong_type":
        for output in response.outputs:
            output.datatype = "INT32"  # of float32's size
    elif mode == "other_model":
        response.model_name = "resnet50-tail-03"
    elif mode == "short":
        for at, raw in enumerate(list(response.raw_output_contents)):
            response.raw_output_contents[at] = raw[:-4]
    elif mode == "empty":
        response.Clear()
    return response.SerializeToString()


class BadServer(grpc.GenericRpcHandler):
    def __init__(self, server, messages):
        self.messages = messages
        self.channel = grpc.insecure_channel(server, UNBOUNDED)
        self.mode, self.seconds, self.spoilt = "pass", 0.0, 0

    def set_mode(self, line):
        name, *numbers = line.split() or [""]
        if name not in MODES or len(numbers) != (name == "late"):
            raise ValueError(f"no mode {line.strip()!r}")
        self.seconds = float(numbers[0]) if numbers else 0.0
        self.mode = name

    def service(self, details):
        if not details.method.startswith(SERVICE):
            return None
        ask = self.infer if details.method == SERVICE + "ModelInfer" else self.forward
        return grpc.unary_unary_rpc_method_handler(lambda request, context: ask(details.method, request, context))

    def forward(self, method, request, context):
        remaining = context.time_remaining() or 0  # without a deadline some versions say None, others odd numbers
        metadata = [pair for pair in context.invocation_metadata() if pair[0] != "user-agent"]
        try:
            return self.channel.unary_unary(method)(request, timeout=remaining if 0 < remaining < 3600 else 3600, metadata=metadata)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())

    def infer(self, method, request, context):
        mode, seconds = self.mode, self.seconds
        if mode == "pass":
            return self.forward(method, request, context)
        self.spoilt += 1
        if mode == "never":
            gone = threading.Event()
            if context.add_callback(gone.set):
                gone.wait()
            return b""
        if mode == "error":
            context.abort(grpc.StatusCode.INTERNAL, "the model crashed")
        answer = self.forward(method, request, context)
        if mode == "late":
            time.sleep(seconds)
            return answer
        return spoil(answer, mode, self.messages)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    handler = BadServer(sys.argv[2], load_messages())
    if len(sys.argv) > 3:
        handler.set_mode(" ".join(sys.argv[3:]))
    server = grpc.server(futures.ThreadPoolExecutor(64), options=UNBOUNDED)
    server.add_generic_rpc_handlers([handler])
    port = server.add_insecure_port(sys.argv[1])
    server.start()
    print("listening", port, flush=True)
    for line in sys.stdin:
        try:
            handler.set_mode(line)
            print("ok", handler.spoilt, flush=True)
        except ValueError as problem:
            print(f"error: {problem}", flush=True)
    server.stop(0)
    os._exit(0)  # calls that never end would be waited for


if __name__ == "__main__":
    main()
