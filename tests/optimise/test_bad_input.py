"""oree optimise run on what it must refuse: a named error, an exit code that says so, and nothing written."""
import os
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nets import BAD, oree_optimise, small_net, small_samples, write_bad

EASY = ("--min-speedup", 0, "--min-memory", -1000, "--max-variation", 1000, "--min-accuracy", 80)


@pytest.fixture
def key(tmp_path):
    return ("--key", tmp_path / "key.pem")


def refused(oree, model, data, tmp_path, key, *more):
    """What it said, after it refused without leaving a file."""
    out = tmp_path / "out"
    done = subprocess.run([str(w) for w in (oree, "optimise", "run", model, "--data", data, "--out", out, *key, *EASY, *more)],
                          capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL)
    assert 0 < done.returncode < 70, f"exit {done.returncode}: {done.stderr}"
    assert not out.exists() or os.listdir(out) == []
    return done.stderr


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_network_is_refused_by_name_and_nothing_is_written(oree, tmp_path, key, kind):
    file, word = write_bad(kind, tmp_path)
    said = refused(oree, file, small_samples(tmp_path / "data"), tmp_path, key)
    if kind != "too large":  # no sample fits such an input, and that is said first
        assert word in said and "bad.onnx" in said
    else:
        assert "[1,4,65536,65536]" in said


def stored(tmp_path, nodes, name="odd.onnx", domains=(("", 17),), inputs=None):
    graph = helper.make_graph(nodes, "g", inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 6, 6])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid(d, v) for d, v in domains], ir_version=8), tmp_path / name)
    return tmp_path / name


def test_a_file_that_the_runtime_does_not_load_is_refused_with_its_reason(oree, tmp_path, key):
    odd = stored(tmp_path, [helper.make_node("Teleport", ["x"], ["y"], "beam", domain="com.example")], domains=(("", 17), ("com.example", 1)))
    said = refused(oree, odd, small_samples(tmp_path / "data"), tmp_path, key)
    assert "odd.onnx" in said and ("Teleport" in said or "com.example" in said)


def test_a_node_that_reads_what_nobody_makes_is_refused(oree, tmp_path, key):
    odd = stored(tmp_path, [helper.make_node("Add", ["x", "ghost"], ["y"])])
    said = refused(oree, odd, small_samples(tmp_path / "data"), tmp_path, key)
    assert "odd.onnx" in said and "ghost" in said


def test_external_data_behind_a_link_that_leads_out_of_the_folder_is_refused(oree, tmp_path, key):
    folder = tmp_path / "model"
    folder.mkdir()
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(8 * 4 * 9 * 4))
    (folder / "weights.bin").symlink_to(secret)
    net = small_net(folder / "net.onnx", external="weights.bin")
    said = refused(oree, net, small_samples(tmp_path / "data"), tmp_path, key)
    assert "weights.bin" in said


def test_external_data_that_are_cut_off_are_refused(oree, tmp_path, key):
    (tmp_path / "weights.bin").write_bytes(bytes(100))
    net = small_net(tmp_path / "net.onnx", external="weights.bin")
    said = refused(oree, net, small_samples(tmp_path / "data"), tmp_path, key)
    assert "weights.bin" in said


@pytest.mark.parametrize("shape", [(120, 3, 6, 6), (120, 4, 5, 6), (120,)])
def test_samples_of_another_shape_are_refused_with_both_shapes(oree, tmp_path, key, shape):
    net = small_net(tmp_path / "net.onnx")
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data/inputs.npy", np.zeros(shape, "<f4"))
    said = refused(oree, net, tmp_path / "data", tmp_path, key)
    assert "inputs.npy" in said and "[1,4,6,6]" in said


def test_too_few_samples_are_refused_with_their_number(oree, tmp_path, key):
    said = refused(oree, small_net(tmp_path / "net.onnx"), small_samples(tmp_path / "data", count=5), tmp_path, key)
    assert "5 samples" in said and "too few" in said


def test_labels_for_other_samples_are_refused(oree, tmp_path, key):
    data = small_samples(tmp_path / "data")
    np.save(data / "labels.npy", np.zeros(119, "u1"))
    said = refused(oree, small_net(tmp_path / "net.onnx"), data, tmp_path, key)
    assert "labels.npy" in said and "120" in said


def test_samples_that_are_no_numbers_are_refused(oree, tmp_path, key):
    data = small_samples(tmp_path / "data")
    rows = np.load(data / "inputs.npy")
    rows[:, 1, 2, 3] = np.nan
    np.save(data / "inputs.npy", rows)
    said = refused(oree, small_net(tmp_path / "net.onnx"), data, tmp_path, key)
    assert "inputs.npy" in said and "not a number" in said


def test_pictures_for_a_network_that_takes_none_are_refused_with_the_reason(oree, tmp_path, key):
    from PIL import Image

    (tmp_path / "data").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "data/a.png")
    said = refused(oree, small_net(tmp_path / "net.onnx"), tmp_path / "data", tmp_path, key)
    assert "model.yaml" in said


def test_one_channel_a_hundred_times_as_large_costs_no_agreement(oree, tmp_path, key):
    net = small_net(tmp_path / "net.onnx", spread=100.0)
    made = oree_optimise(oree, "run", net, "--data", small_samples(tmp_path / "data", 200), "--out", tmp_path / "out", "--json",
                         "--target", "avx2", "--target", "vnni", *key, *EASY)
    for certificate in made:
        assert certificate["written"] and certificate["score"]["agreement"] >= 0.95, certificate["target"]


def test_a_run_that_is_refused_leaves_what_an_earlier_one_made(oree, tmp_path, key):
    net = small_net(tmp_path / "net.onnx")
    data = small_samples(tmp_path / "data")
    words = ("run", net, "--data", data, "--out", tmp_path / "out", "--json", "--target", "avx2", *key)
    oree_optimise(oree, *words, *EASY)
    before = {f.name: f.read_bytes() for f in (tmp_path / "out").iterdir()}
    assert len(before) == 3
    oree_optimise(oree, *words, "--min-memory", 99.9, code=4)
    assert {f.name: f.read_bytes() for f in (tmp_path / "out").iterdir()} == before
