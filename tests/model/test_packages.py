"""oree model pack, sign, verify, encrypt, decrypt, history; and a station that serves what was sealed."""
import json
import shutil
import subprocess

import pytest
from packages import ducks_package
from parts import DUCKS, duck_with, ducks_station


def files_of(package):
    return {file["path"]: file for file in json.loads((package / "package.json").read_text())["files"]}


def plain_network():
    return (DUCKS / "models/ducks/1/model.onnx").read_bytes()


@pytest.fixture
def package(words, tmp_path):
    return ducks_package(words, tmp_path / "packed", 3)


@pytest.fixture
def sealing_key(words, tmp_path):
    words.good("keygen", "sealing", tmp_path / "line.key")
    return tmp_path / "line.key"


@pytest.fixture
def sealed(words, package, sealing_key, tmp_path):
    out = tmp_path / "sealed/ducks/3"
    words.good("encrypt", package, "--key", sealing_key, "--out", out)
    return out


def test_a_package_lists_its_files_and_says_where_it_comes_from(package):
    files = files_of(package)
    assert files["model.onnx"]["role"] == "weights"
    assert files["model.yaml"]["role"] == "config"
    provenance = json.loads((package / "provenance.json").read_text())
    assert provenance["predicateType"] == "https://slsa.dev/provenance/v1"
    assert provenance["subject"] == [{"name": "model.onnx", "digest": {"sha256": files["model.onnx"]["sha256"]}}]


def test_what_was_packed_is_signed_or_refused_as_a_whole(words, package, release_key):
    private, public = release_key
    (package / "labels-of-somebody.txt").write_text("duck")
    assert "was not packed" in words.refused(10, "sign", package, "--key", private)
    (package / "labels-of-somebody.txt").unlink()
    words.good("sign", package, "--key", private)
    verdict = words.json("verify", package, "--trust", public)
    assert verdict["verified"] and verdict["signer"].startswith("key ")
    (package / "model.yaml").write_text("task: detection\n")
    assert "'model.yaml' was changed" in words.refused(10, "verify", package, "--trust", public)


def test_packing_again_drops_the_signature_of_what_it_was(words, package, release_key):
    words.good("sign", package, "--key", release_key[0])
    words.good("pack", package)
    assert not (package / "signature.json").exists()


def test_history_tells_what_happened_and_checks_what_can_be(words, package, release_key):
    words.good("sign", package, "--key", release_key[0])
    told = words.json("history", package, "--trust", release_key[1])
    assert [event["what"] for event in told["events"]] == ["packed", "signed"]
    checked = {fact["what"]: fact["checked"] for fact in told["checked"]}
    assert checked == {"made": "of the network in this package", "packed": "every file is as it was packed",
                       "signed": "the signature fits every file"}
    with (package / "model.onnx").open("ab") as network:
        network.write(b"x")
    checked = {fact["what"]: fact["checked"] for fact in words.json("history", package)["checked"]}
    assert "'model.onnx' was changed" in checked["packed"]
    assert checked["made"] == "the package is of another network"


def test_a_certificate_of_another_network_is_refused(words, tmp_path):
    certificate = tmp_path / "c.json"
    certificate.write_text('{"certificate": {}, "key": "", "signature": ""}')
    words.refused(2, "pack", DUCKS / "models/ducks/1", "--certificate", certificate, "--out", tmp_path / "ducks/2")


