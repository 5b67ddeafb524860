"""Runs model.pt, a part of a network that `dsc export` wrote, in Triton's Python backend."""

import json
import os

import numpy
import torch
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.input = config["input"][0]["name"]
        self.output = config["output"][0]["name"]
        on_gpu = args["model_instance_kind"] == "GPU"
        self.device = torch.device("cuda", int(args["model_instance_device_id"])) if on_gpu else torch.device("cpu")
        said = {key: value["string_value"] for key, value in config.get("parameters", {}).items()}
        self.together = said.get("together", "yes") == "yes"
        torch.set_num_threads(int(said.get("threads", "1")))
        file = os.path.join(args["model_repository"], args["model_version"], "model.pt")
        self.layers = torch.jit.load(file, map_location=self.device)

    def execute(self, requests):
        """One answer for each request; their samples run together, or request by request."""
        batches = [pb_utils.get_input_tensor_by_name(request, self.input).as_numpy() for request in requests]
        if self.together and len(batches) > 1:
            try:
                return [self.response(answer) for answer in self.run_together(batches)]
            except Exception:
                pass  # of the one that does not run; the others do not suffer from it
        return [self.run_alone(batch) for batch in batches]

    def run_together(self, batches):
        samples = numpy.concatenate(batches) if len(batches) > 1 else batches[0]
        # Without the compiler's passes the first requests take no longer than the others.
        with torch.no_grad(), torch.jit.optimized_execution(False):
            answers = self.layers(torch.from_numpy(numpy.array(samples, order="C")).to(self.device)).cpu().numpy()
        ends = numpy.cumsum([len(batch) for batch in batches])
        return numpy.split(answers, ends[:-1])

    def run_alone(self, batch):
        try:
            return self.response(self.run_together([batch])[0])
        except Exception as failure:
            return self.refusal(failure)

    def response(self, answer):
        return pb_utils.InferenceResponse([pb_utils.Tensor(self.output, numpy.ascontiguousarray(answer))])

    def refusal(self, failure):
        sentence = str(failure).strip().splitlines()
        return pb_utils.InferenceResponse([], pb_utils.TritonError(sentence[-1] if sentence else repr(failure)))
