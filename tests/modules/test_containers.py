"""Modules as containers: an engine that is a double, one that lies, one that hangs. test_engines.py has real ones."""
import base64
import json

import pytest

from engine_double import Engine
from test_modules import Box, SLEEPER, manifest


@pytest.fixture
def engine(tmp_path):
    one = Engine(tmp_path / "engine.sock")
    yield one
    one.close()


@pytest.fixture
def box(station, oree, tmp_path, engine):
    return lambda document, images=None: Box(station, oree, tmp_path, document, images or {}, engine=engine.path)


def test_containers_are_fetched_made_started_replaced_and_removed(box, engine):
    one = box(manifest({"ImageClassifier": ("fruitregistry.azurecr.io/classifier:v1", {
        "env": {"A": {"value": "1"}}, "settings": {"createOptions": '{"HostConfig": {"Privileged": true}}'}})}))
    one.wait_status("ImageClassifier", "running")
    login = json.loads(base64.b64decode(engine.logins[0]))
    assert login == {"username": "fruitregistry", "password": "secret", "serveraddress": "fruitregistry.azurecr.io"}
    made = engine.named("ImageClassifier")
    assert made.body["HostConfig"] == {"Privileged": True} and "A=1" in made.body["Env"]
    assert made.body["NetworkingConfig"]["EndpointsConfig"] == {"azure-iot-edge": {"Aliases": ["ImageClassifier"]}}
    assert one.say("logs", "ImageClassifier").stdout == "hello from ImageClassifier\n"
    assert "classifier:v1" in one.say("list").stdout
    one.write(manifest({"ImageClassifier": ("fruitregistry.azurecr.io/classifier:v2", {})}))
    one.wait(lambda: (new := engine.named("ImageClassifier")) and new.id != made.id and new.state["Running"], "replaced")
    one.write(manifest({}))
    one.wait(lambda: not engine.containers, "removed")


def test_a_container_that_fails_is_started_again_and_a_killed_station_finds_it(box, engine):
    one = box(manifest({"a": ("a:1", {})}, agent={"CoolOffTimeUnitInSeconds": 0}))
    one.wait_status("a", "running")
    engine.named("a").end(4)
    one.wait(lambda: engine.named("a").state["Running"] and one.module("a")["restarts"] == 1, "restarted")
    identity = engine.named("a").id
    one.station.kill()
    one.station.start()
    one.wait_status("a", "running")
    assert engine.named("a").id == identity and len(engine.containers) == 1
    one.station.stop()
    assert not engine.named("a").state["Running"]


def test_what_cannot_be_fetched_is_told_and_what_is_somebody_elses_is_left_alone(box, engine):
    engine.images.add("mine:1")
    other = engine.answer("POST", "/containers/create", {"name": "taken"}, b'{"Image": "mine:1"}', {})[1]["Id"]
    one = box(manifest({"refused": ("refused:1", {}), "taken": ("mine:1", {}), "never": ("absent:1", {
        "imagePullPolicy": "never"}), "good": ("good:1", {})}))
    one.wait_status("good", "running")
    said = one.wait(lambda: (text := one.state()["deployment"]["description"]).count("\n") == 2 and text, "all told")
    assert "cannot fetch refused:1: pull access denied for refused" in said
    assert "is not this station's" in said and "imagePullPolicy is never" in said
    assert other in engine.containers


@pytest.mark.parametrize("answer", [
    (200, b"this is no JSON"), (200, b'{"a": "list?"}'), (200, b'[{"Id": 7, "Labels": 8}]'), (500, b"\xff\xfe"),
    (200, b"[" * 5000)])
def test_an_engine_that_lies_changes_nothing(box, engine, answer):
    one = box(manifest({"a": ("a:1", {}), "p": ("p:1", {})}), {"p:*": SLEEPER})
    one.wait_status("a", "running")
    engine.mood = lambda method, path: answer if path.startswith("/containers") else None
    seen = len(engine.calls)
    one.wait(lambda: len(engine.calls) > seen + 2, "it is asked")
    assert one.module("p")["status"] == "running"
    assert engine.named("a").state["Running"] and len(engine.containers) == 1
    engine.mood = None
    one.wait_status("a", "running")


@pytest.mark.long
def test_an_engine_that_hangs_keeps_no_process_down(box, engine):
    engine.mood = lambda method, path: "hang"
    one = box(manifest({"a": ("a:1", {}), "p": ("p:1", {})}), {"p:*": SLEEPER})
    one.wait_status("p", "running")
    assert "took too long" in one.wait(lambda: one.module("a").get("error"), "told")
