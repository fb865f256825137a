"""Modules beside a station, with the words of `iotedge`: what runs, what it said, what becomes of it."""
import json
import os
import re
import signal
import subprocess
import time

import pytest

from parts import ROOT

EXAMPLE = ROOT / "examples/iotedge"
SECONDS = 30


def manifest(modules, agent=None, routes=None):
    """A deployment: module name → (image, other keys)."""
    document = json.loads((EXAMPLE / "deployment.json").read_text())
    agent_part = document["content"]["modulesContent"]["$edgeAgent"]["properties.desired"]
    agent_part["modules"] = {
        name: {"type": "docker", "status": "running", "restartPolicy": "always", **rest,
               "settings": {"image": image, **rest.get("settings", {})}}
        for name, (image, rest) in modules.items()}
    if agent:
        agent_part["systemModules"]["edgeAgent"]["env"] = {key: {"value": value} for key, value in agent.items()}
    if routes:
        document["content"]["modulesContent"]["$edgeHub"]["properties.desired"]["routes"] = routes
    return document


def shell(script):
    return {"command": ["/bin/sh", "-c", script]}


SLEEPER = shell("echo hello from $IOTEDGE_MODULEID; trap 'exit 0' TERM; while :; do sleep 0.05; done")


class Box:
    """A station with modules, its manifest a file that may be written again."""

    def __init__(self, start, oree, folder, document, images, **modules):
        self.oree, self.file = oree, folder / "deployment.json"
        self.write(document)
        self.station = start({"station": "edge-1", "modules": {"manifest": str(self.file), "images": images, **modules}},
                             name="box")

    def write(self, document):
        beside = self.file.with_suffix(".new")
        beside.write_text(document if isinstance(document, str) else json.dumps(document))
        os.replace(beside, self.file)

    def say(self, *words):
        return subprocess.run([self.oree, *words, "--station", self.station.base_url], capture_output=True, text=True,
                              timeout=SECONDS)

    def state(self):
        return self.station.get("/api/v1/modules").json()

    def module(self, name):
        return next((one for one in self.state()["modules"] if one["name"] == name), None)

    def wait(self, so, what):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if value := so():
                return value
            time.sleep(0.02)
        raise AssertionError(f"{what}: {json.dumps(self.state(), indent=1)}\n{self.station.log_tail()}")

    def wait_status(self, name, status):
        return self.wait(lambda: (one := self.module(name)) and one["status"] == status and one, f"{name} {status}")

    def wait_log(self, name, words):
        return self.wait(lambda: words in (text := self.say("logs", name).stdout) and text, f"{name} says {words}")


@pytest.fixture
def box(station, oree, tmp_path):
    return lambda document, images, **modules: Box(station, oree, tmp_path, document, images, **modules)


def processes_with(word):
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                if word.encode() in file.read():
                    found.append(int(entry))
        except OSError:
            pass
    return found


def test_the_transcript_of_brief_000(box, tmp_path):
    """`iotedge list` and `iotedge logs` of the brief, byte for byte but for the times."""
    document = json.loads((EXAMPLE / "deployment.json").read_text().replace("fruitregistry", "fruitqualitydetectorjimb"))
    one = box(document, {"*/classifier:*": {"command": ["python3", "classifier.py"], "folder": str(EXAMPLE)}})
    one.wait_status("ImageClassifier", "running")
    lines = one.say("list").stdout.split("\n")
    assert lines[0] == "NAME             STATUS           DESCRIPTION      CONFIG"
    told = [re.sub(r"Up (\d+ seconds?|a minute)", "Up 42 minutes", line) for line in lines[1:]]
    told = [re.sub(r"(Up 42 minutes) *", r"\1    ", line) for line in told]
    assert told == [
        "ImageClassifier  running          Up 42 minutes    fruitqualitydetectorjimb.azurecr.io/classifier:v1",
        "edgeAgent        running          Up 42 minutes    mcr.microsoft.com/azureiotedge-agent:1.1",
        "edgeHub          running          Up 42 minutes    mcr.microsoft.com/azureiotedge-hub:1.1",
        "",
    ]
    said = one.wait_log("ImageClassifier", " * Running on ")
    assert said.startswith("Loading model...Success!\nLoading labels...2 found. Success!\n * Running on http://")
    assert one.say("logs", "ImageClassifier", "--tail", "1").stdout.startswith(" * Running on ")
    assert one.say("restart", "ImageClassifier").stdout == "Restarted ImageClassifier\n\n"
    one.wait(lambda: one.say("logs", "ImageClassifier").stdout.count("Loading model") == 2, "it starts again")


