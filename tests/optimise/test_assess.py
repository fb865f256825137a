"""oree optimise assess: what a network is, what it costs here, which layers mind 8 bits."""
import subprocess

import pytest

from nets import BAD, keywords, oree_optimise, small_net, small_samples, write_bad


def test_a_float_file_that_holds_small_integers_is_found_out(oree, shared_data):
    report = oree_optimise(oree, "assess", shared_data / "mlperf-tiny/kws_ref_model_float32.tflite", "--json")
    assert report["quantised_weights"] and report["weights"]["INT8"]["elements"] > 10_000
    assert any("whatever its name says" in warning for warning in report["warnings"])
    assert report["format"] == "tflite" and report["speed"]["median_ms"] > 0


def test_the_report_names_the_machine_the_runtimes_and_a_choice(oree, tmp_path):
    report = oree_optimise(oree, "assess", small_net(tmp_path / "net.onnx"), "--json")
    assert report["parameters"] == 8 * 4 * 9 + 8 * 8 * 9 + 32 and report["macs"] == 36 * (8 * 36 + 8 * 72) + 32
    assert "CPUExecutionProvider" in report["providers"]
    assert {a["kind"] for a in report["accelerators"]} <= {"GPU", "NPU", "Edge TPU"}
    assert report["choice"]["framework"] and report["choice"]["here"].startswith("oree ")
    assert report["choice"] in report["choices"] and len(report["requirements"]) >= 6
    conv = next(op for op in report["operators"] if op["op"] == "Conv")
    assert [conv[of] for of in ("int8", "openvino", "tensorrt", "tflite")] == ["integer"] * 4
    assert "sensitivity" not in report


def test_the_layer_with_one_huge_channel_is_the_most_sensitive(oree, tmp_path):
    model, data = small_net(tmp_path / "net.onnx", spread=100.0), small_samples(tmp_path / "data")
    report = oree_optimise(oree, "assess", model, "--data", data, "--json")
    layers = report["sensitivity"]
    assert len(layers) == 3 and [layer["sqnr_db"] for layer in layers] == sorted(layer["sqnr_db"] for layer in layers)
    assert layers[0]["sqnr_db"] < layers[2]["sqnr_db"] - 3
    assert all(0 <= layer["agreement"] <= 1 for layer in layers)


def test_sensitivity_of_a_real_network_is_measured_from_its_tflite(oree, shared_data, tmp_path):
    report = oree_optimise(oree, "assess", shared_data / "mlperf-tiny/kws_ref_model_float32.tflite", "--data",
                           keywords(shared_data, tmp_path / "data", 120), "--json")
    measured = [layer for layer in report["sensitivity"] if "sqnr_db" in layer]
    assert len(measured) == 10 and all(layer["sqnr_db"] > 5 for layer in measured)


def test_too_few_samples_are_refused_with_their_number(oree, tmp_path):
    said = oree_optimise(oree, "assess", small_net(tmp_path / "net.onnx"), "--data", small_samples(tmp_path / "data", 5), "--json", code=2)
    assert "5 samples" in said


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_network_is_refused_by_name(oree, tmp_path, kind):
    file, word = write_bad(kind, tmp_path)
    if kind == "too large":  # it can be read, not run: figures yes, speed no
        report = oree_optimise(oree, "assess", file, "--json")
        assert report["speed"]["median_ms"] == 0 and any(word in warning for warning in report["warnings"])
        return
    done = subprocess.run([str(oree), "optimise", "assess", str(file), "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, 70) and done.returncode > 0
    assert "bad.onnx" in done.stderr and word in done.stderr and done.stdout == ""
