"""The Custom Vision container's API: success bodies to the byte, errors as they should be (or as they were)."""
import re

import pytest

from parts import duck_with, ducks_station


@pytest.fixture
def container(station):
    return station(ducks_station(custom_vision={"model": "ducks"}))


def test_the_greeting(container):
    answer = container.get("/", headers={"Accept": "*/*"})
    assert answer.text == "CustomVision.ai model host harness"


@pytest.mark.parametrize("path", ["/image", "/ducks/image", "/ducks/image/nostore",
                                  "/ducks/classify/iterations/Iteration1/image",
                                  "/ducks/classify/iterations/Iteration1/image/nostore"])
def test_an_image_gets_its_tags(container, path):
    image = duck_with("good").read_bytes()
    answer = container.post(path, data=image, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["created", "id", "iteration", "predictions", "project"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", body["created"])
    assert (body["id"], body["iteration"], body["project"]) == ("", "", "")
    best = max(body["predictions"], key=lambda p: p["probability"])
    assert list(best) == ["boundingBox", "probability", "tagId", "tagName"]
    assert best["tagName"] == "good" and best["boundingBox"] is None and best["tagId"] == ""


def test_forms_and_addresses_are_taken_too(container):
    image = duck_with("scratch").read_bytes()
    form = container.post("/image", files={"imageData": ("a.jpg", image)}).json()
    assert max(form["predictions"], key=lambda p: p["probability"])["tagName"] == "scratch"
    kept = container.post("/api/v1/trigger", data=image).json()["item_id"]
    address = container.url(f"/api/v1/items/{kept}/binaries/hand")
    for key in ("url", "Url"):
        by_url = container.post("/url", json={key: address}).json()
        assert max(by_url["predictions"], key=lambda p: p["probability"])["tagName"] == "scratch"


@pytest.mark.parametrize("path,options", [("/image", {"data": b"no picture"}), ("/image", {"data": b""}),
                                          ("/url", {"json": {"nothing": 1}}), ("/url", {"data": b"{"}),
                                          ("/url", {"json": {"url": "file:///etc/passwd"}})])
def test_what_cannot_be_judged_is_a_4xx(container, path, options):
    assert 400 <= container.post(path, **options).status_code < 500


def test_the_old_errors_come_back_when_asked_for(station):
    one = station(ducks_station(custom_vision={"model": "ducks", "legacy_errors": True}))
    answer = one.post("/image", data=b"no picture")
    assert (answer.status_code, answer.text) == (500, "Error processing image")
