"""Configurations for a fleet: published, signed, rolled out in waves, stopped and taken back, as models are."""
import json
import subprocess
import time

import pytest
import yaml
from parts import duck_with, ducks_station

CAMERAS = {"hand": {"type": "http"}}
STEPS = {"duck": {"camera": "hand", "model": "ducks", "rule": {"type": "expected_label", "label": "good"}}}
QUICK = {"waves": [{"name": "first", "count": 1, "soak": "0s"}, {"name": "rest", "percent": 100, "soak": "0s"}],
         "max_exposed": 100, "gates": {"errors": "off", "p95_ratio": "off", "min_requests": 0, "min_stations": 1}}


def until(condition, what, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.05)  # asks, as a page does
    return found


@pytest.fixture
def words(oree, tmp_path):
    """`oree …` that is to succeed; what it printed."""

    def run(*arguments, status=0) -> str:
        done = subprocess.run([oree, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


class Plant:
    """A hub and real stations that inspect ducks."""

    def __init__(self, hub, station, words, folder, count, fleet=None):
        self.hub, self.words, self.folder = hub, words, folder
        token = hub.token("--uses", str(count))
        (folder / "plan.json").write_text(json.dumps(QUICK))
        self.stations = {
            f"line-{i}": station({**ducks_station(), "station": f"line-{i}",
                                  "fleet": {"hub": hub.base_url, "token": token, **(fleet or {})}}, name=f"line-{i}")
            for i in range(1, count + 1)}
        until(lambda: len(self.devices()) == count, "all stations")

    def devices(self) -> list:
        return self.hub.get("/api/v1/devices").json()["devices"]

    def configuration(self, **changes) -> str:
        file = self.folder / "line.yaml"
        file.write_text(yaml.safe_dump({"cameras": CAMERAS, "steps": STEPS, **changes}))
        return file

    def publish(self, file, *more, status=0):
        return self.words("fleet", "publish", file, "--hub", self.hub.base_url, *more, status=status)

    def roll_out(self, version, name="line") -> str:
        said = json.loads(self.words("rollout", "start", name, version, "--plan", self.folder / "plan.json", "--json",
                                     "--hub", self.hub.base_url))
        assert said["kind"] == "configuration"
        return said["id"]

    def ends(self, rollout, state):
        return until(lambda: self.hub.rollout(rollout)["state"] == state and self.hub.rollout(rollout), f"{rollout} {state}")

    def expected(self) -> set:
        """The label that each station's active configuration asks for."""
        return {s.get("/api/v1/configs/active").json()["pipeline_steps"]["duck"]["camera_rule_config"]["expected_class"]
                for s in self.stations.values()}


def rule(label):
    return {"duck": {**STEPS["duck"], "rule": {"type": "expected_label", "label": label}}}


def test_a_configuration_goes_out_in_waves_a_bad_one_stops_and_abort_takes_it_back(hub, station, words, tmp_path):
    plant = Plant(hub(), station, words, tmp_path, 2)
    assert "is published" in plant.publish(plant.configuration(steps=rule("scratch")))
    plant.ends(plant.roll_out("1"), "done")
    assert plant.expected() == {"scratch"}
    for device in plant.devices():
        assert device["configuration"]["name"] == "line" and device["configuration"]["current"]["version"] == "1"
    assert "configuration line 1 (healthy)" in words("fleet", "list", "--hub", plant.hub.base_url)
    # Items say by which configuration they were judged.
    one = plant.stations["line-1"]
    judged = one.post("/api/v1/trigger", data=duck_with("good").read_bytes(), headers={"Content-Type": "image/jpeg"})
    assert judged.json()["decision"] == "KO"
    item = one.get("/api/v1/items").json()
    assert "line 1" in json.dumps(item)

    plant.publish(plant.configuration(steps={"duck": {"camera": "hand", "model": "geese"}}))
    stopped = plant.ends(plant.roll_out("2"), "aborted")
    assert stopped["stations"]["failed"] == 1 and plant.expected() == {"scratch"}
    assert "no model 'geese'" in "".join(s.log_tail() for s in plant.stations.values())

    one.kill()
    one.start()
    assert plant.expected() == {"scratch"}
    words("rollout", "abort", "r-1", "--hub", plant.hub.base_url)
    until(lambda: plant.expected() == {"good"}, "what the stations brought themselves")


def test_a_configuration_that_decides_nothing_is_taken_back_by_the_station(hub, station, words, tmp_path):
    plant = Plant(hub(), station, words, tmp_path, 1)
    blind = {"cameras": {**CAMERAS, "other": {"type": "http", "deadline": "10ms"}},
             "steps": {**STEPS, "second": {**STEPS["duck"], "camera": "other"}}}
    plant.publish(plant.configuration(**blind))
    rollout = plant.roll_out("1")
    one = plant.stations["line-1"]

    def asked():
        one.post("/api/v1/trigger", data=duck_with("good").read_bytes(), headers={"Content-Type": "image/jpeg"})
        return plant.hub.rollout(rollout)["state"] == "aborted"

    until(asked, "the roll-back")
    (device,) = plant.devices()
    assert device["configuration"]["error"]["code"] == "errors"
    assert device["configuration"]["current"] is None and plant.expected() == {"good"}


def test_only_configurations_of_somebody_trusted_are_taken(hub, station, words, tmp_path):
    for name in ("release", "stranger"):
        words("model", "keygen", "signing", tmp_path / f"{name}.key")
    trusted = str(tmp_path / "release.key.pub")
    plant = Plant(hub(packages={"signers": [trusted]}), station, words, tmp_path, 1, {"model_keys": trusted})
    file = plant.configuration(steps=rule("scratch"))
    assert "not signed" in plant.publish(file, status=5)
    assert "signature" in plant.publish(file, "--key", tmp_path / "stranger.key", status=5)
    plant.publish(file, "--key", tmp_path / "release.key")
    plant.ends(plant.roll_out("1"), "done")
    assert plant.expected() == {"scratch"}


def test_what_is_no_configuration_of_a_fleet_is_not_published(hub, words, tmp_path):
    one = hub()
    file = tmp_path / "line.yaml"
    file.write_text(yaml.safe_dump({"cameras": CAMERAS, "steps": STEPS, "listen": "127.0.0.1:1"}))
    said = words("fleet", "publish", file, "--hub", one.base_url, status=2)
    assert "unknown key 'listen'" in said
    one.publish("line", "1")  # a model
    file.write_text(yaml.safe_dump({"cameras": CAMERAS, "steps": STEPS}))
    assert "is the name of a model" in words("fleet", "publish", file, "--hub", one.base_url, status=4)
