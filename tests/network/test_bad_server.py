"""Does the server that lies lie as it says? Behind it stands a small honest server, made of the same protocol file.

usage: test_bad_server.py [unittest options]
"""
import pathlib
import subprocess
import sys
import threading
import time
import unittest
from concurrent import futures

try:
    import grpc

    import bad_server
    PROBLEM = bad_server.unavailable()
except ImportError:
    PROBLEM = "servers that lie need Python's grpcio (Debian: python3-grpcio)"

from shaped_network import SKIPPED, LineController

HERE = pathlib.Path(__file__).resolve().parent


def honest_server(messages):
    """Model "half": one float32 tensor comes back as it went in."""

    def infer(request, _):
        shape = list(request.inputs[0].shape)
        output = messages.ModelInferResponse.InferOutputTensor(name="output", datatype="FP32", shape=shape)
        return messages.ModelInferResponse(model_name=request.model_name, id=request.id, outputs=[output],
                                           raw_output_contents=[request.raw_input_contents[0]])

    def metadata(request, context):
        if request.name != "half":
            context.abort(grpc.StatusCode.NOT_FOUND, f"no model {request.name}")
        return messages.ModelMetadataResponse(name="half", platform="honest")

    def handler(function, request_type, response_type):
        return grpc.unary_unary_rpc_method_handler(function, request_type.FromString, response_type.SerializeToString)

    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("inference.GRPCInferenceService", {
        "ModelInfer": handler(infer, messages.ModelInferRequest, messages.ModelInferResponse),
        "ModelMetadata": handler(metadata, messages.ModelMetadataRequest, messages.ModelMetadataResponse)})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


class Lies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = bad_server.load_messages()
        cls.honest, port = honest_server(cls.messages)
        process = subprocess.Popen([sys.executable, "-B", HERE / "bad_server.py", "127.0.0.1:0", f"127.0.0.1:{port}"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.bad = LineController(process, "bad_server.py", ready="listening")
        cls.channel = grpc.insecure_channel(f"127.0.0.1:{cls.bad.greeting.split()[1]}")

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.bad.close()
        cls.honest.stop(0)

    def request(self):
        tensor = self.messages.ModelInferRequest.InferInputTensor(name="input", datatype="FP32", shape=[2, 3])
        return self.messages.ModelInferRequest(model_name="half", id="7", inputs=[tensor], raw_input_contents=[bytes(range(24))])

    def call(self, timeout=5, raw=False):
        infer = self.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", self.messages.ModelInferRequest.SerializeToString,
                                         None if raw else self.messages.ModelInferResponse.FromString)
        return infer(self.request(), timeout=timeout)

    def status_of(self, **options):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(**options)
        return caught.exception.code()

    def test_the_real_answer_passes(self):
        self.bad.ask("pass")
        answer = self.call()
        self.assertEqual((answer.model_name, answer.id, answer.raw_output_contents[0]), ("half", "7", bytes(range(24))))

    def test_metadata_and_errors_are_the_real_servers(self):
        self.bad.ask("garbage")
        ask = self.channel.unary_unary("/inference.GRPCInferenceService/ModelMetadata",
                                       self.messages.ModelMetadataRequest.SerializeToString,
                                       self.messages.ModelMetadataResponse.FromString)
        self.assertEqual(ask(self.messages.ModelMetadataRequest(name="half")).platform, "honest")
        with self.assertRaises(grpc.RpcError) as caught:
            ask(self.messages.ModelMetadataRequest(name="whole"))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        self.assertEqual(caught.exception.details(), "no model whole")

    def test_garbage_is_no_message(self):
        self.bad.ask("garbage")
        self.assertRaises(Exception, self.messages.ModelInferResponse.FromString, self.call(raw=True))

    def test_shapes_types_and_names_are_wrong(self):
        self.bad.ask("wrong_shape")
        answer = self.call()
        self.assertEqual((list(answer.outputs[0].shape), len(answer.raw_output_contents[0])), ([3, 3], 36))
        self.bad.ask("wrong_type")
        answer = self.call()
        self.assertEqual((answer.outputs[0].datatype, len(answer.raw_output_contents[0])), ("INT32", 24))
        self.bad.ask("other_model")
        self.assertEqual(self.call().model_name, "resnet50-tail-03")
        self.bad.ask("short")
        answer = self.call()
        self.assertEqual((list(answer.outputs[0].shape), len(answer.raw_output_contents[0])), ([2, 3], 20))
        self.bad.ask("empty")
        self.assertEqual(len(self.call().outputs), 0)

    def test_no_answer_comes_or_it_comes_late(self):
        self.bad.ask("never")
        waiting = [threading.Thread(target=self.status_of, kwargs={"timeout": 0.3}) for _ in range(3)]
        for thread in waiting:
            thread.start()
        self.assertEqual(self.status_of(timeout=0.3), grpc.StatusCode.DEADLINE_EXCEEDED)
        for thread in waiting:
            thread.join()
        self.bad.ask("late 0.3")
        started = time.monotonic()
        self.assertEqual(self.call().raw_output_contents[0], bytes(range(24)))
        self.assertGreater(time.monotonic() - started, 0.3)
        self.assertEqual(self.status_of(timeout=0.1), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_a_crash_is_an_error(self):
        self.bad.ask("error")
        self.assertEqual(self.status_of(), grpc.StatusCode.INTERNAL)

    def test_modes_that_are_none_are_refused(self):
        for line in ("lie", "late", "garbage 3", ""):
            self.assertRaisesRegex(RuntimeError, "no mode", self.bad.ask, line)


if __name__ == "__main__":
    if PROBLEM:
        print(f"skipped: {PROBLEM}")
        sys.exit(SKIPPED)
    unittest.main()
