"""An older copy of a station's data folder, put back by whoever has the disk: the TPM has counted on."""
import shutil
import subprocess

import pytest
from duck_packages import ducks_package
from parts import ducks_station
from swtpm import Boxes

INDEX = "0x01800010"


@pytest.fixture
def tpm(tmp_path_factory):
    boxes = Boxes(tmp_path_factory)
    yield boxes.start()
    boxes.stop()


def run(oree, *words) -> str:
    done = subprocess.run([str(oree), "model", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def floored(oree, hub, station, tpm, tmp_path):
    """A station whose TPM keeps the key and counts."""
    run(oree, "keygen", "sealing", tmp_path / "vault.key")
    run(oree, "tpm-seal", tmp_path / "vault.key", tmp_path / "models.key", "--pcr", "7", "--tcti", tpm)
    line = run(oree, "tpm-counter", INDEX, "--tcti", tpm)
    assert line.startswith(f'floor: {{nv: "{INDEX}", from: ')
    floor = {"nv": INDEX, "from": int(line.rsplit(" ", 1)[1].rstrip("}\n")), "tcti": tpm}
    return station(ducks_station(model_key=str(tmp_path / "models.key"), fleet={**hub.settings(), "floor": floor}))


def put(source, destination):
    """All that says what serves. Who puts the identity back as well is found out by the hub: a cloned station."""
    shutil.rmtree(destination / "packages", ignore_errors=True)
    shutil.copytree(source / "packages", destination / "packages")
    for name in ("state", "state.copy", "bad"):
        shutil.copy(source / name, destination / name)


def current(station):
    units = [u for u in station.get("/api/v1/station").json()["fleet"]["units"] if u["name"] == "ducks"]
    return units[0]["slots"]["current"]["version"] if units and units[0]["slots"]["current"] else None


def test_an_older_copy_of_the_data_folder_brings_no_older_model_back(hub, floored, tmp_path):
    old, new = (hub.add_package("ducks", version, ducks_package(version)) for version in (2, 3))
    hub.desire(old)
    hub.wait_for_state("healthy", old)
    floored.stop()
    put(floored.data / "deployment", tmp_path / "kept")
    floored.start()
    assert current(floored) == "2"  # its own newest state is believed
    hub.desire(new)
    hub.wait_for_state("healthy", new)
    floored.stop()
    put(tmp_path / "kept", floored.data / "deployment")
    hub.refuse = (503, {"error": "down", "code": "down"}, [("Retry-After", "1")])
    floored.start()
    assert current(floored) is None
    log = floored.log_file.read_text()
    assert "rollback: it is of generation" in log and f"NV index {INDEX} has counted to" in log
    hub.refuse = None  # and the hub gives it what it had
    hub.wait_for(lambda: (hub.model()["slots"]["current"] or {}).get("version") == "3", "the newest one")


def test_the_last_good_one_comes_back_above_the_floor(hub, floored):
    first, second = (hub.add_package("ducks", version, ducks_package(version)) for version in (2, 3))
    for one in (first, second):
        hub.desire(one)
        hub.wait_for_state("healthy", one)
    hub.desire(first, bad=[second])
    hub.wait_for(lambda: hub.model()["slots"]["current"]["version"] == "2", "the last good one")
    floored.restart()
    assert current(floored) == "2"
