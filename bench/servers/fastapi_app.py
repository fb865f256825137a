"""What people write themselves: FastAPI and ONNX Runtime. `uvicorn fastapi_app:app`; the repository is $REPOSITORY."""
import os

import numpy as np
import onnxruntime
from fastapi import FastAPI, Request, Response

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
folder = os.environ["REPOSITORY"]
sessions = {name: onnxruntime.InferenceSession(f"{folder}/{name}/1/model.onnx", options) for name in ("simple", "mnv2")}
types = {"INT32": np.int32, "FP32": np.float32}
app = FastAPI()


@app.get("/ready")
def ready():
    return {}


@app.post("/v2/models/{model}/infer")
async def infer(model: str, request: Request):
    body = await request.json()
    feeds = {i["name"]: np.array(i["data"], types[i["datatype"]]).reshape(i["shape"]) for i in body["inputs"]}
    session = sessions[model]
    outputs = session.run(None, feeds)
    return {"model_name": model, "outputs": [
        {"name": o.name, "shape": list(v.shape), "datatype": "INT32" if v.dtype == np.int32 else "FP32",
         "data": v.ravel().tolist()} for o, v in zip(session.get_outputs(), outputs)]}


@app.post("/raw/{model}")
async def raw(model: str, request: Request):
    session = sessions[model]
    feed = np.frombuffer(await request.body(), np.float32).reshape(1, 3, 224, 224)
    return Response(session.run(None, {session.get_inputs()[0].name: feed})[0].tobytes())