def tree(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_refused_pack_leaves_nothing_and_an_old_package_as_it_was(words, package, tmp_path):
    text, nothing, out = tmp_path / "text", tmp_path / "nothing", tmp_path / "new/ducks/9"
    text.write_text("no network")
    for code, wrong in ((2, ("--certificate", text)), (3, ("--golden", nothing)), (3, ("--golden", text)),
                        (3, ("--source", nothing)), (3, ("--network", nothing)), (10, ("--network", text))):
        before = tree(package)
        for where in (("--out", out), ()):
            done = words.run("pack", package, *wrong, *where)
            assert done.returncode == code and str(wrong[1]) in done.stderr, done.stderr
        assert tree(package) == before, wrong
        assert not out.exists() and not list(tmp_path.glob("new/ducks/*"))
    words.good("pack", package, "--out", out)
    full = tree(out)
    assert "name a new folder" in words.refused(4, "pack", package, "--out", out)
    assert tree(out) == full and [one.name for one in out.parent.iterdir()] == ["9"]


def test_paths_that_are_none_end_in_a_sentence(words, package, sealing_key, release_key, tmp_path):
    """Each of these ended in an exception, or went on until the disk was full."""
    source, out, too_long = DUCKS / "models/ducks/1", tmp_path / "made/ducks/9", "n" * 300
    assert words.run("pack", package, "--out", "").returncode == 2  # "$OUT" of a script that has none
    for line in (("pack", ""), ("encrypt", "", "--out", out, "--key", sealing_key),
                 ("decrypt", "", "--out", out, "--key", sealing_key), ("pull", "127.0.0.1:1/x:1", ""),
                 ("pack", source, "--source", "/dev/zero", "--out", out), ("pack", source, "--network", "/dev/zero", "--out", out),
                 ("pack", source, "--golden", tmp_path, "--out", out), ("pack", package, "--golden", package),
                 ("pack", package, "--out", package / "again/ducks/9"), ("sign", too_long, "--key", release_key[0]),
                 ("verify", too_long, "--trust", release_key[1])):
        done = words.run(*line)
        assert 1 < done.returncode < 70 and done.stderr.startswith("error: "), (line, done)
    assert not out.exists() and not list(tmp_path.glob("**/*.new"))
    for line in (("predict", "", "x.jpg"), ("detect", "/proc/self/mem"), ("detect", "/dev/zero")):
        done = subprocess.run([words.oree, *line], capture_output=True, text=True, timeout=60)
        assert 1 < done.returncode < 70 and done.stderr.startswith("error: "), (line, done)


def test_a_network_is_packed_with_the_weights_that_it_keeps_beside_it(words, tmp_path):
    onnx = pytest.importorskip("onnx")
    network, out = tmp_path / "net.onnx", tmp_path / "ducks/2"
    model = onnx.load(DUCKS / "models/ducks/1/model.onnx")
    onnx.save(model, network, save_as_external_data=True, location="net.weights", size_threshold=0)
    words.good("pack", DUCKS / "models/ducks/1", "--network", network, "--out", out)
    assert files_of(out)["net.weights"]["role"] == "weights"
    again = onnx.load(out / "model.onnx")
    assert [one.raw_data for one in again.graph.initializer] == [one.raw_data for one in onnx.load(network).graph.initializer]
    (tmp_path / "net.weights").unlink()
    assert "net.weights" in words.refused(3, "pack", DUCKS / "models/ducks/1", "--network", network, "--out",
                                          tmp_path / "ducks/3")
    assert not (tmp_path / "ducks/3").exists()


def test_each_file_of_those_to_trust_must_hold_somebody(words, package, release_key, tmp_path):
    words.good("sign", package, "--key", release_key[0])
    nobody = tmp_path / "nobody.pem"
    nobody.write_text("nobody")
    said = words.refused(2, "verify", package, "--trust", release_key[1], "--trust", nobody)
    assert str(nobody) in said
    said = words.refused(2, "verify", package, "--trust", release_key[1], "--signature", nobody)
    assert str(nobody) in said


def test_a_sealed_package_hides_its_network_and_comes_back(words, package, sealed, sealing_key, tmp_path):
    assert "model.onnx.sealed" in files_of(sealed) and "model.onnx" not in files_of(sealed)
    assert plain_network()[1_000:1_064] not in (sealed / "model.onnx.sealed").read_bytes()
    back = tmp_path / "back/ducks/3"
    words.good("decrypt", sealed, "--key", sealing_key, "--out", back)
    assert (back / "model.onnx").read_bytes() == plain_network()
    history = {fact["what"]: fact["checked"] for fact in words.json("history", sealed)["checked"]}
    assert history["made"] == "of the network that is sealed in this package"


def test_a_plain_key_is_said_to_be_weak_and_kept_from_others(words, package, sealing_key, tmp_path):
    done = words.good("encrypt", package, "--key", sealing_key, "--out", tmp_path / "loud/ducks/3")
    assert "whoever copies this disk can read them" in done.stderr
    sealing_key.chmod(0o644)
    assert "chmod 600" in words.refused(5, "encrypt", package, "--key", sealing_key, "--out", tmp_path / "no/ducks/3")


def test_another_lines_key_is_denied_until_it_is_let_in(words, sealed, sealing_key, tmp_path):
    other = tmp_path / "other.key"
    words.good("keygen", "sealing", other)
    words.refused(5, "decrypt", sealed, "--key", other, "--out", tmp_path / "a/ducks/3")
    words.good("rewrap", sealed / "model.onnx.sealed", "--key", sealing_key, "--for", other)
    words.good("decrypt", sealed, "--key", other, "--out", tmp_path / "a/ducks/3")  # nothing stayed of the first try
    assert (tmp_path / "a/ducks/3/model.onnx").read_bytes() == plain_network()


@pytest.mark.parametrize("damage, says", [("cut", "cut short"), ("bit", "was changed"), ("swap", "were moved")])
def test_damage_to_a_sealed_network_is_named_and_nothing_comes_out(words, package, sealing_key, tmp_path, damage, says):
    sealed = tmp_path / "sealed/ducks/3"
    words.good("encrypt", package, "--key", sealing_key, "--out", sealed, "--segment", 64)
    file = sealed / "model.onnx.sealed"
    content = bytearray(file.read_bytes())
    header = 12 + int.from_bytes(content[8:12], "big")
    step = 64 * 1024 + 16
    if damage == "cut":
        content = content[:-1]
    elif damage == "bit":
        content[header + step + 5] ^= 1
    else:
        first = bytes(content[header:header + step])
        content[header:header + step] = content[header + step:header + 2 * step]
        content[header + step:header + 2 * step] = first
    file.write_bytes(content)
    out = tmp_path / "out/ducks/3"
    assert says in words.refused(10, "decrypt", sealed, "--key", sealing_key, "--out", out)
    assert not out.exists() and not list(out.parent.iterdir())


def judged(line, picture):
    answer = line.post("/api/v1/trigger", data=picture, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_station_serves_a_sealed_model_and_writes_none_of_it(station, words, sealed, sealing_key, tmp_path):
    duck = duck_with("good").read_bytes()
    plain = station(ducks_station(), name="plain")
    expected = judged(plain, duck)
    line = station(ducks_station(models=str(sealed.parent.parent), model_key=str(sealing_key)), name="sealed")
    assert judged(line, duck)["decision"] == expected["decision"] == "OK"
    assert "whoever copies this disk can read them" in line.log_tail()
    marker = plain_network()[1_000:1_256]
    for file in (folder for folder in line.folder.rglob("*") if folder.is_file()):
        assert marker not in file.read_bytes(), file
    assert not any(path.name == "model.onnx" for path in sealed.parent.parent.rglob("*"))


def test_a_station_without_the_key_says_which_line_to_write(station, sealed):
    line = station(ducks_station(models=str(sealed.parent.parent)))
    judged(line, duck_with("good").read_bytes())
    index = line.post("/v2/repository/index").json()
    assert [model["state"] for model in index] == ["UNAVAILABLE"]
    assert "model_key" in index[0]["reason"]


def test_predict_opens_a_sealed_model_with_a_key(oree, sealed, sealing_key):
    command = [str(oree), "predict", str(sealed), str(duck_with("good")), "--json"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 5
    done = subprocess.run([*command, "--key", str(sealing_key)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(sealed)
