"""The JSON Schemas and the program agree on what is a right file."""
import json
import subprocess

import jsonschema
import pytest
import yaml

from parts import ROOT

CORPUS = ROOT / "schemas/corpus"


def cases(kind, quality):
    return sorted((CORPUS / kind / quality).glob("*.yaml"))


def schema(kind):
    return jsonschema.Draft202012Validator(json.loads((ROOT / f"schemas/{kind}.schema.json").read_text()))


def program_accepts(oree, kind, quality, file, folder):
    if kind == "model":
        folder = folder / "models/m/1"
        folder.mkdir(parents=True)
        (folder / "labels.txt").write_text("a\nb\n")
        network = folder / "model.onnx"
        if quality == "good":
            network = folder / yaml.safe_load(file.read_text()).get("model_file", "model.onnx")
        network.parent.mkdir(parents=True, exist_ok=True)
        network.touch()
        (folder / "model.yaml").write_text(file.read_text())
        file = folder / "model.yaml"
    return subprocess.run([oree, "validate", file], capture_output=True, text=True).returncode == 0


@pytest.mark.parametrize("kind", ["model", "station"])
@pytest.mark.parametrize("quality", ["good", "bad"])
def test_schema_and_program_agree(oree, tmp_path, kind, quality):
    files = cases(kind, quality)
    assert files, f"no {quality} {kind} files"
    validator = schema(kind)
    for number, file in enumerate(files):
        document = yaml.safe_load(file.read_text())
        said = (validator.is_valid(document), program_accepts(oree, kind, quality, file, tmp_path / str(number)))
        assert said == ((quality == "good"),) * 2, f"{file}: schema says {said[0]}, the program {said[1]}"


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*/station.yaml")), ids=lambda p: p.parent.name)
def test_the_examples_follow_the_schemas(oree, example):
    schema("station").validate(yaml.safe_load(example.read_text()))
    for manifest in example.parent.glob("models/*/*/model.yaml"):
        schema("model").validate(yaml.safe_load(manifest.read_text()))
