"""Clients of TensorFlow Serving, KServe v1, OVMS and Edge Impulse, in the shapes that those servers document."""
import base64

import requests

ROWS = {"INPUT0": list(range(16)), "INPUT1": [2] * 16}


def test_tensorflow_serving_predicts_rows_and_columns(model_server):
    base = f"{model_server.url}/v1/models/simple"
    rows = requests.post(f"{base}/versions/1:predict", json={"instances": [ROWS, ROWS]})
    assert rows.status_code == 200
    assert rows.json()["predictions"][1] == {"OUTPUT0": [i + 2 for i in range(16)], "OUTPUT1": [i - 2 for i in range(16)]}
    columns = requests.post(f"{base}:predict", json={"inputs": {name: [row] for name, row in ROWS.items()}})
    assert columns.json()["outputs"]["OUTPUT1"] == [[2 * i for i in range(16)]]  # the newest version multiplies


def test_tensorflow_serving_says_versions_and_signatures(model_server):
    status = requests.get(f"{model_server.url}/v1/models/simple").json()
    assert [one["version"] for one in status["model_version_status"]] == ["1", "2"]
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    assert status["ready"] is True
    metadata = requests.get(f"{model_server.url}/v1/models/simple/versions/1/metadata").json()
    inputs = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
    assert inputs["INPUT0"]["dtype"] == "DT_INT32"
    assert [dim["size"] for dim in inputs["INPUT0"]["tensor_shape"]["dim"]] == ["-1", "16"]


def test_tensorflow_serving_classifies_with_the_models_labels(model_server):
    answer = requests.post(f"{model_server.url}/v1/models/floats:classify", json={"examples": [ROWS]}).json()
    assert answer["results"][0][3] == ["label3", 5.0]


def test_refusals_are_sentences_with_the_right_status(model_server):
    base = f"{model_server.url}/v1/models"
    for path, body, status, sentence in (
            ("none:predict", "{}", 404, "Servable not found for request: Latest(none)"),
            ("simple/versions/9:predict", "{}", 404, "Servable not found for request: Specific(simple, 9)"),
            ("simple:predict", "{", 400, "JSON Parse error"), ("simple:predict", "{}", 400, "Missing 'inputs' or 'instances' key"),
            ("simple:predict", '{"instances": [{"INPUT0": [1]}]}', 400, "INPUT0"),
            ("simple:sing", "{}", 404, "Malformed request")):
        answer = requests.post(f"{base}/{path}", data=body)
        assert (answer.status_code, sentence in answer.json()["error"]) == (status, True), (path, answer.text)


def test_kserve_lists_models(model_server):
    assert requests.get(f"{model_server.url}/v1/models").json() == {"models": ["broken", "floats", "simple"]}


def test_ovms_says_its_configuration(model_server):
    config = requests.get(f"{model_server.url}/v1/config").json()
    assert config["simple"]["model_version_status"][0]["status"] == {"error_code": "OK", "error_message": ""}
    assert config["broken"]["model_version_status"][0]["status"]["error_code"] != "OK"
    assert requests.post(f"{model_server.url}/v1/config/reload").status_code == 201


def test_edge_impulse_wants_to_be_told_which_model(model_server):
    assert "no model is named" in requests.get(f"{model_server.url}/api/info").text


def test_a_picture_is_answered_as_vio_and_custom_vision_would(serve, examples):
    server = serve(examples / "ducks/models")
    picture = next((examples / "ducks").rglob("*.jpg"), None) or next((examples / "ducks").rglob("*.png"))
    data = picture.read_bytes()
    vio = requests.post(f"{server.url}/v1/models/ducks/versions/1:predict", data=data).json()
    assert vio["prediction_type"] == "class"
    vision = requests.post(f"{server.url}/image", data=data, headers={"Content-Type": "application/octet-stream"}).json()
    assert max(vision["predictions"], key=lambda one: one["probability"])["tagName"] == vio["label"]
    impulse = requests.post(f"{server.url}/api/image", files={"file": ("part.jpg", data)}).json()
    assert abs(impulse["result"]["classification"][vio["label"]] - vio["probability"]) < 1e-4
    metadata = requests.get(f"{server.url}/v1/models/ducks/metadata").json()
    assert vio["label"] in metadata["class_names"] and "metadata" in metadata


def test_text_comes_in_base_64(serve, tmp_path):
    import onnx
    from onnx import TensorProto, helper
    port = [helper.make_tensor_value_info(name, TensorProto.STRING, ["n"]) for name in ("in", "out_bytes")]
    graph = helper.make_graph([helper.make_node("Identity", ["in"], ["out_bytes"])], "echo", port[:1], port[1:])
    (tmp_path / "models/echo/1").mkdir(parents=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8),
              tmp_path / "models/echo/1/model.onnx")
    server = serve(tmp_path / "models")
    said = base64.b64encode(b"\x00\xffduck").decode()
    answer = requests.post(f"{server.url}/v1/models/echo:predict", json={"inputs": [{"b64": said}, {"b64": said}]}).json()
    assert answer == {"outputs": [[{"b64": said}], [{"b64": said}]]}
