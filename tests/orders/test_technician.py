"""The technician's app in a real browser, with a network that is cut and mended; and many phones at once."""
import gzip
import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
import requests
from PIL import Image

from consortium import RULE, now_ms
from halls import wait_for
from offline_edits import Shift
from phone import Developer, Network, Phone

ALONE = {"authorities": (), "maintenance": {"quorum": 0}}


@pytest.fixture
def network_to():
    made = []

    def make(consortium):
        made.append(Network(consortium.hall.base_url))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def phones(browser, network_to):
    """phones(consortium) is one more phone; each has a network and a memory of its own."""
    first, all_of_them = browser.current_window_handle, []

    def one_more(consortium):
        all_of_them.append(Phone(browser, network_to(consortium)))
        return all_of_them[-1]

    yield one_more
    for one in all_of_them:
        one.forget()
    browser.switch_to.window(first)


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def ready_order(consortium, asset="press-1"):
    order = consortium.propose(asset=asset, fault=RULE["fault"])
    return consortium.wait_state(order, "ordered")["id"]


def test_the_app_is_served_as_a_service_worker_needs_it(consortium_with):
    consortium = consortium_with(**ALONE)
    short = requests.get(consortium.hall.base_url + "/technician", timeout=10, allow_redirects=False)
    assert (short.status_code, short.headers["Location"]) == (308, "/technician/")
    page = consortium.get("/technician/")
    assert page.headers["Content-Type"].startswith("text/html") and "default-src 'self'" in page.headers["Content-Security-Policy"]
    types = {"sw.js": "text/javascript", "app.js": "text/javascript", "app.css": "text/css", "manifest.webmanifest": "application/manifest+json",
             "icon-192.png": "image/png", "icon-512.png": "image/png", "icon-512-maskable.png": "image/png", "icon.svg": "image/svg+xml"}
    answers = {name: consortium.get("/technician/" + name) for name in types}
    for name, kind in types.items():
        assert answers[name].headers["Content-Type"].startswith(kind), name
        assert answers[name].headers["Cache-Control"] == "no-cache" and answers[name].headers["X-Content-Type-Options"] == "nosniff", name
    again = requests.get(consortium.hall.base_url + "/technician/sw.js", headers={"If-None-Match": answers["sw.js"].headers["ETag"]}, timeout=10)
    assert again.status_code == 304
    missing = requests.get(consortium.hall.base_url + "/technician/old.js", headers={"Accept": "text/html"}, timeout=10)
    assert missing.status_code == 404 and "html" not in missing.headers["Content-Type"]
    assert sum(len(gzip.compress(one.content)) for one in (page, answers["app.js"], answers["app.css"])) <= 150_000
    manifest = answers["manifest.webmanifest"].json()
    assert manifest["display"] == "standalone" and {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert not re.search(r"https?://(?!www\.w3\.org)[a-z]", page.text + answers["app.css"].text)


def test_a_photo_has_the_address_of_its_content_and_is_served_as_a_picture_only(consortium_with):
    url = consortium_with(**ALONE).hall.base_url + "/api/v1/orders/photos/"
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 60, 20)).save(out, "JPEG")
    photo, page = out.getvalue(), b"<script>alert(1)</script>"
    for _ in range(2):
        assert requests.put(url + digest_of(photo), data=photo, timeout=10).status_code == 200
    served = requests.get(url + digest_of(photo), timeout=10)
    assert served.content == photo and served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff" and served.headers["Content-Security-Policy"] == "sandbox"
    for address, content, reason in ((digest_of(page), photo, "SHA-256"), (digest_of(page), page, "JPEG"), (digest_of(b"\xff\xd8\xff" * 3_000_000), b"\xff\xd8\xff" * 3_000_000, "MB")):
        wrong = requests.put(url + address, data=content, timeout=20)
        assert wrong.status_code == 400 and reason in wrong.json()["error"]
    assert requests.get(url + digest_of(page), timeout=10).status_code == 404
    assert requests.get(url + "..%2Forders.db", timeout=10).status_code == 400


