"""A picture goes in; the verdict comes back, is stored, shown as it falls, and found again."""
import hashlib
import json
import threading
import time
from pathlib import Path

import requests

from parts import duck_truth, duck_with, ducks_station, picture


def trigger(station, image: bytes, **query):
    return station.post("/api/v1/trigger", params=query, data=image, headers={"Content-Type": "image/jpeg"})


def test_a_good_and_a_bad_duck_are_told_apart_and_found_again(station):
    one = station(ducks_station())
    good, bad = duck_with("good").read_bytes(), duck_with("missing_eye").read_bytes()
    verdicts = [trigger(one, image).json() for image in (good, bad)]
    assert [v["decision"] for v in verdicts] == ["OK", "KO"]
    assert verdicts[1]["predictions"]["duck"]["label"] == "missing_eye"

    item = one.get(f"/api/v1/items/{verdicts[1]['item_id']}").json()
    assert item["state"] == "DONE"
    assert item["camera_decisions"] == {"duck": "KO"}
    assert item["steps"][0]["reason_code"] == "wrong_label"
    assert item["steps"][0]["model_version"] == "1"
    stored = one.get(f"/api/v1/items/{item['id']}/binaries/hand")
    assert stored.content == bad
    assert stored.headers["Content-Type"] == "image/jpeg"
    assert item["binaries"]["hand"]["sha256"] == hashlib.sha256(bad).hexdigest()
    assert Path(item["binaries"]["hand"]["storing_path"]).read_bytes() == bad
    assert one.get(f"/api/v1/items/{item['id']}/binaries").json() == [f"{item['id']}_hand.jpg"]
    assert one.get(f"/api/v1/items/{item['id']}/state").json() == "DONE"

    newest_first = [i["id"] for i in one.get("/api/v1/items").json()]
    assert newest_first == [verdicts[1]["item_id"], verdicts[0]["item_id"]]
    assert [i["id"] for i in one.get("/api/v1/items?decision=KO").json()] == [item["id"]]
    assert [i["id"] for i in one.get("/api/v1/items?label=missing_eye").json()] == [item["id"]]
    assert one.get("/api/v1/items?label=unheard_of").json() == []


def test_every_sample_duck_is_judged_rightly(station):
    one = station({**ducks_station(), "cameras": {"hand": {"type": "folder", "path": str(duck_with("good").parent)}}})
    truth = duck_truth()
    right = 0
    for _ in truth:
        item = one.get("/api/v1/items/" + one.post("/api/v1/trigger").json()["item_id"]).json()
        assert item["truth"] == truth[item["binaries"]["hand"]["source"]]
        right += item["predictions"]["duck"]["label"] == item["truth"]
    assert right >= 0.95 * len(truth)


