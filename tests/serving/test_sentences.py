"""What clients of the protocol's first server look for in answers: sentences, and settings that they send back."""
import json

import numpy
import pytest
import requests
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from onnx import TensorProto, helper
from servers import ModelServer, network
from tritonclient.utils import InferenceServerException

RAW = {"Inference-Header-Content-Length": "0"}


def echo(folder, name, kind, word, dims, inputs=1):
    shape = ["b", *(f"d{at}" if dim < 0 else dim for at, dim in enumerate(dims))]
    ends = [[(f"{side}{at}", kind, shape) for at in range(inputs)] for side in ("INPUT", "OUTPUT")]
    nodes = [helper.make_node("Identity", [f"INPUT{at}"], [f"OUTPUT{at}"]) for at in range(inputs)]
    said = " ".join(f'{side.lower()} {{ name: "{side}{at}" data_type: TYPE_{word} dims: {dims} }}'
                    for side in ("INPUT", "OUTPUT") for at in range(inputs))
    network(folder, name, *ends, nodes, "max_batch_size: 8 " + said)


@pytest.fixture(scope="module")
def server(oree, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentences")
    echo(folder, "floats", TensorProto.FLOAT, "FP32", [-1])
    echo(folder, "halves", TensorProto.FLOAT16, "FP16", [-1, -1])
    echo(folder, "word", TensorProto.STRING, "STRING", [1])
    echo(folder, "words", TensorProto.STRING, "STRING", [-1])
    echo(folder, "three", TensorProto.FLOAT, "FP32", [-1], inputs=3)
    ends = [[(name, kind, [1]) for name, kind in (("PROMPT", TensorProto.STRING), ("STREAM", TensorProto.BOOL))],
            [(name, kind, [1]) for name, kind in (("TEXT", TensorProto.STRING), ("STREAMED", TensorProto.BOOL))]]
    nodes = [helper.make_node("Identity", ["PROMPT"], ["TEXT"]), helper.make_node("Identity", ["STREAM"], ["STREAMED"])]
    network(folder, "teller", *ends, nodes, "max_batch_size: 0")
    running = ModelServer(oree, folder, "--mode", "explicit", "--load-model", "*").wait_until_ready()
    yield running
    running.stop()


def sentence(server, path, body, **fields):
    answer = requests.post(server.url + path, data=body if isinstance(body, (str, bytes)) else json.dumps(body), headers=fields)
    assert answer.status_code >= 400
    return answer.json()["error"]


@pytest.mark.parametrize("model, body, expected", [
    ("words", b"427", "For BYTE datatype raw input 'INPUT0', the model must have input shape [1]"),
    ("halves", bytes(8), "The shape of the raw input 'INPUT0' can not be deduced because there are more than one variable-sized dimension"),
    ("three", bytes(96), "Raw request must only have 1 input (found 1) to be deduced but got 3 inputs in"),
])
def test_a_raw_request_that_cannot_be_understood(server, model, body, expected):
    assert expected in sentence(server, f"/v2/models/{model}/infer", body, **RAW)


def test_a_raw_request_with_one_text(server):
    answer = requests.post(f"{server.url}/v2/models/word/infer", data="427", headers=RAW)
    assert answer.content[int(answer.headers["Inference-Header-Content-Length"]):] == b"\x03\x00\x00\x00" + b"427"


@pytest.mark.parametrize("count, expected", [
    (1, "expected 2 string elements for inference input 'INPUT0' for model 'words', got 1"),
    (5, "unexpected number of string elements 3 for inference input 'INPUT0' for model 'words', expecting 2"),
])
def test_texts_that_are_not_as_many_as_the_shape_says(server, count, expected):
    for client, kind in ((triton_http.InferenceServerClient(server.address), triton_http), (triton_grpc.InferenceServerClient(server.grpc), triton_grpc)):
        tensor = kind.InferInput("INPUT0", [1, count], "BYTES")
        tensor.set_data_from_numpy(numpy.array([[b"word"] * count], dtype=object))
        tensor.set_shape([1, 2])
        with pytest.raises(InferenceServerException, match=expected):
            client.infer("words", [tensor])


def test_an_output_asked_for_twice(server):
    asked = {"inputs": [{"name": "INPUT0", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}], "outputs": [{"name": "OUTPUT0"}] * 2}
    assert "Duplicate output name 'OUTPUT0' is not allowed in a request" in sentence(server, "/v2/models/floats/infer", asked)


@pytest.mark.parametrize("body, expected", [
    ({"PROMPT": 123, "STREAM": False}, "attempt to access JSON non-string as string"),
    ({"PROMPT": {"USER": "hello"}, "STREAM": False}, "attempt to access JSON non-string as string"),
    ({"STREAM": "false", "PROMPT": "hello"}, "attempt to access JSON non-boolean as boolean"),
    ({"PROMPT": "hello"}, "expected 2 inputs but got 1"),
    ('{"PROMPT": "hello", "STREAM": false, "PROMPT": "again"}', "input 'PROMPT' already exists in request"),
    ({"PROMPT": "hello", "STREAM": True, "MORE": {}}, "parameter 'MORE' has invalid type"),
])
@pytest.mark.parametrize("route", ["generate", "generate_stream"])
def test_generate_says_what_is_wrong(server, route, body, expected):
    assert expected in sentence(server, f"/v2/models/teller/{route}", body)


@pytest.mark.parametrize("path", ["repository/index", "repository/models/floats/load", "repository/models/floats/unload", "logging",
                                  "models/floats/trace/setting", "systemsharedmemory/region/r/register", "models/floats/generate"])
def test_a_body_that_is_no_json(server, path):
    assert sentence(server, f"/v2/{path}", "A" * 1000) == "failed to parse the request JSON buffer: Invalid value. at 0"


def test_a_body_that_is_too_large_names_the_limit(server):
    assert "exceeds the maximum allowed value of 67108864 bytes" in sentence(server, "/v2/models/floats/infer", bytes((64 << 20) + 4), **RAW)


def test_clients_send_back_the_log_settings_that_they_got(server):
    http, grpc = triton_http.InferenceServerClient(server.address), triton_grpc.InferenceServerClient(server.grpc)
    before = http.get_log_settings()
    assert before.pop("log_file") == ""
    assert before["log_format"] == "default"
    assert http.update_log_settings(before | {"log_format": "ISO8601", "log_verbose_level": 1})["log_format"] == "ISO8601"
    assert grpc.get_log_settings(as_json=True)["settings"]["log_format"]["string_param"] == "ISO8601"
    assert grpc.update_log_settings(before, as_json=True)["settings"]["log_format"]["string_param"] == "default"
    for client in (http, grpc):
        with pytest.raises(InferenceServerException, match="log file location can not be updated through network protocol"):
            client.update_log_settings({"log_file": "log.txt"})


def test_clients_clear_every_trace_setting(server):
    http, grpc = triton_http.InferenceServerClient(server.address), triton_grpc.InferenceServerClient(server.grpc)
    start = http.get_trace_settings()
    assert start["trace_mode"] == "triton" and start["trace_file"] == ""
    assert http.update_trace_settings("floats", {"trace_rate": "12", "log_frequency": "34"})["trace_rate"] == "12"
    assert http.update_trace_settings("floats", dict.fromkeys(start)) == start
    for client in (http, grpc):
        with pytest.raises(InferenceServerException, match="Request for unknown model : nobody"):
            client.get_trace_settings("nobody")


def test_files_without_a_configuration_or_outside_of_the_folder_load_nothing(server):
    http, grpc = triton_http.InferenceServerClient(server.address), triton_grpc.InferenceServerClient(server.grpc)
    for client in (http, grpc):
        with pytest.raises(InferenceServerException, match="failed to load 'floats', failed to poll from model repository"):
            client.load_model("floats", files={"file:1/model.onnx": b"x"})
        with pytest.raises(InferenceServerException, match="failed to load 'new', failed to poll from model repository"):
            client.load_model("new", config="{}", files={"file:../../x": b"x"})
        assert client.is_model_ready("floats")
        tensor = (triton_http if client is http else triton_grpc).InferInput("INPUT0", [1, 3], "FP32")
        tensor.set_data_from_numpy(numpy.ones((1, 3), numpy.float32))
        assert client.infer("floats", [tensor]).as_numpy("OUTPUT0").tolist() == [[1, 1, 1]]