def test_a_phone_goes_on_without_a_network_and_after_it_was_switched_off(consortium, chromium, network_to, tmp_path):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")["id"]
    wait_for(lambda: requests.get(f"{consortium.hall.base_url}/api/v1/orders/{order}/proof", timeout=10).status_code == 200)
    network, photo = network_to(consortium), tmp_path / "photo.png"
    Image.new("RGB", (2400, 1200), (20, 90, 160)).save(photo)
    browser = chromium(tmp_path / "profile")
    try:
        phone = Phone(browser, network)
        phone.begin("Nadia", order)
        phone.says("Proven", "The station’s ledger signed the tree", "the very bytes that were sealed")

        network.cut()
        phone.here().refresh()  # from here on everything comes from the phone
        phone.says("Offline", "Proven", "not what it was when oven-1 was healthy")
        assert phone.all(".chart .line")
        phone.press("Begin")
        phone.tick("Look")
        phone.tick("2 × Fan")
        phone.write_note("The fan was blocked by swarf.")
        phone.all("input[type=file]")[0].send_keys(str(photo))
        phone.wait(lambda: phone.all(".photos img"))
        phone.sign()
        phone.says("In progress", "changes waiting")
        kept = phone.waiting()
        assert kept == 8  # state, started, technician, task, part, note, photo, signature
        assert consortium.order(order)["state"] == "ordered"
    finally:
        browser.quit()

    browser = chromium(tmp_path / "profile")  # switched off and on, still without a network
    try:
        phone = Phone(browser, network)
        phone.open(order)
        phone.says("Offline", f"{kept} changes waiting", "In progress")
        assert phone.ticked() == ["Look", "2 × Fan"] and phone.note() == "The fan was blocked by swarf."
        network.mend()
        phone.says("Everything is sent")
        assert phone.waiting() == 0
    finally:
        browser.quit()

    arrived = consortium.order(order)
    work = arrived["work"]
    assert arrived["state"] == "in_progress" and work["technician"] == "Nadia" and work["note"] == "The fan was blocked by swarf."
    assert [task["done"] for task in arrived["tasks"]] == [True, False] and arrived["parts"][0]["used"] is True and work["started"]
    for digest, form in ((work["photos"][0]["digest"], "JPEG"), (work["signature"]["digest"], "PNG")):
        content = consortium.get(f"/api/v1/orders/photos/{digest}").content
        picture = Image.open(io.BytesIO(content))
        assert hashlib.sha256(content).hexdigest() == digest and picture.format == form and max(picture.size) <= 1600


def test_a_new_order_appears_by_itself_and_can_be_read_offline_afterwards(consortium_with, phones):
    consortium = consortium_with(**ALONE)
    phone = phones(consortium)
    phone.begin("Ada")
    phone.says("Nothing to do")
    order = ready_order(consortium)
    phone.says("To do", "Overheating", "press-1")
    phone.network.cut()
    phone.says("Offline")
    phone.open(order)
    phone.says("Ordered", "Look", "Mend", "Fan")


def test_two_phones_edit_different_fields_and_both_stand(consortium_with, phones):
    consortium = consortium_with(**ALONE)
    order, (a, b) = ready_order(consortium), (phones(consortium), phones(consortium))
    a.begin("Ada", order)
    b.begin("Bob", order)
    for one in (a, b):
        one.network.cut()
    a.here()
    a.tick("Look")
    b.here()
    b.write_note("Belt is loose.")
    b.tick("Mend")
    for one in (a, b):
        one.network.mend()
    for one in (a, b):
        one.wait(lambda one=one: one.ticked() == ["Look", "Mend"] and one.note() == "Belt is loose.")
        one.says("Everything is sent")
    merged = consortium.order(order)
    assert merged["conflicts"] == [] and merged["tasks"][0]["by"] == "Ada" and merged["tasks"][1]["by"] == "Bob"


def test_two_phones_edit_the_same_field_and_a_person_chooses(consortium_with, phones):
    consortium = consortium_with(**ALONE)
    order, (a, b) = ready_order(consortium), (phones(consortium), phones(consortium))
    a.begin("Ada", order)
    b.begin("Bob", order)
    for one, note in ((a, "Bearing worn."), (b, "Belt is loose.")):
        one.network.cut()
        one.here()
        one.write_note(note)
        one.says("1 change waiting")
    for one in (a, b):
        one.network.mend()
        one.says("Everything is sent")
    for one in (a, b):
        one.says("Accounts differ: choose", "Bearing worn.", "Belt is loose.", "Ada", "Bob")
        assert not one.all("#note")  # nobody writes over a contradiction by accident
    a.here()
    a.press("All of it, one after the other", ".account")
    a.press("This is right")
    for one in (a, b):
        one.wait(lambda one=one: not one.all(".conflict"))
        one.wait(lambda one=one: one.note() in ("Bearing worn.\n\nBelt is loose.", "Belt is loose.\n\nBearing worn."))
    assert consortium.order(order)["conflicts"] == []


def test_what_waits_is_sent_while_the_app_is_closed(consortium_with, phones, browser):
    consortium = consortium_with(**ALONE)
    order, phone = ready_order(consortium), phones(consortium)
    phone.begin("Ada", order)
    phone.network.cut()
    phone.tick("Look")
    phone.says("1 change waiting")
    phone.here().get("about:blank")
    phone.network.mend()
    Developer(browser).network_is_back(phone.network.url)
    wait_for(lambda: consortium.order(order)["tasks"][0]["done"], 30)


