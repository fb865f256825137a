"""perf_analyzer, Triton's own loader, against `oree serve`: it asks for metadata, configuration and statistics, makes its
own tensors, and refuses a server whose answers or counts do not fit."""
import csv
import json
import os
import subprocess
import time
import urllib.request

import pytest


@pytest.fixture(scope="module")
def perf_analyzer(root):
    home = root / ".deps/perf_analyzer/lib"
    if not (home / "perf_analyzer").exists():
        pytest.skip("no perf_analyzer: ./run test fetches it")
    environment = dict(os.environ, LD_LIBRARY_PATH=str(home))

    def run(*words):
        return subprocess.run([home / "perf_analyzer", *map(str, words)], env=environment, capture_output=True, text=True, timeout=120)

    if run("--version").returncode != 0:
        pytest.skip("perf_analyzer does not start here: is libb64-0d installed?")
    return run


FORMS = {
    "http": [], "http, shared memory": ["--shared-memory", "system"], "http, eight rows, not waiting": ["-a", "-b", "8"],
    "http, at a rate": ["--request-rate-range", "50"], "grpc, shared memory": ["--shared-memory", "system"],
    "grpc, stream": ["--streaming"], "grpc, compressed": ["--grpc-compression-algorithm", "gzip"],
}
THREADS = 16  # as many as it keeps busy by itself, at most


def answered(server):
    """How many requests were answered, and the nanoseconds of all of them."""
    with urllib.request.urlopen(f"{server.url}/v2/models/simple/versions/2/stats") as answer:
        success = json.load(answer)["model_stats"][0]["inference_stats"]["success"]
    return success["count"], success["ns"]


@pytest.mark.parametrize("form", FORMS)
def test_perf_analyzer_measures_us(perf_analyzer, model_server, tmp_path, form):
    protocol = form.split(",")[0]
    load = [] if "rate" in form else ["--concurrency-range", "2"]
    report, begin, before = tmp_path / "report.csv", time.monotonic_ns(), answered(model_server)
    ran = perf_analyzer("-m", "simple", "-i", protocol, "-u", model_server.address if protocol == "http" else model_server.grpc,
                        "--measurement-mode", "count_windows", "--measurement-request-count", "20", "--measurement-interval", "200",
                        "--stability-percentage", "900", "--max-trials", "3", "-f", report, *load, *FORMS[form])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    row = next(csv.DictReader(report.open()))
    assert float(row["Inferences/Second"]) > 0
    assert float(row["Server Compute Infer"]) > 0
    count, spent = (now - then for now, then in zip(answered(model_server), before))
    assert count >= 20
    assert spent < THREADS * (time.monotonic_ns() - begin), "a request's time is its own, on a stream too"