def test_history_is_paged_and_filtered_by_time(station):
    one = station(ducks_station())
    image = duck_with("good").read_bytes()
    ids = [trigger(one, image).json()["item_id"] for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = one.get("/api/v1/items", params={"limit": 3, "cursor": cursor})
        seen += [i["id"] for i in page.json()]
        cursor = page.headers.get("X-Next-Cursor")
        if not cursor:
            break
    assert seen == ids[::-1]
    middle = one.get(f"/api/v1/items/{ids[3]}").json()["creation_date"]
    assert len(one.get("/api/v1/items", params={"from": middle}).json()) == 4
    assert len(one.get("/api/v1/items", params={"to": middle}).json()) == 3


def test_each_verdict_is_told_as_it_falls(station):
    one = station(ducks_station())
    heard = []

    def listen():
        with requests.get(one.url("/events"), stream=True, timeout=30) as stream:
            for line in stream.iter_lines(decode_unicode=True, chunk_size=1):
                heard.append(line)
                if line.startswith("data: {\"id\""):
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    deadline = time.monotonic() + 20
    while "event: ready" not in heard and time.monotonic() < deadline:
        time.sleep(0.01)
    answer = trigger(one, duck_with("good").read_bytes()).json()
    listener.join(timeout=20)
    data = [line for line in heard if line.startswith("data: {\"id\"")]
    assert json.loads(data[0][6:])["id"] == answer["item_id"]


def test_several_cameras_and_steps_make_one_decision(station):
    def step(camera):
        return {"camera": camera, "model": "ducks", "rule": {"type": "expected_label", "label": "good"}}

    one = station({**ducks_station(), "cameras": {"left": {"type": "http"}, "right": {"type": "http"}},
                   "steps": {"l": step("left"), "r": step("right")},
                   "item_rule": {"type": "min_threshold", "expected_decision": "OK", "threshold": 1}})
    good, bad = duck_with("good").read_bytes(), duck_with("scratch").read_bytes()
    answer = one.post("/api/v1/trigger", files={"left": ("l.jpg", good), "right": ("r.jpg", bad)}).json()
    assert answer["camera_decisions"] == {"l": "OK", "r": "KO"}
    assert answer["decision"] == "OK"
    # VIO's form: the pictures in camera order, all named binaries
    answer = one.post("/api/v1/trigger", files=[("binaries", ("l.jpg", bad)), ("binaries", ("r.jpg", good))]).json()
    assert answer["camera_decisions"] == {"l": "KO", "r": "OK"}


def test_a_missing_picture_is_said_and_never_left_out(station):
    one = station(ducks_station())
    answer = one.post("/api/v1/trigger").json()
    assert answer["decision"] == "NO_DECISION"
    item = one.get(f"/api/v1/items/{answer['item_id']}").json()
    assert item["steps"][0]["reason_code"] == "camera_failed"
    assert "hand" in item["camera_failures"]


def test_new_files_are_inspected(station, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    one = station(ducks_station(triggers=[{"type": "new_file", "path": str(inbox), "camera": "hand"}]))
    (inbox / "a.jpg").write_bytes(duck_with("stain").read_bytes())
    deadline = time.monotonic() + 20
    while not one.get("/api/v1/items").json() and time.monotonic() < deadline:
        time.sleep(0.02)
    item = one.get("/api/v1/items").json()[0]
    assert item["trigger"]["type"] == "new_file"
    assert item["decision"] == "KO"


def test_a_snapshot_camera_is_fetched_and_a_dead_one_is_late_or_failed(station):
    source = station(ducks_station())
    kept = trigger(source, duck_with("good").read_bytes()).json()["item_id"]
    one = station({**ducks_station(), "cameras": {
        "hand": {"type": "http", "url": source.url(f"/api/v1/items/{kept}/binaries/hand")},
        "dead": {"type": "http", "url": "http://127.0.0.1:9/snapshot.jpg", "deadline": "300ms"}},
        "steps": {**ducks_station()["steps"], "other": {"camera": "dead", "model": "ducks",
                                                        "rule": {"type": "expected_label", "label": "good"}}}})
    answer = one.post("/api/v1/trigger").json()
    assert answer["camera_decisions"] == {"duck": "OK", "other": "NO_DECISION"}
    assert answer["decision"] == "NO_DECISION"


def test_uploads_are_kept_under_their_class_without_judgement(station):
    one = station(ducks_station())
    answer = one.post("/api/v1/upload?class_name=scratch", files=[("binaries", ("a.jpg", picture()))]).json()
    item = one.get(f"/api/v1/items/{answer['items_ids'][0]}").json()
    assert item["class_name"] == "scratch"
    assert item["decision"] == "NO_DECISION"
    assert one.post("/api/v1/upload", files=[("binaries", ("a.txt", b"hello"))]).status_code == 400


def test_thumbnails_are_small_and_pictures_cacheable(station):
    one = station(ducks_station())
    kept = trigger(one, duck_with("good").read_bytes()).json()["item_id"]
    whole = one.get(f"/api/v1/items/{kept}/binaries/hand")
    small = one.get(f"/api/v1/items/{kept}/binaries/hand?longest=160")
    assert "immutable" in whole.headers["Cache-Control"]
    assert len(small.content) < len(whole.content) / 2
    from io import BytesIO

    from PIL import Image

    assert max(Image.open(BytesIO(small.content)).size) == 160