def test_a_module_that_crashes_at_once_is_restarted_as_often_as_it_may(box):
    one = box(manifest({"crasher": ("crash:1", {})}, agent={"CoolOffTimeUnitInSeconds": 0, "MaxRestartCount": 3}),
              {"crash:*": shell("echo falling; exit 5")})
    found = one.wait(lambda: (seen := one.module("crasher")) and seen["runtime_status"] == "failed" and seen, "gives up")
    assert found["restarts"] == 3 and found["exit_code"] == 5
    assert re.search(r"^crasher +failed +Failed \(5\) \d+ seconds? ago +crash:1$", one.say("list").stdout, re.M)
    assert one.say("logs", "crasher").stdout == "falling\n" * 4
    checked = one.say("check")
    assert checked.returncode == 1
    assert "× module crasher does as the manifest says - Error\n    It is failed and should be running" in checked.stdout
    assert re.search(r"^1 check\(s\) raised errors. Re-run with --verbose for more details.$", checked.stdout, re.M)
    assert json.loads(one.say("check", "-o", "json").stdout)["checks"]["module-crasher"]["result"] == "error"


def test_a_killed_station_finds_its_modules_again_and_runs_none_twice(box, tmp_path):
    mark = f"mark-{tmp_path.parent.name}-{tmp_path.name}"  # no other run of these tests has it
    one = box(manifest({"a": ("a:1", {})}), {"a:*": shell(f": {mark}; trap 'exit 0' TERM; while :; do sleep 0.05; done")})
    one.wait_status("a", "running")
    before = processes_with(mark)
    assert len(before) == 1
    started = one.module("a")["started"]
    for _ in range(3):
        one.station.kill()
        assert processes_with(mark) == before
        one.station.start()
        one.wait_status("a", "running")
    assert processes_with(mark) == before
    assert one.module("a")["started"] == started and one.module("a")["restarts"] == 0
    one.station.stop()
    assert processes_with(mark) == []


def test_what_ends_while_the_station_is_down_is_known_afterwards(box, tmp_path):
    flag = tmp_path / "end"
    one = box(manifest({"a": ("a:1", {"restartPolicy": "never"})}),
              {"a:*": shell(f"echo begun; while ! test -e {flag}; do sleep 0.02; done; echo ended; exit 9")})
    one.wait_log("a", "begun")
    one.station.kill()
    flag.touch()
    one.station.start()
    found = one.wait_status("a", "failed")
    assert found["exit_code"] == 9
    assert one.say("logs", "a").stdout == "begun\nended\n"


