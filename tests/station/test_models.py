"""Models that are missing, broken or not what their model.yaml says: the station starts, and every part says why."""
import shutil

import pytest

from parts import DUCKS, duck_with, ducks_station


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(DUCKS / "models", folder)
    return folder


def judged(one) -> dict:
    answer = one.post("/api/v1/trigger", data=duck_with("good").read_bytes())
    assert answer.status_code == 200
    return one.get(f"/api/v1/items/{answer.json()['item_id']}").json()


def breaks(models, how):
    file, manifest = models / "ducks/1/model.onnx", models / "ducks/1/model.yaml"
    if how == "missing":
        shutil.rmtree(models / "ducks")
    elif how == "garbage":
        file.write_bytes(b"this is no network" * 1000)
    elif how == "truncated":
        file.write_bytes(file.read_bytes()[:50_000])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "wrong size":
        manifest.write_text(manifest.read_text().replace("size: [192, 144]", "size: [32, 32]"))
    elif how == "wrong labels":
        manifest.write_text("task: classification\nlabels: [a, b]\n")


@pytest.mark.parametrize("how", ["missing", "garbage", "truncated", "empty", "wrong size", "wrong labels"])
def test_a_model_that_cannot_work_is_said_in_every_item(station, models, how):
    breaks(models, how)
    one = station(ducks_station(models=str(models)))
    item = judged(one)
    assert item["decision"] == "NO_DECISION"
    assert item["steps"][0]["reason_code"] == "model_failed"
    assert "ducks" in item["steps"][0]["reason"]
    checks = {check["check"]: check["state"] for check in one.get("/api/v1/station").json()["health"]}
    assert checks["model ducks"] == "failed"
    assert one.get("/api/v1/items").json()[0]["id"] == item["id"]


def test_the_newest_version_is_used_unless_one_is_pinned(station, models):
    shutil.copytree(models / "ducks/1", models / "ducks/12")
    one = station(ducks_station(models=str(models)))
    assert judged(one)["steps"][0]["model_version"] == "12"
    steps = {"duck": {**ducks_station()["steps"]["duck"], "version": 1}}
    two = station(ducks_station(models=str(models), steps=steps))
    assert judged(two)["steps"][0]["model_version"] == "1"
