"""The sub-commands as a person types them."""
import json
import os
import subprocess

import pytest

from parts import DUCKS, duck_with


def run(oree, *words, timeout=120):
    return subprocess.run([str(oree), *map(str, words)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def test_the_demo_judges_a_hundred_parts_and_says_how_well(oree):
    done = run(oree, "demo", "--once", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["items"] == 100
    assert summary["found_again"] == 100
    assert sum(summary["decisions"].values()) == 100
    assert summary["accuracy"]["labels"] >= 0.98
    assert summary["latency_ms"]["p50"] > 0


def test_the_demo_prints_a_table_for_people(oree):
    done = run(oree, "demo", "parts", "--once", "--count", "10")
    assert done.returncode == 0, done.stderr
    assert "parts judged" in done.stdout
    assert "\x1b" not in done.stdout


def test_inspect_judges_pictures_and_keeps_nothing(oree, tmp_path):
    done = run(oree, "inspect", "--config", DUCKS / "station.yaml", duck_with("good"), duck_with("scratch"), "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["decision"] for line in done.stdout.splitlines()] == ["OK", "KO"]
    table = run(oree, "inspect", "--config", DUCKS / "station.yaml", duck_with("scratch"))
    assert "✗ KO" in table.stdout and "expected good" in table.stdout


def test_predict_asks_one_model(oree):
    done = run(oree, "predict", DUCKS / "models/ducks/1", duck_with("stain"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["label"] == "stain"


def test_the_runtime_reports_to_nobody(oree, tmp_path):
    """ONNX Runtime 1.29 and later keep an id in the home folder and report to their maker unless told not to."""
    world = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("ORT_")}
    done = subprocess.run([str(oree), "predict", DUCKS / "models/ducks/1", duck_with("stain")], capture_output=True,
                          text=True, timeout=120, env={**world, "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("file", [DUCKS / "station.yaml", DUCKS / "models/ducks/1/model.yaml"])
def test_validate_is_content_with_the_examples(oree, file):
    done = run(oree, "validate", file)
    assert done.returncode == 0, done.stderr


def test_validate_names_every_mistake_with_its_place(oree, tmp_path):
    wrong = tmp_path / "station.yaml"
    wrong.write_text("station: a\ncameras:\n  top: {type: foldr, path: x}\nsteps:\n  s: {camera: tpo, model: m}\n")
    done = run(oree, "validate", wrong)
    assert done.returncode == 2
    assert f"{wrong}:3:" in done.stderr and "did you mean 'folder'?" in done.stderr
    assert f"{wrong}:5:" in done.stderr and "did you mean 'top'?" in done.stderr
    answer = json.loads(run(oree, "validate", wrong, "--json").stdout)
    assert answer["valid"] is False and len(answer["mistakes"]) == 2


@pytest.mark.parametrize("words,code,said", [
    (["edge", "--config", "/nonexistent.yaml", "--data", "/tmp/x"], 3, "/nonexistent.yaml"),
    (["predict", "/nonexistent/m/1", "x.jpg"], 3, "/nonexistent/m/1"),
    (["inspect", "--config", str(DUCKS / "station.yaml"), "/nonexistent.jpg"], 3, "/nonexistent.jpg"),
    (["inspct"], 2, "did you mean 'inspect'?"),
    (["demo", "--count", "0"], 2, "count"),
])
def test_what_cannot_be_done_is_said_with_its_exit_code(oree, words, code, said):
    done = run(oree, *words)
    assert done.returncode == code
    assert said in done.stderr


@pytest.mark.parametrize("command", ["", "edge", "demo", "inspect", "predict", "validate", "version"])
def test_help_has_an_example(oree, command):
    done = run(oree, *([command] if command else []), "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout or not command


def test_version_names_the_runtime(oree):
    versions = json.loads(run(oree, "version", "--json").stdout)
    assert versions["oree"] and versions["onnxruntime"][0].isdigit()