def test_what_the_station_does_not_accept_is_said_with_its_reason(consortium_with, phones):
    consortium = consortium_with(**ALONE)
    order, phone = ready_order(consortium), phones(consortium)
    phone.begin("Ada", order)
    phone.network.cut()
    phone.press("Begin")
    phone.says("changes waiting")
    office = requests.post(f"{consortium.hall.base_url}/api/v1/orders/{order}/state", json={"state": "cancelled", "by": "Office"}, timeout=10)
    assert office.status_code == 200
    phone.network.mend()
    phone.says("Not accepted", "State: “In progress”", "is cancelled: it cannot become in_progress")
    phone.press("Understood")
    phone.wait(lambda: not phone.all(".refusal"))


def test_everything_fits_a_phone_and_a_thumb_in_both_languages(consortium_with, phones, browser):
    consortium = consortium_with(**ALONE)
    order, phone = ready_order(consortium), phones(consortium)
    phone.begin("Ada", order)
    for language in ("en", "fr"):
        browser.execute_script(f"localStorage.setItem('oree.language', '{language}')")
        for place in ("#/", f"#/orders/{order}", "#/me"):
            phone.here().get(f"{phone.network.url}/technician/{place}")
            browser.refresh()
            phone.wait(lambda: len(phone.text()) > 60)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390, (language, place)
            small = browser.execute_script("""return [...document.querySelectorAll('a, button, input, textarea')].filter((one) => one.type !== 'file' && one.checkVisibility())
                .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()]).filter(([, box]) => box.height < 48 || box.width < 44).map(([what, box]) => `${what} ${box.width}x${box.height}`)""")
            assert small == [], (language, place)
    assert "À faire" not in phone.text() and "Langue" in phone.text()
    assert not [one for one in browser.get_log("browser") if one["level"] == "SEVERE" and phone.network.url in one["message"]]


def test_twenty_phones_come_back_with_a_hundred_edits_each_and_nothing_is_lost(consortium_with):
    consortium = consortium_with(**ALONE)
    orders = [ready_order(consortium, f"press-{n}") for n in range(20)]
    shift = Shift(consortium.hall.base_url, orders)
    first = shift.sync_all()
    assert 0 < shift.check(first) < 140  # each of the 140 fields was written by several
    again = shift.sync_all()  # as after lost answers
    shift.check(again)
    for phone, (answer, _) in first.items():
        assert sorted(again[phone][0]["applied"]) == sorted(answer["applied"])


def test_a_station_that_dies_while_phones_send_loses_nothing(consortium_with):
    consortium = consortium_with(**ALONE)
    shift = Shift(consortium.hall.base_url, [ready_order(consortium, f"press-{n}") for n in range(20)], seed=2)
    with ThreadPoolExecutor(len(shift.batches)) as pool:
        sent = [pool.submit(shift.sync, phone) for phone in shift.batches]
        next(as_completed(sent))
        consortium.hall.kill()  # some have their answer, some are in the middle, some were not heard
    acknowledged = [one.result()[0] for one in sent if one.exception() is None]
    assert acknowledged
    consortium.hall.start()
    shift.url = consortium.hall.base_url
    answers = shift.sync_all()
    shift.check(answers)
    applied = {one for answer, _ in answers.values() for one in answer["applied"]}
    assert all(one in applied for answer in acknowledged for one in answer["applied"])


def test_what_a_phone_sends_wrongly_is_refused_with_its_reason(consortium_with):
    consortium = consortium_with(**ALONE)
    url, order = consortium.hall.base_url + "/api/v1/orders/operations", ready_order(consortium)
    good = {"id": "01A", "order": order, "field": "note", "value": "Worn.", "seen": "", "at": now_ms(), "by": "Ada", "resolves": []}

    def answer(operations, device="phone"):
        return requests.post(url, json={"device": device, "operations": operations}, timeout=30)

    mixed = answer([{**good, "id": "01B", "order": "none"}, {**good, "id": "01C", "field": "evidence"}, {**good, "id": "01D", "value": "x" * 20_001}, {"id": "01E"}, good])
    assert mixed.status_code == 200 and mixed.json()["applied"] == ["01A"]
    reasons = {one["id"]: one["reason"] for one in mixed.json()["refused"]}
    assert "no order" in reasons["01B"] and "no field 'evidence'" in reasons["01C"] and "'note'" in reasons["01D"] and "'order'" in reasons["01E"]
    for wrong, reason in ((answer([good] * 10_001), "at most 10000"), (answer([], device="x" * 101), "'device'"), (requests.post(url, data="{", timeout=10), "")):
        assert wrong.status_code == 400 and reason in wrong.json()["error"]
    assert consortium.order(order)["work"]["note"] == "Worn."
