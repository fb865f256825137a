"""A sealing key that a TPM keeps, in software here: on its own box, in the states that somebody approved."""
import shutil
import subprocess

import pytest
from packages import ducks_package
from parts import duck_with, ducks_station
from swtpm import Boxes


@pytest.fixture
def tpm(tmp_path_factory):
    """tpm() starts one more box's TPM, and gives the way to it."""
    boxes = Boxes(tmp_path_factory)
    yield boxes.start
    boxes.stop()


@pytest.fixture
def sealed(words, tmp_path):
    words.good("keygen", "sealing", tmp_path / "vault.key")
    package = ducks_package(words, tmp_path / "packed")
    words.good("encrypt", package, "--key", tmp_path / "vault.key", "--out", tmp_path / "models/ducks/1")
    return tmp_path / "models/ducks/1"


def test_a_station_opens_its_models_with_the_key_that_its_tpm_keeps(words, station, tpm, sealed, tmp_path):
    key = tmp_path / "station.key"
    words.good("tpm-seal", tmp_path / "vault.key", key, "--tcti", tpm())
    (tmp_path / "vault.key").unlink()
    line = station(ducks_station(models=str(tmp_path / "models"), model_key=str(key)))
    picture = {"data": duck_with("good").read_bytes(), "headers": {"Content-Type": "image/jpeg"}}
    answer = line.post("/api/v1/trigger", **picture).json()
    assert answer["decision"] == "OK", answer
    assert "whoever copies this disk" not in line.log_tail()


def test_another_box_cannot(words, tpm, sealed, tmp_path):
    key = tmp_path / "station.key"
    here, elsewhere = tpm(), tpm()
    words.good("tpm-seal", tmp_path / "vault.key", key, "--tcti", here)
    stolen = tmp_path / "stolen.key"
    stolen.write_text(key.read_text().replace(here, elsewhere))
    assert "another box" in words.refused(5, "decrypt", sealed, "--key", stolen, "--out", tmp_path / "a/ducks/1")
    words.good("decrypt", sealed, "--key", key, "--out", tmp_path / "b/ducks/1")


def test_an_approved_update_keeps_the_models_open(words, tpm, sealed, release_key, tmp_path):
    if not shutil.which("tpm2_pcrextend"):
        pytest.skip("no tpm2-tools on this machine")
    private, public = release_key
    key, tcti = tmp_path / "station.key", tpm()

    def approve():
        policy = words.good("tpm-policy", "--pcr", "16", "--tcti", tcti).stdout.strip()
        words.good("tpm-approve", key, "--key", private, "--policy", policy)

    def decrypt(name):
        return "decrypt", sealed, "--key", key, "--out", tmp_path / name / "ducks/1"

    words.good("tpm-seal", tmp_path / "vault.key", key, "--pcr", "16", "--authority", public, "--tcti", tcti)
    assert "nobody has approved" in words.refused(5, *decrypt("before"))
    approve()
    words.good(*decrypt("approved"))
    subprocess.run(["tpm2_pcrextend", "-T", tcti, "16:sha256=" + "ab" * 32], check=True, timeout=30)
    assert "nobody has approved" in words.refused(5, *decrypt("updated"))
    approve()
    words.good(*decrypt("approved-again"))
