"""Real stations and a real hub where something is not as it should be: each case has one outcome, and it has a name."""
import shutil
import threading
import time
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from parts import duck_with, ducks_station
from station import Station as Double
from test_enrolment import authority, certificate

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def line(works, name="line-1", **fleet) -> dict:
    return {**ducks_station(), "station": name, "fleet": {"hub": works.base_url, **fleet}}


def until(condition, what, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.05)  # asks, as a page does
    return found


def device(works, name="line-1") -> dict:
    answer = works.get(f"/api/v1/devices/{name}")
    return answer.json() if answer.status_code == 200 else {}


def decides(station) -> bool:
    answer = station.post("/api/v1/trigger", data=duck_with("good").read_bytes(), headers={"Content-Type": "image/jpeg"})
    return answer.status_code == 200 and answer.json()["decision"] == "OK"


def test_a_station_enrols_with_its_certificate_and_is_updated(hub, station, tmp_path, ducks):
    ca_key, ca = authority()
    (tmp_path / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    key, pem = certificate(ca_key, ca, "line-1")
    (tmp_path / "line-1.pem").write_text(pem)
    (tmp_path / "line-1.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    works = hub(enrolment={"authorities": str(tmp_path / "ca.pem")})
    one = station(line(works, certificate=str(tmp_path / "line-1.pem"), certificate_key=str(tmp_path / "line-1.key")))
    until(lambda: device(works).get("online"), "the station on the hub")
    assert device(works)["enrolled_by"].startswith("certificate")
    works.publish(version="2", files=ducks(2))
    works.roll_out("2")
    until(lambda: works.rollout("r-1")["state"] == "done", "version 2")
    assert decides(one)
    stranger_key, stranger = authority("Somebody else")
    other, other_pem = certificate(stranger_key, stranger, "line-2")
    (tmp_path / "line-2.pem").write_text(other_pem)
    (tmp_path / "line-2.key").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    two = station(line(works, "line-2", certificate=str(tmp_path / "line-2.pem"),
                       certificate_key=str(tmp_path / "line-2.key")), name="stranger")
    until(lambda: two.get("/api/v1/station").json()["fleet"]["trouble"], "a refusal")
    assert device(works, "line-2") == {} and decides(two)


def test_a_cloned_box_is_found_both_go_on_inspecting_and_a_person_decides(hub, station, tmp_path):
    works = hub()
    one = station(line(works, token=works.token()), name="original")
    until(lambda: device(works).get("online"), "the station on the hub")
    one.kill()
    shutil.copytree(one.data, tmp_path / "copied")
    one.start()
    until(lambda: one.get("/api/v1/station").json()["fleet"]["connected"], "the original")
    two = station(line(works, token="oree1.none." + "0" * 64), data=tmp_path / "copied", name="copy")
    until(lambda: device(works)["standing"] == "cloned", "the clone found")
    assert decides(one) and decides(two), "both go on inspecting"
    assert any(e["what"] == "cloned" for e in works.get("/api/v1/audit").json()["entries"])
    two.stop()
    one.stop()
    assert works.post("/api/v1/devices/line-1", json={"standing": "admitted"}).status_code == 200
    one.start()
    until(lambda: one.get("/api/v1/station").json()["fleet"]["connected"], "the original, let in")
    assert device(works)["standing"] == "admitted"


def test_a_flood_of_enrolments_costs_those_who_are_in_nothing_and_a_newcomer_some_seconds(hub, station):
    works = hub(enrolment={"per_minute": 120})
    one = station(line(works, token=works.token()), name="in")
    until(lambda: device(works).get("online"), "the first station")
    over = threading.Event()
    codes = []

    def flood():
        while not over.is_set():
            codes.append(Double(works, "flood").enrol("nonsense").status_code)

    floods = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
    for each in floods:
        each.start()
    until(lambda: codes.count(429) > 50, "the flood slowed down")
    works.publish(version="2", files={"model.onnx": b"no network"})
    works.roll_out("2")
    until(lambda: device(works)["models"], "the first station hears what it shall have")
    late = station(line(works, "late", token=works.token()), name="late")
    assert decides(late) and decides(one)
    over.set()
    for each in floods:
        each.join()
    until(lambda: device(works, "late").get("online"), "the newcomer")
    assert set(codes) <= {401, 429}


def test_a_box_whose_clock_says_1970_is_updated_and_goes_on_when_the_clock_is_right_again(hub, station, monkeypatch, ducks):
    if not FAKETIME.exists():
        pytest.skip("no libfaketime on this machine")
    works = hub()
    token = works.token()
    with monkeypatch.context() as then:
        then.setenv("LD_PRELOAD", str(FAKETIME))
        then.setenv("FAKETIME", "@1970-01-01 00:10:00")
        then.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        one = station(line(works, token=token))
    assert one.get("/api/v1/station").json()["started"].startswith("1970")
    works.publish(version="2", files=ducks(2))
    works.roll_out("2")
    until(lambda: works.rollout("r-1")["state"] == "done", "version 2 in 1970")
    assert decides(one)
    one.restart()
    works.publish(version="3", files=ducks(3))
    works.roll_out("3")
    until(lambda: works.rollout("r-2")["state"] == "done", "version 3 today")
    assert decides(one) and requests.get(one.url("/api/v1/health/live"), timeout=5).ok
