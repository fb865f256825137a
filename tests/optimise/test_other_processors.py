"""What is emulated here is what the runtime's own kernels answer on that processor, which qemu stands in for."""
import json
import os
import shutil
import subprocess

import pytest

from nets import keywords, oree_optimise

# AVX2 without VNNI: pairs of products are added in 16 bits that saturate.
HASWELL = ("qemu-x86_64", "-cpu", "Haswell")


@pytest.fixture(scope="module")
def on_haswell(oree):
    if shutil.which(HASWELL[0]) is None:
        pytest.skip("qemu-x86_64 is not installed (package qemu-user)")
    if "vnni" not in open("/proc/cpuinfo").read():
        pytest.skip("this processor is no other than the one that would be emulated")

    def run(*words):
        done = subprocess.run([*HASWELL, str(oree), *map(str, words)], capture_output=True, text=True, timeout=600, env={**os.environ})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.long
def test_emulated_sums_answer_as_the_runtime_does_on_that_processor(oree, shared_data, tmp_path, on_haswell):
    data = keywords(shared_data, tmp_path / "data", most=200)
    made = oree_optimise(oree, "run", shared_data / "mlperf-tiny/kws_ref_model_float32.tflite", "--data", data, "--out", tmp_path / "out",
                         "--key", tmp_path / "key.pem", "--json", "--target", "vnni", "--min-speedup", 0, "--min-memory", -1000,
                         "--max-variation", 1000)[0]
    asked = ("score", made["model_file"], "--data", data, "--json", "--target")
    here = oree_optimise(oree, *asked, "avx2")[0]
    there = json.loads(on_haswell("optimise", *asked, "avx2"))[0]
    assert here["score_by"].startswith("emulated") and there["score_by"] == "this processor"
    assert here["unsafe_operators"] > 0  # or there would be nothing to emulate
    assert here["top1"] == there["top1"]
    assert here["top1"] != oree_optimise(oree, *asked, "vnni")[0]["top1"]  # saturation really changed answers
