"""VIO's orchestrator API, as its own acceptance scenarios walk through it."""
import json
from pathlib import Path

import pytest

from parts import DUCKS, duck_with, ducks_station


def vio_config(name, cameras=1):
    return {
        "station_name": name,
        "camera_configs": {
            f"camera_{i}": {"camera_id": f"camera_{i}", "camera_type": "fake", "position": "front",
                            "source_directory": str(DUCKS / "images")} for i in range(1, cameras + 1)},
        "pipeline_steps": {
            f"step_{i}": {"camera_id": f"camera_{i}",
                          "model_forwarder_config": {"model_name": "ducks", "model_version": "1"},
                          "camera_rule_config": {"camera_rule_type": "expected_label_rule", "expected_class": "good"}}
            for i in range(1, cameras + 1)},
        "binary_storage_config": {"storage_type": "filesystem", "target_directory": "data_storage"},
        "metadata_storage_config": {"storage_type": "filesystem", "target_directory": "data_storage"},
        "item_rule_config": {"item_rule_type": "min_threshold_ratio_rule", "expected_decision": "OK", "threshold": 1},
    }


@pytest.mark.parametrize("cameras", [1, 2])
def test_a_client_of_vio_configures_triggers_and_reads_an_item(station, cameras):
    one = station(ducks_station())
    assert one.get("/api/v1").status_code == 200
    config = vio_config("line", cameras)
    answer = one.post("/api/v1/configs/active", json=config)
    assert answer.status_code == 200 and answer.json() == config
    assert one.get("/api/v1/configs").json()["line"] == config
    assert one.get("/api/v1/configs/active").json() == config
    assert one.get("/api/v1/health/ready").json() == {"status": "ready", "active_config": "line"}

    item_id = one.post("/api/v1/trigger").json()["item_id"]
    item = one.get(f"/api/v1/items/{item_id}").json()
    assert item["state"] == "DONE"
    assert item["cameras_metadata"] == config["camera_configs"]
    assert set(item["camera_decisions"]) == set(config["pipeline_steps"])
    assert item["decision"] in ("OK", "KO")
    for prediction in item["predictions"].values():
        assert prediction["prediction_type"] == "class" and 0 < prediction["probability"] <= 1
    names = one.get(f"/api/v1/items/{item_id}/binaries").json()
    assert sorted(names) == [f"{item_id}_camera_{i}.jpg" for i in range(1, cameras + 1)]
    for camera, stored in item["binaries"].items():
        assert Path(stored["storing_path"]).read_bytes() == one.get(f"/api/v1/items/{item_id}/binaries/{camera}").content
    assert [i["id"] for i in one.get("/api/v1/items").json()] == [item_id]


def test_the_active_configuration_is_chosen_by_name_and_survives_a_restart(station):
    one = station(ducks_station())
    one.post("/api/v1/configs/active", json=vio_config("line"))
    assert one.post("/api/v1/configs/active?station_name=ducks").json()["station_name"] == "ducks"
    assert one.post("/api/v1/configs/active?station_name=line").status_code == 200
    one.restart()
    assert one.get("/api/v1/configs/active").json()["station_name"] == "line"


@pytest.mark.parametrize("query,body", [
    ("", None),
    ("?station_name=nobody", None),
    ("?station_name=ducks", vio_config("line")),
    ("", {"station_name": "x"}),
    ("", {"station_name": "../../x", "camera_configs": {}}),
])
def test_a_configuration_that_makes_no_sense_is_a_422(station, query, body):
    one = station(ducks_station())
    answer = one.post("/api/v1/configs/active" + query, **({"json": body} if body else {}))
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert one.get("/api/v1/configs/active").json()["station_name"] == "ducks"


def test_cameras_of_an_unknown_type_are_said_in_the_item(station, shared_data):
    one = station(ducks_station())
    config = json.loads((shared_data / "vio-configs/2026-pin_detection_with_2_usb_cam.json").read_text())
    assert one.post("/api/v1/configs/active", json=config).status_code == 200
    answer = one.post("/api/v1/trigger").json()
    assert answer["decision"] == "NO_DECISION"
    item = one.get(f"/api/v1/items/{answer['item_id']}").json()
    assert "usb" in item["camera_failures"]["camera_1"]["reason"]


def test_data_gathering_captures_without_judging(station):
    one = station(ducks_station())
    one.post("/api/v1/configs/active", json=vio_config("line"))
    item_id = one.post("/api/v1/data_gathering?class_name=good").json()["item_id"]
    item = one.get(f"/api/v1/items/{item_id}").json()
    assert item["class_name"] == "good" and item["predictions"] == {}
    assert len(item["binaries"]) == 1


def test_model_serving_as_vio_speaks_it(station):
    one = station(ducks_station())
    assert "ducks" in one.get("/v1/models").json()
    metadata = one.get("/v1/models/ducks/metadata").json()
    assert "good" in metadata["class_names"]
    image = duck_with("stain").read_bytes()
    answer = one.post("/v1/models/ducks/versions/1:predict", data=image,
                      headers={"Content-Type": "application/octet-stream"})
    assert answer.json()["prediction_type"] == "class"
    assert answer.json()["label"] == "stain"
    assert one.post("/v1/models/ducks/versions/1:predict", data=b"").status_code == 400
    assert one.post("/v1/models/nobody/versions/1:predict", data=image).status_code == 404
