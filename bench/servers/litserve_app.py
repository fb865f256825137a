"""LitServe with ONNX Runtime. `python litserve_app.py PORT`; the repository is $REPOSITORY."""
import os
import sys

import litserve
import numpy as np
import onnxruntime


class Simple(litserve.LitAPI):
    def setup(self, device):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(f"{os.environ['REPOSITORY']}/simple/1/model.onnx", options)

    def decode_request(self, request):
        return {i["name"]: np.array(i["data"], np.int32).reshape(i["shape"]) for i in request["inputs"]}

    def predict(self, feeds):
        return self.session.run(None, feeds)

    def encode_response(self, outputs):
        return {"outputs": [{"shape": list(v.shape), "data": v.ravel().tolist()} for v in outputs]}


if __name__ == "__main__":
    server = litserve.LitServer(Simple(api_path="/predict"), accelerator="cpu", workers_per_device=1)
    server.run(port=int(sys.argv[1]), host="127.0.0.1", generate_client_file=False, log_level="error")
