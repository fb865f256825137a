"""oree optimise from outside: an old network, gates that refuse, certificates that were changed, files that are none."""
import gzip
import json
import struct
import subprocess

import pytest

numpy = pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def digits(shared_data, tmp_path_factory):
    """MNIST's network (opset 8) and 700 of its pictures as arrays."""
    source = shared_data / "mnist"
    if not (source / "mnist.onnx").exists():
        pytest.skip("the MNIST files are not in the shared data")
    folder = tmp_path_factory.mktemp("digits")
    pictures = gzip.decompress((source / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((source / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    numpy.save(folder / "inputs.npy", numpy.frombuffer(pictures, "u1").reshape(-1, 1, 28, 28)[:700].astype("<f4"))
    numpy.save(folder / "labels.npy", numpy.frombuffer(labels, "u1")[:700])
    return source / "mnist.onnx", folder


def run(oree, *words, tmp_path):
    key = tmp_path / "key.pem"
    return subprocess.run([oree, "optimise", *map(str, words), "--key", str(key)], capture_output=True, text=True)


EASY = ("--min-speedup", 0, "--min-memory", -1000, "--max-variation", 1000)


def test_a_network_of_opset_8_keeps_its_accuracy_on_both_kinds_of_x86(oree, digits, tmp_path):
    model, data = digits
    done = run(oree, "run", model, "--data", data, "--out", tmp_path / "out", "--target", "avx2", "--target", "vnni",
               "--json", *EASY, tmp_path=tmp_path)
    assert done.returncode == 0, done.stderr
    for certificate in json.loads(done.stdout):
        assert certificate["holds"] and certificate["score"]["kept"] >= 0.99
        assert certificate["fusion"]["agreed"] == certificate["fusion"]["predicted"] >= 1
        verified = run(oree, "verify", certificate["certificate_file"], tmp_path=tmp_path)
        assert verified.returncode == 0
    page = (tmp_path / "out" / "mnist.avx2.certificate.html").read_text()
    assert "All measured gates hold" in page and "https://" not in page


def test_what_fails_a_gate_is_not_written(oree, digits, tmp_path):
    model, data = digits
    done = run(oree, "run", model, "--data", data, "--out", tmp_path / "out", "--min-memory", 99.9, "--json",
               tmp_path=tmp_path)
    assert done.returncode == 4
    assert not json.loads(done.stdout)[0]["written"]
    assert list((tmp_path / "out").iterdir()) == []


def test_whoever_is_refused_for_cost_alone_is_told_what_would_be_enough(oree, digits, tmp_path):
    model, data = digits
    words = ("run", model, "--data", data, "--out", tmp_path / "out", "--min-speedup", 0, "--max-variation", 1000)
    refused = run(oree, *words, "--min-memory", 99.9, tmp_path=tmp_path)
    assert refused.returncode == 4 and "nothing was written" in refused.stdout
    advice = refused.stdout.split("Its answers hold.")[1].split("add: ")[1].split()
    assert advice[0] == "--min-memory" and float(advice[1]) < 99.9
    # Resident memory is measured anew, and a page or two differ.
    assert run(oree, *words, "--min-memory", float(advice[1]) - 20, tmp_path=tmp_path).returncode == 0
    wrong = run(oree, *words, "--min-memory", 99.9, "--min-accuracy", 100, tmp_path=tmp_path)
    assert wrong.returncode == 4 and "Its answers hold." not in wrong.stdout


def test_a_changed_certificate_is_refused(oree, digits, tmp_path):
    model, data = digits
    assert run(oree, "run", model, "--data", data, "--out", tmp_path / "out", "--target", "avx2", *EASY,
               tmp_path=tmp_path).returncode == 0
    file = tmp_path / "out" / "mnist.avx2.certificate.json"
    file.write_text(file.read_text().replace('"holds": true', '"holds": false', 1))
    assert run(oree, "verify", file, tmp_path=tmp_path).returncode == 5


@pytest.mark.parametrize("broken", ["truncated", "noise", "empty"])
def test_models_that_are_none_are_named(oree, digits, tmp_path, broken):
    model, data = digits
    content = {"truncated": model.read_bytes()[:9000], "noise": struct.pack("<64Q", *range(64)), "empty": b""}[broken]
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(content)
    done = run(oree, "run", bad, "--data", data, "--out", tmp_path / "out", tmp_path=tmp_path)
    assert done.returncode not in (0, 70)
    assert "bad.onnx" in done.stderr


def test_a_tflite_without_a_signature_is_optimised_and_its_integers_are_said(oree, shared_data, tmp_path):
    from nets import keywords
    data = keywords(shared_data, tmp_path / "data", 300)
    done = run(oree, "run", shared_data / "mlperf-tiny/kws_ref_model_float32.tflite", "--data", data, "--out", tmp_path / "out",
               "--target", "avx2", "--json", *EASY, tmp_path=tmp_path)
    assert done.returncode == 0, done.stderr
    certificate, = json.loads(done.stdout)
    assert certificate["source"]["file"] == "kws_ref_model_float32.tflite" and certificate["score"]["kept"] > 0.97
    assert any("small integers" in note for note in certificate["notes"])
    assert (tmp_path / "out/kws_ref_model_float32.avx2.onnx").exists()


def test_a_tflite_in_8_bits_has_nothing_left_to_optimise(oree, shared_data, tmp_path):
    done = run(oree, "run", shared_data / "mlperf-tiny/kws_ref_model_int8.tflite", "--data", tmp_path, "--out", tmp_path / "out", tmp_path=tmp_path)
    assert done.returncode == 11 and "start from the float network" in done.stderr
