"""A model that is signed and sealed, from the packer's desk through the hub to the stations that hold a key."""
import subprocess
import time

import pytest
from parts import DUCKS, duck_with, ducks_station
from swtpm import Boxes

PLAN = {"waves": [{"name": "all", "percent": 100, "soak": "0s"}], "max_exposed": 100}
MARKER = (DUCKS / "models/ducks/1/model.onnx").read_bytes()[1_000:1_256]


@pytest.fixture
def words(oree):
    def run(*arguments, status=0) -> str:
        done = subprocess.run([oree, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def tpm(tmp_path_factory):
    boxes = Boxes(tmp_path_factory)
    yield boxes.start
    boxes.stop()


@pytest.fixture
def works(hub, words, tmp_path):
    """A hub that trusts release.key alone, and vault.key, for which models are sealed."""
    words("model", "keygen", "signing", tmp_path / "release.key")
    words("model", "keygen", "sealing", tmp_path / "vault.key")
    return hub(packages={"signers": [str(tmp_path / "release.key.pub")]})


def ducks_line(works, folder, name, key) -> dict:
    return {**ducks_station(model_key=str(key)), "station": name,
            "fleet": {"hub": works.base_url, "token": works.token(), "model_keys": str(folder / "release.key.pub")}}


def sealed_package(words, folder, version):
    """Packed, sealed for the vault, then signed: whoever signs vouches for the bytes that travel."""
    packed, sealed = folder / f"packed/ducks/{version}", folder / f"sealed/ducks/{version}"
    words("model", "pack", DUCKS / "models/ducks/1", "--out", packed)
    (packed / "golden").mkdir()
    (packed / "golden/one.jpg").write_bytes(duck_with("good").read_bytes())
    (packed / "golden/one.json").write_text('{"label": "good"}')
    words("model", "pack", packed)
    words("model", "encrypt", packed, "--key", folder / "vault.key", "--out", sealed)
    words("model", "sign", sealed, "--key", folder / "release.key")
    return sealed


def until(condition, what, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.05)  # asks, as a page does
    return found


def model_of(works, station) -> dict | None:
    models = works.get(f"/api/v1/devices/{station}").json()["models"]
    return models[0] if models and models[0]["state"] in ("healthy", "failed", "rolled_back") else None


def decision(station) -> str:
    return station.post("/api/v1/trigger", data=duck_with("good").read_bytes(),
                        headers={"Content-Type": "image/jpeg"}).json()["decision"]


def holds_the_network(folder) -> list:
    return [file for file in folder.rglob("*") if file.is_file() and MARKER in file.read_bytes()]


def test_a_signed_and_sealed_model_reaches_a_box_whose_tpm_holds_the_key(works, station, words, tpm, tmp_path):
    sealed = sealed_package(words, tmp_path, 2)
    assert "signed by" in words("fleet", "publish", sealed, "--hub", works.base_url)
    key = tmp_path / "box.key"
    words("model", "tpm-seal", tmp_path / "vault.key", key, "--tcti", tpm())
    (tmp_path / "vault.key").unlink()
    one = station(ducks_line(works, tmp_path, "line-1", key), name="line-1")
    works.roll_out("2", waves=PLAN["waves"])
    said = until(lambda: model_of(works, "line-1"), "an end")
    assert said["state"] == "healthy" and said["current"]["version"] == "2", said
    assert decision(one) == "OK"
    one.restart()
    assert decision(one) == "OK"
    assert one.get("/api/v1/station").json()["fleet"]["units"][0]["slots"]["current"]["version"] == "2"
    assert holds_the_network(works.folder) == [] and holds_the_network(one.data) == []


def test_a_box_without_the_key_refuses_it_and_goes_on_with_the_old_one(works, station, words, tmp_path):
    sealed = sealed_package(words, tmp_path, 2)
    words("fleet", "publish", sealed, "--hub", works.base_url)
    words("model", "keygen", "sealing", tmp_path / "other.key")
    one = station(ducks_line(works, tmp_path, "line-1", tmp_path / "other.key"), name="line-1")
    works.roll_out("2", waves=PLAN["waves"])
    until(lambda: works.rollout("r-1")["state"] == "aborted", "the end of the roll-out")
    assert "sealed for" in one.log_tail() and decision(one) == "OK"
    assert one.get("/api/v1/station").json()["fleet"]["units"][0]["slots"]["current"] is None


def test_what_was_changed_after_it_was_signed_is_not_published(works, words, tmp_path):
    sealed = sealed_package(words, tmp_path, 2)
    network = sealed / "model.onnx.sealed"
    content = bytearray(network.read_bytes())
    content[-100] ^= 1
    network.write_bytes(content)
    assert "signature" in words("fleet", "publish", sealed, "--hub", works.base_url, status=5)
