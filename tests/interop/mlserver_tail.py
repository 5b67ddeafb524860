"""A runtime of MLServer for a tail that `dsc export` wrote as TorchScript."""

import torch
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
from mlserver.utils import get_model_uri


class Tail(MLModel):
    async def load(self):
        torch.set_num_threads(1)
        self.layers = torch.jit.load(await get_model_uri(self._settings))
        return True

    async def predict(self, payload):
        samples = NumpyCodec.decode_input(payload.inputs[0])
        with torch.no_grad(), torch.jit.optimized_execution(False):
            answer = self.layers(torch.from_numpy(samples.copy())).numpy()
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=[NumpyCodec.encode_output(self.settings.outputs[0].name, answer)])