def test_another_manifest_changes_what_runs_and_a_wrong_one_nothing(box):
    one = box(manifest({"a": ("a:1", {}), "b": ("b:1", {})}), {"*": SLEEPER})
    one.wait_status("a", "running"), one.wait_status("b", "running")
    started = one.module("b")["started"]
    one.write('{"modulesContent": {}}')
    one.wait(lambda: one.state()["deployment"]["code"] == 400, "refused")
    assert "'$edgeAgent' is missing" in one.state()["deployment"]["description"]
    assert "× deployment manifest is well-formed - Error" in one.say("check").stdout
    one.write(json.dumps(manifest({})).replace('"schemaVersion": "1.1"', '"schemaVersion": "2.0"'))
    one.wait(lambda: one.state()["deployment"]["code"] == 412, "schema refused")
    assert one.module("b")["started"] == started
    one.write(manifest({"b": ("b:1", {"startupOrder": 3}), "c": ("c:1", {"status": "stopped"})}))
    one.wait(lambda: one.module("c") and not one.module("a"), "the new one")
    assert one.state()["deployment"]["code"] == 200
    assert one.module("b")["started"] == started, "an equal module was restarted"
    one.write("not even JSON")
    one.wait(lambda: one.state()["deployment"]["code"] == 400, "refused again")
    one.station.restart()  # with the last good manifest
    one.wait_status("b", "running")
    assert one.module("c")["status"] == "unknown" and not one.module("a")


def test_what_cannot_run_is_named_and_the_others_run(box):
    one = box(manifest({"good": ("a:1", {}), "absent": ("absent:1", {}), "nowhere": ("nowhere:1", {})}),
              {"a:*": SLEEPER, "absent:*": {"command": ["/no/such/program"]}})
    one.wait_status("good", "running")
    one.wait(lambda: one.state()["deployment"]["code"] == 500, "told")
    assert "cannot run '/no/such/program'" in one.wait(lambda: one.module("absent").get("error"), "why")
    assert "nothing here runs the image 'nowhere:1'" in one.module("nowhere")["error"]
    refused = one.say("restart", "nowhere")
    assert refused.returncode == 1 and "nothing here runs the image 'nowhere:1'" in refused.stderr and not refused.stdout
    refused = one.say("logs", "nobody")
    assert (refused.returncode, refused.stderr) == (
        1, "A module runtime error occurred\n\tcaused by: there is no module 'nobody'\n")


def test_logs_follow_and_since(box):
    one = box(manifest({"a": ("a:1", {})}), {"a:*": shell("i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done")})
    one.wait_log("a", "line 3\n")
    follow = subprocess.Popen([one.oree, "logs", "a", "-f", "--tail", "2", "--station", one.station.base_url],
                              stdout=subprocess.PIPE, text=True)
    try:
        seen = [int(follow.stdout.readline().split()[1]) for _ in range(20)]
        assert seen == list(range(seen[0], seen[0] + 20)), "a line is lost or told twice"
    finally:
        follow.send_signal(signal.SIGINT)
        assert follow.wait(timeout=SECONDS) == 0
    assert one.say("logs", "a", "--since", "1 day").stdout.startswith("line 1\n")
    assert one.say("logs", "a", "--until", "1 day").stdout == ""
    assert "'yesterday' is no time" in one.say("logs", "a", "--since", "yesterday").stderr
    assert "is no number of lines" in one.say("logs", "a", "--tail", "some").stderr


def test_a_station_that_is_not_there_is_said(oree):
    done = subprocess.run([oree, "list", "--station", "http://127.0.0.1:1"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("A module runtime error occurred\n\tcaused by: http://127.0.0.1:1")
    checked = subprocess.run([oree, "check", "--station", "http://127.0.0.1:1", "--verbose"], capture_output=True, text=True)
    assert checked.returncode == 1
    assert "× station answers at its address - Error" in checked.stdout
    assert checked.stdout.endswith("1 check(s) were skipped due to errors from other checks.\n")


def test_a_module_does_not_inherit_how_much_the_station_is_spared_when_memory_runs_out(box):
    one = box(manifest({"a": ("a:1", {})}), {"a:*": shell("cat /proc/self/oom_score_adj; sleep 1000")})
    one.wait_log("a", "0\n")
    with open(f"/proc/{one.station.process.pid}/oom_score_adj", "w") as file:
        file.write("200")  # a unit says -200, for which a test may lack the right
    assert one.say("restart", "a").returncode == 0
    assert one.wait(lambda: len(said := one.say("logs", "a").stdout.split()) == 2 and said, "it starts again") == ["0", "0"]
