"""Manifests, right and wrong in every way: the program, the schema and the original's rules agree."""
import copy
import json
import os
import random
import subprocess
from pathlib import Path

import jsonschema
import pytest

from parts import ROOT

BRIEF = ROOT / "examples/iotedge/deployment.json"
REAL = Path(os.environ.get("OREE_SHARED_DATA", ROOT / "../shared/data")) / "iotedge-manifests"
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas/deployment.schema.json").read_text()))
# What a mistake looks like, whatever it is a mistake in.
WRONG = [None, True, 7, -1, 1.5, "", " ", "wrong", "always", "1.0", "1.2", "2.0", [], {}, {"value": 1}, {"a": "b"}]
KEYS = ["wrong", "a.b", "$x", "a b", "image", "env", "startupOrder", "priority", "mqttBroker", "integrity",
        "storeLimits", "edgeHub", "createOptions7", "digest", "properties.desired"]


def places(value, path=()):
    yield path
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], path + (key,))


def mutate(document, luck):
    document = copy.deepcopy(document)
    path = luck.choice([place for place in places(document) if place])
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    action = luck.randrange(4)
    if action == 0:
        del parent[path[-1]]
    elif action == 1:
        parent[path[-1]] = copy.deepcopy(luck.choice(WRONG))
    elif isinstance(parent, dict) and action == 2:
        parent[luck.choice(KEYS)] = copy.deepcopy(luck.choice(WRONG))
    elif isinstance(parent, dict):
        parent[luck.choice(KEYS)] = parent.pop(path[-1])
    return document


def pieces_are_right(document):
    """What no schema can say: the pieces of createOptions are in order and hold an object as text."""
    def settings(value):
        if isinstance(value, dict):
            if "image" in value:
                yield value
            for member in value.values():
                yield from settings(member)
    root = document.get("content", document)
    for one in settings(root["modulesContent"]["$edgeAgent"]):
        keys = sorted((key for key in one if key.lower().startswith("createoptions")), key=str.lower)
        if isinstance(one.get("createOptions"), dict):
            continue
        for number, key in enumerate(keys):
            digits = key[len("createoptions"):]
            if (number == 0) != (digits == "") or (number and int(digits) != number):
                return False
            if not isinstance(one[key], str):
                return False
        text = "".join(one[key] for key in keys).strip()
        try:
            if text not in ("", "null") and not isinstance(json.loads(text), dict):
                return False
        except ValueError:
            return False
    return True


def accepts(oree, folder, document):
    file = folder / "deployment.json"
    file.write_text(json.dumps(document))
    done = subprocess.run([oree, "validate", file], capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def routes_are_known(document):
    root = document.get("content", document)
    routes = root["modulesContent"]["$edgeHub"]["properties.desired"]["routes"].values()
    texts = [route["route"] if isinstance(route, dict) else route for route in routes]
    return all(text.startswith("FROM /") for text in texts)  # the language has tests of its own


def disagreements(oree, folder, count, seed):
    luck = random.Random(seed)
    sources = [json.loads(BRIEF.read_text())]
    sources += [json.loads(file.read_text()) for file in sorted(REAL.glob("e2e-*"))]
    found, refused = [], 0
    for _ in range(count):
        document = mutate(luck.choice(sources), luck)
        expected = SCHEMA.is_valid(document)
        if expected and not routes_are_known(document):
            continue
        expected = expected and pieces_are_right(document)
        got, words = accepts(oree, folder, document)
        refused += not got
        if "modulesContent" not in document.get("content", document) if isinstance(document.get(
                "content", document), dict) else True:
            continue  # then it is no manifest, and `oree validate` takes it for another file
        if got != expected:
            found.append((expected, words, document))
    return found, refused


def test_program_and_schema_agree_on_mutations(oree, tmp_path):
    found, refused = disagreements(oree, tmp_path, 60, 1)
    assert not found, found[0]
    assert refused > 20, "the mutations break nothing: the test cannot fail"


@pytest.mark.long
def test_program_and_schema_agree_on_a_thousand_mutations(oree, tmp_path):
    found, _ = disagreements(oree, tmp_path, 1000, 2)
    assert not found, found[0]


def test_real_manifests_are_taken_as_they_are(oree):
    files = [file for file in sorted(REAL.glob("*.json")) if "schema" not in file.name]
    if not files:
        pytest.skip(f"no manifests at {REAL}")
    for file in files:
        done = subprocess.run([oree, "validate", file], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_a_route_that_cannot_be_read_refuses_the_manifest(oree, tmp_path):
    document = json.loads(BRIEF.read_text())
    hub = document["content"]["modulesContent"]["$edgeHub"]["properties.desired"]
    hub["routes"]["second"] = "FROM /messages/* INTO nowhere"
    got, words = accepts(oree, tmp_path, document)
    assert not got and "$edgeHub.routes.second: line 1, column 23" in words


def test_a_manifest_is_known_as_one_whatever_editor_wrote_it(oree, tmp_path):
    file = tmp_path / "deployment.json"
    for text, right in (("\ufeff" + BRIEF.read_text(), True), (BRIEF.read_text().replace("\n", "\r\n"), True),
                        (BRIEF.read_text()[:-3], False), (BRIEF.read_text() + "}", False)):
        file.write_text(text, newline="")
        done = subprocess.run([oree, "validate", file], capture_output=True, text=True)
        assert (done.returncode == 0) == right, done.stderr
        assert ("deployment manifest" in done.stdout) == right
        assert right or "not valid JSON" in done.stderr and "station" not in done.stderr, done.stderr


def test_what_a_fleet_needs_is_checked_beforehand(oree, tmp_path):
    for name, text, says in (("hub.yaml", (ROOT / "examples/fleet/hub.yaml").read_text(), "hub 'works"),
                             ("waves.yaml", "waves: [{name: one, count: 1}, {name: all}]", "2 waves"),
                             ("hub.yaml", "hub: works\nlistens: x", "listens"),
                             ("waves.yaml", "waves: [{percent: 200}]", "'percent'")):
        (tmp_path / name).write_text(text)
        done = subprocess.run([oree, "validate", tmp_path / name], capture_output=True, text=True)
        assert says in done.stdout + done.stderr, done
