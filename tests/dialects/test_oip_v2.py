"""Open Inference Protocol v2 over REST with JSON tensors."""
import json
import time

import numpy
import pytest

from parts import ducks_station


@pytest.fixture
def server(station):
    return station(ducks_station())


def infer(server, body, model="ducks"):
    return server.post(f"/v2/models/{model}/infer", json=body)


def signature(server):
    return server.get("/v2/models/ducks").json()


def request_for(server, values=None):
    given = signature(server)["inputs"][0]
    shape = [1 if d < 0 else d for d in given["shape"]]
    data = numpy.zeros(shape, numpy.float32) if values is None else values
    return {"inputs": [{"name": given["name"], "shape": shape, "datatype": given["datatype"], "data": data.tolist()}]}


def test_health_and_metadata(server):
    assert server.get("/v2/health/live").status_code == 200
    assert server.get("/v2/health/ready").status_code == 200
    about = server.get("/v2").json()
    assert about["name"] and about["version"] and isinstance(about["extensions"], list)
    model = signature(server)
    assert model["name"] == "ducks" and model["versions"] == ["1"]
    assert set(model["inputs"][0]) >= {"name", "datatype", "shape"}
    assert server.get("/v2/models/ducks/versions/1").json() == model
    assert server.get("/v2/models/ducks/ready").status_code == 200
    assert server.get("/v2/models/ducks/versions/1/ready").status_code == 200


def test_nested_and_flat_data_give_the_same_answer(server):
    body = request_for(server)
    body["id"] = "forty-two"
    nested = infer(server, body).json()
    assert nested["id"] == "forty-two" and nested["model_name"] == "ducks"
    body["inputs"][0]["data"] = numpy.array(body["inputs"][0]["data"]).ravel().tolist()
    flat = infer(server, body).json()
    assert flat["outputs"] == nested["outputs"]
    output = nested["outputs"][0]
    assert len(output["data"]) == numpy.prod(output["shape"])
    wanted = {**body, "outputs": [{"name": output["name"]}]}
    assert infer(server, wanted).json()["outputs"] == nested["outputs"]


def test_unknown_models_and_paths(server):
    answer = infer(server, request_for(server), "nobody")
    assert answer.status_code == 404 or answer.status_code == 400
    assert "nobody" in answer.json()["error"]
    assert server.get("/v2/nothing").status_code == 404
    assert server.get("/v2/nothing").json() == {"error": "Not Found"}
    wrong_verb = server.get("/v2/models/ducks/infer")
    assert wrong_verb.status_code == 405
    assert wrong_verb.json() == {"error": "Method Not Allowed"}


def broken(server):
    good = request_for(server)
    given = good["inputs"][0]

    def one(**changes):
        return {"inputs": [{**given, **changes}]}

    return {
        "no inputs": {"inputs": []},
        "unknown input": one(name="nobody"),
        "wrong datatype": one(datatype="INT8"),
        "unheard-of datatype": one(datatype="FP31"),
        "too few elements": one(data=[1.0, 2.0]),
        "wrong shape": one(shape=[1, 2, 3]),
        "negative shape": one(shape=[-1, 3]),
        "overflowing shape": one(shape=[2**40, 2**40, 2**40]),
        "text for numbers": one(data=["a"] * 10),
        "null data": one(data=None),
        "twice the same": {"inputs": [given, given]},
        "unknown output": {**good, "outputs": [{"name": "nobody"}]},
        "a list": [],
        "half precision in JSON": one(datatype="FP16"),
    }


def test_each_wrong_request_gets_a_reason(server):
    for name, body in broken(server).items():
        answer = infer(server, body)
        assert 400 <= answer.status_code < 500, f"{name}: {answer.status_code} {answer.text[:200]}"
        assert answer.json()["error"], name
    for raw in (b"", b"{", b"null", b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[NaN]}]}', b"\xff\xfe"):
        answer = server.post("/v2/models/ducks/infer", data=raw)
        assert answer.status_code == 400 and answer.json()["error"]
    assert infer(server, request_for(server)).status_code == 200


def test_binary_tensors_give_the_same_answer(server):
    given = signature(server)["inputs"][0]
    shape = [1 if d < 0 else d for d in given["shape"]]
    values = numpy.random.default_rng(2).random(shape, numpy.float32)
    header = {"name": given["name"], "shape": shape, "datatype": given["datatype"]}
    header["parameters"] = {"binary_data_size": values.nbytes}
    text = json.dumps({"inputs": [header]}).encode()
    length = {"Inference-Header-Content-Length": str(len(text))}
    answer = server.post("/v2/models/ducks/infer", data=text + values.tobytes(), headers=length)
    assert answer.status_code == 200
    assert answer.json()["outputs"] == infer(server, request_for(server, values)).json()["outputs"]


def test_a_large_body_of_numbers_is_read_without_trouble(server):
    given = signature(server)["inputs"][0]
    shape = [1 if d < 0 else d for d in given["shape"]]
    values = numpy.random.default_rng(1).random(shape, numpy.float32)
    body = json.dumps(request_for(server, values))
    assert len(body) > 300_000
    started = time.monotonic()
    assert server.post("/v2/models/ducks/infer", data=body).status_code == 200
    assert time.monotonic() - started < 30
