"""What oree export writes, read by the receivers' own packages."""
import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper



def run(oree, *words):
    done = subprocess.run([str(oree), "export", *map(str, words), "--json"], capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr


@pytest.fixture
def net(tmp_path):
    """x[1,128]·W + b, and W itself as a row for each output."""
    weight = np.random.default_rng(4).normal(0, 0.05, (128, 96)).astype(np.float32)
    bias = np.linspace(-1, 1, 96, dtype=np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "fc.weight"], ["h"]), helper.make_node("Add", ["h", "fc.bias"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 128])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 96])],
        [numpy_helper.from_array(weight, "fc.weight"), numpy_helper.from_array(bias, "fc.bias")])
    file = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file, weight.T, bias


def sqnr(truth, got):
    return 10 * np.log10((truth**2).sum() / ((truth - got) ** 2).sum())


def test_mlx_reads_its_own_layout_and_loses_no_more_than_mlx_would(oree, net, tmp_path):
    mx = pytest.importorskip("mlx.core")
    file, weight, bias = net
    code, said = run(oree, file, tmp_path / "net.safetensors", "--as", "mlx")
    assert code == 0, said
    got = mx.load(str(tmp_path / "net.safetensors"))
    ours = np.array(mx.dequantize(got["fc.weight"], got["fc.scales"], got["fc.biases"], 64, 4))
    theirs = np.array(mx.dequantize(*mx.quantize(mx.array(weight), 64, 4), 64, 4))
    assert np.array_equal(np.array(got["fc.bias"]), bias)
    assert sqnr(weight, ours) >= sqnr(weight, theirs)
    x = mx.array(np.ones((1, 128), np.float32))
    answer = mx.quantized_matmul(x, got["fc.weight"], got["fc.scales"], got["fc.biases"], True, 64, 4)
    assert np.allclose(np.array(answer), ours.sum(axis=1), atol=1e-3)


@pytest.mark.parametrize("kind", ["gguf-q8", "gguf-q4"])
def test_gguf_is_read_by_ggufs_own_package(oree, net, tmp_path, kind):
    gguf = pytest.importorskip("gguf")
    file, weight, bias = net
    code, said = run(oree, file, tmp_path / "net.gguf", "--as", kind)
    assert code == 0, said
    got = {tensor.name: tensor for tensor in gguf.GGUFReader(str(tmp_path / "net.gguf")).tensors}
    one = got["fc.weight"]
    assert one.tensor_type == (gguf.GGMLQuantizationType.Q8_0 if kind == "gguf-q8" else gguf.GGMLQuantizationType.Q4_0)
    ours = gguf.quants.dequantize(one.data, one.tensor_type).reshape(weight.shape)
    theirs = gguf.quants.dequantize(gguf.quants.quantize(weight, one.tensor_type), one.tensor_type)
    assert sqnr(weight, ours) >= sqnr(weight, theirs) - 0.01
    assert said["sqnr_db"] >= 19 and np.array_equal(got["fc.bias"].data, bias)


def test_c_for_a_microcontroller_compiles_and_holds_the_model(oree, shared_data, tmp_path):
    model = shared_data / "mlperf-tiny" / "kws_ref_model_int8.tflite"
    code, said = run(oree, model, tmp_path / "kws", "--as", "c")
    assert code == 0, said
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"} <= set(said["operators"])
    main = tmp_path / "kws" / "main.cc"
    calls = "".join(f"void {line.strip()[len('resolver.'):-3]}() {{ ++count; }}\n"
                    for line in (tmp_path / "kws" / "kws.h").read_text().splitlines() if line.startswith("  resolver."))
    main.write_text('#include "kws.h"\n#include <cstdio>\nstruct Resolver { int count = 0;\n' + calls + "};\n"
                    "int main() { Resolver r; add_kws_operators(r); fwrite(kws, 1, kws_size, stdout);\n"
                    "return r.count == kws_operators && kws_arena_bytes > 1000 ? 0 : 1; }\n")
    subprocess.run(["c++", "-std=c++17", "-o", "main", "main.cc", "kws.cc"], cwd=tmp_path / "kws", check=True)
    assert subprocess.run([tmp_path / "kws" / "main"], capture_output=True, check=True).stdout == model.read_bytes()


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(oree, net, tmp_path):
    code, said = run(oree, net[0], tmp_path / "net", "--as", "c")
    assert code == 10 and "TFL3" in said and not (tmp_path / "net").exists()
    code, said = run(oree, tmp_path / "absent.onnx", tmp_path / "x", "--as", "mlx")
    assert code == 3 and "absent.onnx" in said


def test_an_ort_file_is_made_by_the_runtime_and_answers_the_same(oree, shared_data, net, tmp_path):
    code, said = run(oree, net[0], tmp_path / "net.ort", "--as", "ort")
    assert code == 0, said
    assert (tmp_path / "net.ort").read_bytes()[4:8] == b"ORTM" and said["largest_difference"] < 1e-5
    code, said = run(oree, shared_data / "mlperf-tiny/kws_ref_model_int8.tflite", tmp_path / "kws.ort", "--as", "ort")
    assert code == 0 and said["bytes"] == (tmp_path / "kws.ort").stat().st_size
    bench = subprocess.run([str(oree), "optimise", "bench", str(tmp_path / "kws.ort"), "--seconds", "0.05", "--warm-up", "0", "--json"],
                           capture_output=True, text=True, timeout=60)
    assert json.loads(bench.stdout)["networks"][0]["format"] == "ort"


def test_an_ort_file_of_no_network_is_not_written(oree, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"\x08\x08\x12")
    code, said = run(oree, tmp_path / "bad.onnx", tmp_path / "bad.ort", "--as", "ort")
    assert code not in (0, 70) and "bad.onnx" in said and not (tmp_path / "bad.ort").exists()
    code, said = run(oree, tmp_path / "bad.onnx", tmp_path / "bad.onnx", "--as", "ort")
    assert code == 2 and ".ort" in said
