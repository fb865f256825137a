"""Models on their way to a fleet: in waves, stopped when bad, taken back also from who was away."""
import hashlib
import subprocess
import threading
import time

import pytest
from station import Station


def eventually(what, seconds=15):
    """Waits for a condition that another process brings about."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found
        threading.Event().wait(0.05)


@pytest.fixture
def line(hub):
    """A hub with three stations that all serve version 1."""
    works = hub()
    token = works.token("--uses", "3")
    stations = [Station(works, f"line-{i}") for i in (1, 2, 3)]
    for one in stations:
        assert one.enrol(token).status_code == 201
    works.publish(version="1")
    turn_until_over(works, works.roll_out("1"), stations)
    assert [one.version("ducks") for one in stations] == ["1"] * 3
    return works, stations


def turn_until_over(works, rollout, stations, seconds=20):
    def turn():
        for one in stations:
            one.step()
        return works.rollout(rollout)["state"] in ("done", "aborted", "paused") and works.rollout(rollout)

    return eventually(turn, seconds)


def test_a_good_version_reaches_all_in_waves(line):
    works, stations = line
    works.publish(version="2")
    name = works.roll_out("2")
    first = eventually(lambda: works.rollout(name)["stations"]["unproven"] and works.rollout(name))
    assert first["stations"]["unproven"] == 1, "the first wave is one station"
    done = turn_until_over(works, name, stations)
    assert done["state"] == "done" and [one.version("ducks") for one in stations] == ["2"] * 3
    assert done["stations"]["exposed"] == 3 and done["stations"]["failed"] == 0
    listed = works.get("/api/v1/rollouts").json()["rollouts"]
    assert [(one["model"], one["version"], one["state"]) for one in listed] == [
        ("ducks", "2", "done"), ("ducks", "1", "done")]
    assert [wave["state"] for wave in listed[0]["waves"]] == ["done", "done"]


def test_a_bad_version_stops_at_the_first_wave_and_is_never_offered_again(line):
    works, stations = line
    bad = works.publish(version="2")
    for one in stations:
        one.spoiled[bad] = "self_test"
    name = works.roll_out("2")
    over = turn_until_over(works, name, stations)
    assert over["state"] == "aborted", over
    assert over["stations"]["failed"] == 1 and [one.version("ducks") for one in stations] == ["1"] * 3
    assert all(bad in one.step()["bad"] for one in stations)
    packages = works.get("/api/v1/packages").json()["packages"]
    assert [(one["version"], one["bad"]) for one in packages] == [("2", True), ("1", False)]
    again = works.post("/api/v1/rollouts", json={"model": "ducks", "version": "2"})
    assert again.status_code == 409
    assert works.get("/model/ducks/latest", params={"device_type": "x86_64"}).json()["version"] == "1"
    works.publish(version="3")
    assert turn_until_over(works, works.roll_out("3"), stations)["state"] == "done"
    assert [one.version("ducks") for one in stations] == ["3"] * 3


def test_abort_reaches_a_station_that_was_away(line):
    works, stations = line
    works.publish(version="2")
    name = works.roll_out("2")
    assert turn_until_over(works, name, stations)["state"] == "done"
    away, here = stations[0], stations[1:]
    assert works.post(f"/api/v1/rollouts/{name}/abort").status_code == 200
    assert eventually(lambda: [one.step() for one in here] and [one.version("ducks") for one in here] == ["1", "1"])
    assert away.version("ducks") == "2" and works.rollout(name)["state"] == "aborting"
    works.kill()
    works.start()
    away.step()
    assert away.version("ducks") == "1"
    # What the others said in the second before the hub was killed, they say again.
    assert eventually(lambda: [one.step() for one in here] and works.rollout(name)["state"] == "aborted")


def test_a_hub_killed_amid_a_roll_out_goes_on(line):
    works, stations = line
    works.publish(version="2")
    name = works.roll_out("2")
    taken = eventually(lambda: [one for one in stations if one.step()["models"][0]["version"] == "2"])
    assert len(taken) == 1
    works.kill()
    works.start()
    assert works.rollout(name)["stations"]["exposed"] <= 1
    done = turn_until_over(works, name, stations)
    assert done["state"] == "done" and [one.version("ducks") for one in stations] == ["2"] * 3
    kinds = [entry["what"] for entry in works.get("/api/v1/audit").json()["entries"]]
    assert kinds.count("rollout") == 2 and "done" in kinds and "next_wave" in kinds


def test_what_stations_measure_stops_a_version_that_makes_errors(line):
    works, stations = line
    works.publish(version="2")
    name = works.roll_out("2", gates={"errors": 0.01, "min_requests": 100})

    def turn():
        for one in stations:
            one.step()
            bad = one.version("ducks") == "2"
            assert one.measure("ducks", requests_=400, errors=200 if bad else 0).status_code == 200
        return works.rollout(name)["state"] == "aborted" and works.rollout(name)

    over = eventually(turn, 20)
    assert over and "error" in over["reason"], works.rollout(name)
    assert over["stations"]["exposed"] == 1
    assert eventually(lambda: [one.step() for one in stations] and {one.version("ducks") for one in stations} == {"1"})


def test_pause_holds_and_resume_goes_on(line):
    works, stations = line
    works.publish(version="2")
    name = works.roll_out("2")
    assert works.post(f"/api/v1/rollouts/{name}/pause").json()["state"] == "paused"
    for _ in range(3):
        for one in stations:
            one.step()
    assert sum(one.version("ducks") == "2" for one in stations) <= 1
    assert works.post(f"/api/v1/rollouts/{name}/pause").status_code == 409
    assert works.post(f"/api/v1/rollouts/{name}/resume").json()["state"] == "running"
    assert turn_until_over(works, name, stations)["state"] == "done"


def test_success_after_falling_back_is_none(line):
    works, stations = line
    package = works.publish(version="2")
    name = works.roll_out("2")
    liar = eventually(lambda: [one for one in stations if one.step()["models"][0]["version"] == "2"])[0]
    model = liar.models["ducks"]
    model["slots"]["current"] = model["slots"]["last_good"]
    model.update(state="healthy", package=package)
    assert liar.sync().ok
    assert works.rollout(name)["stations"]["proven"] == 0


def test_a_change_is_heard_at_once_by_who_waits(line):
    works, stations = line
    works.publish(version="2")
    heard = {}

    def wait(one):
        one.sync()
        one.revision = one.desired["revision"]
        answer = one.sync(wait=30, timeout=40)
        heard[one.name] = (time.monotonic(), answer.json()["models"][0]["version"])

    threads = [threading.Thread(target=wait, args=(one,)) for one in stations]
    for thread in threads:
        thread.start()
    assert eventually(lambda: 'state="online"} 3' in works.get("/metrics").text)
    name = works.roll_out("2", waves=[{"name": "all", "percent": 100, "soak": "0s"}])
    for thread in threads:
        thread.join(timeout=40)
    assert {version for _, version in heard.values()} == {"2"}
    assert works.rollout(name)["stations"]["unproven"] == 3


def test_files_come_in_pieces_and_only_with_a_token(line):
    works, stations = line
    raw = bytes(range(256)) * 1000
    works.publish(name="geese", version="1", files={"model.onnx": raw, "model.yaml": b"task: classification\n"})
    one = stations[0]
    one.sync()
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    first = one.fetch(digest, Range="bytes=0-99999")
    assert first.status_code == 206 and first.headers["Content-Range"] == f"bytes 0-99999/{len(raw)}"
    rest = one.fetch(digest, **{"Range": "bytes=100000-", "If-Range": first.headers["ETag"]})
    assert first.content + rest.content == raw
    assert one.fetch(digest, **{"Range": "bytes=1-2", "If-Range": '"other"'}).status_code == 200
    assert one.fetch(digest, Range=f"bytes={len(raw)}-").status_code == 416
    assert one.fetch("sha256:" + "0" * 64).status_code == 404
    works.user("nadia", "operator")
    import requests

    assert requests.get(works.url(f"/blobs/{digest}"), timeout=10).status_code == 401
    assert one.fetch(digest).content == raw


def test_a_misspelt_wish_starts_nothing(line):
    works, stations = line
    works.publish(version="2")

    def wished(**more):
        answer = works.post("/api/v1/rollouts", json={"model": "ducks", "version": "2", **more})
        return answer.status_code, answer.json().get("error", "")

    for more, says in (
            ({"plann": {}}, "'plann'"), ({"version": 2}, "'version'"), ({"watch_s": "10s"}, "'watch_s'"),
            ({"watch_s": -1}, "'watch_s'"), ({"watch_s": 1e30}, "'watch_s'"), ({"shadow": 5}, "'shadow'"),
            ({"shadow": {"percent": 200}}, "'percent'"), ({"shadow": {"requests": -1}}, "'requests'"),
            ({"shadow": {"requests": 2.5}}, "'requests'"), ({"shadow": {"agreement": "0.9"}}, "'agreement'"),
            ({"shadow": {"request": 5}}, "'request'"), ({"plan": 5}, "plan:1:1")):
        status, error = wished(**more)
        assert status == 400 and says in error, (more, status, error)
    for body in (b"{", b"[]", b"\xff"):
        answer = works.post("/api/v1/rollouts", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400 and "the body" in answer.json()["error"]
    assert len(works.get("/api/v1/rollouts").json()["rollouts"]) == 1
    assert [one.step()["models"][0]["version"] for one in stations] == ["1"] * 3


def test_a_wave_that_nobody_belongs_to_says_what_it_waits_for(line, oree):
    works, _ = line
    works.publish(version="2")
    name = works.roll_out("2", waves=[{"name": "lost", "tags": ["site=nowhere"]}])
    assert works.rollout(name)["waits_for"] == "no station of the fleet has its tags"
    shown = subprocess.run([oree, "rollout", "show", name, "--hub", works.base_url], capture_output=True, text=True,
                           timeout=30)
    assert "no station of the fleet has its tags" in shown.stdout, shown


def test_what_people_ask_of_stations_is_taken_whole_or_not_at_all(line):
    works, _ = line
    for body, says in (({"tags": ["new"], "standing": "cloned"}, "'standing'"), ({"tags": "new"}, "'tags'"), ({}, "'tags'"),
                       ({"tag": ["new"]}, "'tag'")):
        answer = works.post("/api/v1/devices/line-1", json=body)
        assert answer.status_code == 400 and says in answer.json()["error"], body
    assert works.get("/api/v1/devices/line-1").json()["tags"] == []
    for body, says in (({"note": "é" * 61}, "122 bytes"), ({"note": 5}, "'note'"), ({"uses": 0}, "'uses'"),
                       ({"use": 5}, "'use'")):
        answer = works.post("/api/v1/invitations", json=body)
        assert answer.status_code == 400 and says in answer.json()["error"], body
    assert works.post("/api/v1/invitations", json={"note": "é" * 60}).status_code == 201
    assert works.get("/api/v1/audit", params={"limit": 1}).json()["entries"][0]["note"] == "é" * 60


def test_packages_that_are_not_what_they_say_are_refused(hub):
    works = hub()
    works.publish(version="2")
    wrong = works.put("/blobs/sha256:" + "0" * 64, data=b"other bytes")
    assert wrong.status_code == 400 and "sha256" in wrong.json()["error"]

    def post(index):
        import json

        raw = json.dumps(index, sort_keys=True, separators=(",", ":"))
        return works.post("/api/v1/packages", data=raw, headers={"Content-Type": "application/json"})

    raw = b"network of ducks 2"
    row = {"bytes": len(raw), "digest": f"sha256:{hashlib.sha256(raw).hexdigest()}", "path": "model.onnx"}
    base = {"files": [row], "format": "oree/package/v1", "hardware": [], "name": "ducks", "release": 3, "version": "3"}
    assert post({**base, "files": [{**row, "digest": "sha256:" + "1" * 64}]}).status_code == 400
    assert post({**base, "files": [{**row, "path": "../model.onnx"}]}).status_code == 400
    assert post({**base, "version": "2"}).status_code == 409, "a version never changes"
    assert post({**base, "release": 1}).status_code == 409, "a release never goes back"
    assert post(base).status_code == 201


def test_tuf_vouches_for_the_index_of_each_package(hub):
    works = hub()
    package = works.publish(version="1", hardware=["x86_64"])
    timestamp = works.get("/tuf/metadata/timestamp.json").json()["signed"]
    snapshot = works.get(f"/tuf/metadata/{timestamp['meta']['snapshot.json']['version']}.snapshot.json").json()
    targets = works.get(f"/tuf/metadata/{snapshot['signed']['meta']['targets.json']['version']}.targets.json").json()
    target = targets["signed"]["targets"]["ducks/1/package.json"]
    assert f"sha256:{target['hashes']['sha256']}" == package
    assert target["custom"] == {"name": "ducks", "version": "1", "release": 1, "hardware": ["x86_64"]}
    index = works.get(f"/tuf/targets/ducks/1/{target['hashes']['sha256']}.package.json").content
    assert hashlib.sha256(index).hexdigest() == target["hashes"]["sha256"]


def test_scripts_of_brief_002_find_the_latest_model(hub):
    works = hub()
    raw = b"network of yolov8n 2"
    works.publish(name="yolov8n", version="2", files={"model.onnx": raw}, hardware=["rpi5", "jetson-nano"])
    found = works.get("/model/yolov8n/latest", params={"device_type": "rpi5"}).json()
    assert found["version"] == "2" and found["compatible_devices"] == ["rpi5", "jetson-nano"]
    assert found["checksum"] == hashlib.sha256(works.get(found["url"].removeprefix(works.base_url)).content).hexdigest()
    missing = works.get("/model/yolov8n/latest", params={"device_type": "cray"})
    assert missing.status_code == 404 and missing.json() == {"error": "Model not found or incompatible"}
