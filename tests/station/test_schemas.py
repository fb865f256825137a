"""The JSON Schemas and the program agree on what is a right file."""
import json
import re
import subprocess

import jsonschema
import pytest
import yaml

from parts import ROOT

CORPUS = ROOT / "schemas/corpus"


class Yaml12(yaml.SafeLoader):
    """As editors and the program read it: `on` is a word, not true (that was YAML 1.1)."""


BOOL = "tag:yaml.org,2002:bool"
Yaml12.yaml_implicit_resolvers = {letter: [row for row in rows if row[0] != BOOL]
                                  for letter, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Yaml12.add_implicit_resolver(BOOL, re.compile("^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read(file):
    return yaml.load(file.read_text(), Yaml12)


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
            network = folder / read(file).get("model_file", "model.onnx")
        network.parent.mkdir(parents=True, exist_ok=True)
        network.touch()
        (folder / "model.yaml").write_text(file.read_text())
        file = folder / "model.yaml"
    return subprocess.run([oree, "validate", file], capture_output=True, text=True).returncode == 0


@pytest.mark.parametrize("kind", ["authority", "model", "station"])
@pytest.mark.parametrize("quality", ["good", "bad"])
def test_schema_and_program_agree(oree, tmp_path, kind, quality):
    files = cases(kind, quality)
    assert files, f"no {quality} {kind} files"
    validator = schema(kind)
    for number, file in enumerate(files):
        document = read(file)
        said = (validator.is_valid(document), program_accepts(oree, kind, quality, file, tmp_path / str(number)))
        assert said == ((quality == "good"),) * 2, f"{file}: schema says {said[0]}, the program {said[1]}"


@pytest.mark.parametrize("file", sorted((CORPUS / "rollout").glob("*/*.yaml")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_schema_of_rollouts_judges_as_its_reader_does(file):
    # The reader judges the same files in src/services/rollouts/plan_test.cc.
    assert schema("rollout").is_valid(read(file)) == (file.parent.name == "good")


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*/station.yaml")), ids=lambda p: p.parent.name)
def test_the_examples_follow_the_schemas(oree, example):
    schema("station").validate(read(example))
    assert subprocess.run([oree, "validate", example], capture_output=True).returncode == 0
    for manifest in example.parent.glob("models/*/*/model.yaml"):
        schema("model").validate(read(manifest))


@pytest.mark.parametrize("example", sorted((ROOT / "examples/authorities").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_examples_of_authorities_follow_their_schema(oree, example):
    schema("authority").validate(read(example))
    assert subprocess.run([oree, "validate", example], capture_output=True).returncode == 0
