"""oree optimise bench: a network alone, under load, and against another."""
import subprocess

import pytest

from nets import BAD, oree_optimise, small_net, small_samples, write_bad

QUICK = ("--seconds", 0.2, "--warm-up", 0.05, "--json")


def test_both_loops_are_measured_with_the_percentiles_that_their_runs_allow(oree, tmp_path):
    report = oree_optimise(oree, "bench", small_net(tmp_path / "net.onnx"), *QUICK)
    net, = report["networks"]
    for loop in (net["closed"], net["open"]):
        assert loop["runs"] > 0 and loop["p50_ms"] > 0 and loop["max_ms"] >= loop["p50_ms"]
        for percentile, needed in (("p90_ms", 44), ("p95_ms", 90), ("p99_ms", 459)):
            assert (loop[percentile] is not None) == (loop["runs"] >= needed)
    assert net["memory"] > 0 and net["load_ms"] > 0
    assert "comparison" not in report


def test_the_open_loop_offers_the_rate_that_was_asked_for(oree, tmp_path):
    report = oree_optimise(oree, "bench", small_net(tmp_path / "net.onnx"), "--rate", 200, "--clients", 2, "--seconds", 1, "--warm-up", 0, "--json")
    assert report["networks"][0]["open"]["offered_per_second"] == 200
    assert 120 < report["networks"][0]["open"]["runs"] < 280


def test_a_network_of_many_times_the_work_is_the_slower_one(oree, tmp_path):
    small, large = small_net(tmp_path / "small.onnx"), small_net(tmp_path / "large.onnx", channels=256)
    found = oree_optimise(oree, "bench", large, "--compare", small, *QUICK)["comparison"]
    assert found["first_is"] == "slower" and found["first_over_second"] > 2
    assert found["at_least"] <= found["first_over_second"] <= found["at_most"] and found["rounds"] >= 15
    assert oree_optimise(oree, "bench", small, "--compare", large, *QUICK)["comparison"]["first_is"] == "faster"


def test_a_tflite_in_integers_and_real_samples_are_taken(oree, shared_data, tmp_path):
    report = oree_optimise(oree, "bench", shared_data / "mlperf-tiny/kws_ref_model_int8.tflite", *QUICK)
    assert report["networks"][0]["format"] == "tflite" and report["networks"][0]["closed"]["runs"] > 10
    data = small_samples(tmp_path / "data")
    assert oree_optimise(oree, "bench", small_net(tmp_path / "net.onnx"), "--data", data, *QUICK)["networks"][0]["closed"]["runs"] > 10


def test_networks_with_other_inputs_are_not_compared(oree, shared_data, tmp_path):
    said = oree_optimise(oree, "bench", small_net(tmp_path / "net.onnx"), "--compare", shared_data / "mnist/mnist.onnx", *QUICK, code=11)
    assert "same type and shape" in said


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_run_is_refused_by_name(oree, tmp_path, kind):
    file, word = write_bad(kind, tmp_path)
    done = subprocess.run([str(oree), "optimise", "bench", str(file), *map(str, QUICK)], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, 70) and done.returncode > 0
    assert "bad.onnx" in done.stderr and word in done.stderr and done.stdout == ""
