"""Deployment manifests for a fleet: published, rolled out, watched and taken back, as models are."""
import json
import subprocess
import time

import pytest
from parts import ROOT, ducks_station

EXAMPLE = ROOT / "examples/iotedge/deployment.json"
SECONDS = 60
IMAGES = {
    "*/sleeper:*": {"command": ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"]},
    "*/crasher:*": {"command": ["/bin/sh", "-c", "exit 3"]},
}
QUICK = {"waves": [{"name": "first", "count": 1, "soak": "0s"}, {"name": "rest", "percent": 100, "soak": "0s"}],
         "max_exposed": 100, "gates": {"min_requests": 0, "min_stations": 1}}


def manifest(**modules) -> dict:
    """name=image; restarts come without a pause."""
    document = json.loads(EXAMPLE.read_text())
    agent = document["content"]["modulesContent"]["$edgeAgent"]["properties.desired"]
    agent["modules"] = {name: {"type": "docker", "status": "running", "restartPolicy": "always",
                               "settings": {"image": image}} for name, image in modules.items()}
    agent["systemModules"]["edgeAgent"]["env"] = {"CoolOffTimeUnitInSeconds": {"value": 0}}
    document["content"]["modulesContent"]["$edgeHub"]["properties.desired"]["routes"] = {}
    return document


def until(condition, what, log=lambda: ""):
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"never came: {what}\n{log()}"
        time.sleep(0.05)  # asks, as a page does
    return found


class Plant:
    """A hub, and stations that run modules which only the hub names."""

    def __init__(self, oree, hub, station, folder, count):
        self.oree, self.hub, self.folder = oree, hub, folder
        token = hub.token("--uses", str(count))
        self.stations = [station({**ducks_station(), "station": f"line-{i}", "modules": {"images": IMAGES},
                                  "fleet": {"hub": hub.base_url, "token": token}}, name=f"line-{i}")
                         for i in range(1, count + 1)]
        until(lambda: len(self.devices()) == count, "all stations")

    def devices(self) -> list:
        return self.hub.get("/api/v1/devices").json()["devices"]

    def say(self, *words, status=0) -> str:
        done = subprocess.run([self.oree, *map(str, words), "--hub", self.hub.base_url], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def publish(self, document, name="line-modules", status=0) -> str:
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(document))
        return self.say("fleet", "publish", file, status=status)

    def roll_out(self, version, state) -> dict:
        (self.folder / "plan.json").write_text(json.dumps(QUICK))
        said = json.loads(self.say("rollout", "start", "line-modules", version, "--plan", self.folder / "plan.json", "--json"))
        assert said["kind"] == "deployment"
        return until(lambda: (r := self.hub.rollout(said["id"]))["state"] == state and r, f"{said['id']} {state}",
                     lambda: self.stations[0].log_tail() + json.dumps(self.hub.rollout(said["id"])))

    def running(self) -> list:
        """Of each station, what runs beside it."""
        return [{m["name"]: m["status"] for m in s.get("/api/v1/modules").json()["modules"] if m["runs_as"] == "process"}
                for s in self.stations]


@pytest.fixture
def plant(oree, hub, station, tmp_path):
    return lambda count: Plant(oree, hub(), station, tmp_path, count)


def test_a_manifest_goes_out_in_waves_and_the_hub_shows_what_runs(plant):
    two = plant(2)
    assert two.running() == [{}, {}]
    two.publish(manifest(camera="reg/sleeper:1"))
    two.roll_out(1, "done")
    assert two.running() == [{"camera": "running"}] * 2
    shown = until(lambda: all(d["deployment"] and d["deployment"]["state"] == "healthy" for d in two.devices())
                  and two.devices(), "healthy")
    for device in shown:
        assert (device["deployment"]["name"], device["deployment"]["current"]["version"]) == ("line-modules", "1")
    until(lambda: all({"name": "camera", "image": "reg/sleeper:1", "status": "running", "restarts": 0} in d["modules"]
                      for d in two.devices()), "the modules' table")
    two.stations[0].restart()  # it is at work again without a hub's word
    until(lambda: two.running()[0] == {"camera": "running"}, "after a restart")


def test_bad_manifests_are_refused_by_the_hub_or_by_the_first_station_and_taken_back(plant):
    one = plant(1)
    broken = manifest(camera="reg/sleeper:1")
    broken["content"]["modulesContent"]["$edgeAgent"]["properties.desired"]["modules"]["camera"]["restartPolicy"] = "allways"
    assert "did you mean 'always'?" in one.publish(broken, status=2)
    one.publish(manifest(camera="reg/sleeper:1"))
    one.roll_out(1, "done")

    one.publish(manifest(camera="reg/unknown:1"))  # nobody here can run it
    stopped = one.roll_out(2, "aborted")
    assert stopped["stations"]["failed"] == 1
    until(lambda: "nothing here runs the image 'reg/unknown:1'" in one.stations[0].log_tail(), "why")
    assert one.running() == [{"camera": "running"}]

    one.publish(manifest(camera="reg/sleeper:1", bad="reg/crasher:1"))
    one.roll_out(3, "aborted")
    until(lambda: one.running() == [{"camera": "running"}], "the last good one")
    until(lambda: "module 'bad' ended" in one.stations[0].log_tail(), "why")
    until(lambda: one.devices()[0]["deployment"]["current"]["version"] == "1", "told")


def test_a_station_without_modules_says_so_and_goes_on(hub, station, oree, tmp_path):
    works = hub()
    line = station({**ducks_station(), "station": "plain", "fleet": {"hub": works.base_url, "token": works.token()}})
    until(lambda: works.get("/api/v1/devices").json()["devices"], "the station")
    (tmp_path / "deployment.json").write_text(json.dumps(manifest(camera="reg/sleeper:1")))
    for words in (["publish", tmp_path / "deployment.json", "--name", "m"],):
        subprocess.run([oree, "fleet", *words, "--hub", works.base_url], check=True, capture_output=True, timeout=60)
    answer = works.post("/api/v1/rollouts", json={"model": "m", "version": "1", "plan": QUICK})
    assert answer.status_code == 201, answer.text
    device = until(lambda: (d := works.get("/api/v1/devices").json()["devices"][0])["deployment"]
                   and d["deployment"]["error"] and d, "an error")
    assert device["deployment"]["error"]["code"] == "load" and "runs no modules" in device["deployment"]["error"]["message"]
    assert line.get("/api/v1/health/live").status_code == 200
