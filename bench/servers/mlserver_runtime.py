"""A runtime of MLServer's on ONNX Runtime; the model's folder names it in model-settings.json."""
import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Onnx(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, options)
        return True

    async def predict(self, payload):
        types = {"INT32": np.int32, "FP32": np.float32}
        feeds = {i.name: NumpyCodec.decode_input(i).astype(types[i.datatype]) for i in payload.inputs}
        outputs = self.session.run(None, feeds)
        return InferenceResponse(model_name=self.name, outputs=[
            NumpyCodec.encode_output(o.name, v) for o, v in zip(self.session.get_outputs(), outputs)])
