"""oree optimise explain: cause and repair for networks, runs and messages."""
import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nets import BAD, oree_optimise, small_net, small_samples, write_bad


def faults(report):
    return [finding["fault"] for finding in report["findings"]]


def explained(oree, what):
    report = oree_optimise(oree, "explain", what, "--json")
    for finding in report["findings"]:
        assert finding["cause"] or finding["evidence"], finding
    return report


def quantised(file, activation="u1", weight="i1", channels=True, largest=127):
    """x → Q → DQ → Conv(DQ(w)) → Q → DQ → y, as other tools write it."""
    random = np.random.default_rng(1)
    q = random.integers(-largest if weight == "i1" else 0, largest + 1, (8, 4, 3, 3)).astype(weight)
    scales = np.full(8 if channels else (), 0.01, "f4")
    zeros = np.zeros(8 if channels else (), weight)
    tensors = {"w": q, "ws": scales, "wz": zeros, "s": np.float32(0.05), "z": np.array(0, activation)}
    nodes = [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["a"], "qx"), helper.make_node("DequantizeLinear", ["a", "s", "z"], ["b"]),
             helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["v"], axis=0), helper.make_node("Conv", ["b", "v"], ["c"], "conv"),
             helper.make_node("QuantizeLinear", ["c", "s", "z"], ["d"], "qy"), helper.make_node("DequantizeLinear", ["d", "s", "z"], ["y"])]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 6, 6])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 4, 4])],
                              [numpy_helper.from_array(np.asarray(v), k) for k, v in tensors.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


def test_a_sound_network_has_no_findings(oree, tmp_path):
    report = explained(oree, small_net(tmp_path / "net.onnx"))
    assert report["findings"] == [] and any("loads and runs" in good for good in report["good"])


def test_weights_that_saturate_without_vnni_are_found_and_narrow_ones_are_not(oree, tmp_path):
    wide = explained(oree, quantised(tmp_path / "wide.onnx"))
    assert "saturation" in faults(wide) and "--target avx2" in wide["findings"][faults(wide).index("saturation")]["command"]
    narrow = explained(oree, quantised(tmp_path / "narrow.onnx", largest=63))
    assert "saturation" not in faults(narrow) and any("no pair" in good for good in narrow["good"])


@pytest.mark.parametrize("how, fault", [({"activation": "i1"}, "signed-activations"), ({"weight": "u1"}, "unsigned-weights"),
                                        ({"channels": False}, "per-tensor-weights")])
def test_recipes_that_do_harm_are_named(oree, tmp_path, how, fault):
    plain = faults(explained(oree, quantised(tmp_path / "plain.onnx", largest=63)))
    assert fault not in plain
    assert fault in faults(explained(oree, quantised(tmp_path / "bad.onnx", largest=63, **how)))


def test_old_opsets_and_packed_weights_are_said(oree, shared_data):
    assert "old-opset" in faults(explained(oree, shared_data / "mnist/mnist.onnx"))
    assert "packed-weights" in faults(explained(oree, shared_data / "mlperf-tiny/kws_ref_model_float32.tflite"))


@pytest.mark.parametrize("kind, fault", [("truncated", "file-broken"), ("cyclic", "circle"), ("leads out", "external-data"),
                                         ("nan", "nan-weights"), ("too large", "too-large")])
def test_bad_files_are_findings_with_a_repair(oree, tmp_path, kind, fault):
    file, _ = write_bad(kind, tmp_path)
    report = explained(oree, file)
    assert fault in faults(report)
    assert all(finding["repair"] for finding in report["findings"] if finding["fault"] == fault)


def test_every_refusal_of_a_bad_file_is_known(oree, tmp_path):
    """What run, assess, bench and search say of bad files is a message that explain recognises."""
    for kind in BAD:
        if kind in ("missing", "too large"):
            continue
        folder = tmp_path / kind.replace(" ", "_")
        folder.mkdir()
        file, _ = write_bad(kind, folder)
        report = explained(oree, file)
        assert report["findings"], kind


def test_a_run_whose_gates_fail_is_explained_gate_by_gate(oree, tmp_path):
    model, data = small_net(tmp_path / "net.onnx"), small_samples(tmp_path / "data")
    done = subprocess.run([str(oree), "optimise", "run", str(model), "--data", str(data), "--out", str(tmp_path / "out"), "--min-memory", "99.9",
                           "--min-speedup", "900", "--json", "--key", str(tmp_path / "key.pem")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 4
    (tmp_path / "run.json").write_text(done.stdout)
    report = explained(oree, tmp_path / "run.json")
    assert report["what"] == "a run" and {"gate-speed", "gate-memory"} <= set(faults(report))
    assert any(finding["where"].endswith("speed") and finding["command"] for finding in report["findings"])
    empty = explained(oree, tmp_path / "out")
    assert "no certificate" in empty["findings"][0]["evidence"]


def test_messages_of_other_tools_are_recognised(oree, tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("INFO quantising\nFail: Unrecognized attribute: axis for operator DequantizeLinear\nDidn't find op for builtin opcode 'RELU'\n")
    report = explained(oree, log)
    assert faults(report) == ["old-opset", "micro-operator"] and report["findings"][0]["evidence"].startswith("Fail:")
    assert oree_optimise(oree, "explain", "--message", "all is well", "--json")["findings"] == []


def test_all_faults_are_listed_and_nothing_at_a_path_is_said(oree, tmp_path):
    rows = oree_optimise(oree, "explain", "--json")
    assert len(rows) > 30 and all(row["cause"] and row["repair"] for row in rows)
    assert "nothing is there" in oree_optimise(oree, "explain", tmp_path / "none.onnx", "--json", code=3)
