"""The pages about orders, authorities, the ledger and events, in a real browser on a real station."""
import base64
import json
import re

import pytest
import requests
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from halls import wait_for
from parts import ducks_station

PAGES = ("/orders", "/orders?view=list", "/authorities", "/ledger", "/deliveries")


def words(browser):
    return browser.find_element(By.TAG_NAME, "body").text


def shown(browser, *texts, seconds=20):
    """Waits until the page says all of it."""
    WebDriverWait(browser, seconds).until(lambda b: all(text in words(b) for text in texts), f"{texts}")


def click(browser, selector, text="", seconds=20):
    """Clicks what is there and says so, once it is."""
    def found(b):
        return next((e for e in b.find_elements(By.CSS_SELECTOR, selector) if text in e.text and e.is_enabled()), None)
    # The page may draw anew between finding and clicking.
    stale = (StaleElementReferenceException,)
    WebDriverWait(browser, seconds, ignored_exceptions=stale).until(lambda b: (e := found(b)) and (e.click() or True), f"{selector} {text}")


@pytest.fixture
def desk(browser):
    """The browser at desk width, in English, with an empty console."""
    browser.set_window_size(1280, 900)
    browser.get("about:blank")
    browser.get_log("browser")
    yield browser
    browser.get("about:blank")
    browser.get_log("browser")


@pytest.fixture
def through(desk):
    """through(script) runs before the page's own scripts do."""
    added = []

    def add(script):
        added.append(desk.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})["identifier"])

    yield add
    for one in added:
        desk.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": one})


def no_errors(browser):
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def test_the_board_leads_to_the_order_and_its_proof_is_checked_in_the_browser(desk, consortium):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    desk.get(consortium.hall.base_url + "/orders")
    click(desk, ".order-card", "oven-1")
    shown(desk, "Proven: entry 0", "checked in this browser", "What is shown here are the very bytes that were sealed")
    assert desk.current_url.endswith(order["id"])
    assert len(desk.find_elements(By.CSS_SELECTOR, ".seal.approve")) >= 2
    assert len(desk.find_elements(By.CSS_SELECTOR, ".seal-signed")) >= 2
    assert len(desk.find_elements(By.CSS_SELECTOR, ".evidence-plot canvas")) >= 1
    click(desk, "a", "In the ledger")
    shown(desk, "The checkpoint is signed by the station", "Overheating, oven-1")
    click(desk, "button", "Verify")
    shown(desk, "proven")
    click(desk, "button", "Check every entry")
    shown(desk, "All 1 entries make exactly the signed tree")
    no_errors(desk)


def test_a_new_order_appears_on_the_open_board(desk, consortium):
    desk.get(consortium.hall.base_url + "/orders")
    shown(desk, "No maintenance order yet")
    desk.execute_script("window.opened = true")
    order = consortium.propose(asset="press-1", fault="noise")
    shown(desk, "Noise", "press-1")
    consortium.wait_state(order, "ordered")
    WebDriverWait(desk, 20).until(lambda b: "press-1" in b.find_element(By.CSS_SELECTOR, "[aria-label='To be planned']").text)
    assert desk.execute_script("return window.opened") is True
    no_errors(desk)


FLIP = """
const asked = window.fetch;
window.fetch = async (address, ...more) => {
  const answer = await asked(address, ...more);
  if (!%(address)s.test(String(address)) || !answer.ok) return answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''), at = text.search(%(place)s);
  if (at >= 0) bytes[at] = %(byte)s;
  return new Response(bytes, { status: answer.status, headers: answer.headers });
};
"""
EVIDENCE = r"/\/evidence\/[0-9a-f]{64}$/"


@pytest.mark.parametrize("what,said", [
    ({"address": r"/\/proof$/", "place": "/(?<=extra .{120})[A-Y]/", "byte": "bytes[at] + 1"}, "Not proven"),
    ({"address": r"/\/proof$/", "place": "/oree\\/hall\\/orders/", "byte": "'a'.charCodeAt(0)"}, "Not proven"),
    ({"address": EVIDENCE, "place": r"/9\d/", "byte": "'8'.charCodeAt(0)"}, "Altered: the bytes are not those that were sealed"),
    ({"address": r"/\/api\/v1\/orders\/[0-9a-f-]+$/", "place": r"/(?<=decision approve\\ncode )ok/", "byte": "'k'.charCodeAt(0)"}, "Signature wrong"),
], ids=["entry", "checkpoint", "evidence", "decision"])
def test_whatever_is_altered_on_the_way_is_said_to_be(desk, through, consortium, what, said):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    through(FLIP % what)
    desk.get(f"{consortium.hall.base_url}/orders/{order['id']}")
    shown(desk, said)


def test_evidence_altered_on_disk_is_not_shown_as_sealed(desk, consortium):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    window = next(part for part in order["evidence"]["parts"] if part["name"] == "window.json")
    file = next(path for path in (consortium.hall.data / "maintenance/evidence").rglob("*") if path.name.endswith(window["digest"]))
    file.write_bytes(file.read_bytes().replace(b"95", b"59", 1))
    desk.get(f"{consortium.hall.base_url}/orders/{order['id']}")
    shown(desk, "What was sealed cannot be read", "Proven: entry 0")
    assert not desk.find_elements(By.CSS_SELECTOR, ".evidence-chart")


def test_a_dead_letter_is_tried_again_by_its_button(desk, consortium):
    consortium.listener.status = 400
    order = consortium.propose()
    wait_for(lambda: consortium.get("/api/v1/events/dead").json()["dead"])
    desk.get(consortium.hall.base_url + "/deliveries")
    shown(desk, "Undeliverable", "Order proposed")
    consortium.listener.status = 200
    consortium.wait_state(order, "ordered")
    while consortium.get("/api/v1/events/dead").json()["dead"]:
        before = len(consortium.get("/api/v1/events/dead").json()["dead"])
        click(desk, ".dead-letter button", "Try again")
        wait_for(lambda: len(consortium.get("/api/v1/events/dead").json()["dead"]) < before)
    shown(desk, "Everything could be delivered")
    wait_for(lambda: "OrderProposed" in consortium.listener.types(order))
    no_errors(desk)


def test_a_person_signs_on_the_page_of_an_authority(desk, consortium_with):
    consortium = consortium_with(rules={"maker": {"when_met": "ask"}, "safety": {"when_met": "ask"}})
    order = consortium.propose(asset="press-1", fault="bearing")
    desk.get(consortium.authorities["maker"].url)
    shown(desk, "Worn bearing", "a person has the last word")
    click(desk, "button", "Approve")
    shown(desk, "Say who you are first")
    desk.find_element(By.NAME, "who").send_keys("Grace Hopper")
    click(desk, "button", "Approve")
    shown(desk, "Sign the approval as Grace Hopper?")
    assert consortium.order(order)["state"] == "proposed"  # nothing is signed yet
    click(desk, "button", "Yes, sign it")
    shown(desk, "Nothing waits", "by Grace Hopper")
    approved = consortium.wait_state(order, "ordered")
    assert {one["name"]: one["by"] for one in approved["authorities"]}["maker"] == "Grace Hopper"
    desk.get(f"{consortium.hall.base_url}/orders/{order}")
    shown(desk, "by Grace Hopper", "A person is asked", "Proven")


def test_a_machine_leads_to_the_order_of_its_anomaly(desk, consortium):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    desk.get(consortium.hall.base_url + "/machines")
    click(desk, "a.card-order", "Overheating")
    shown(desk, "Proven")
    assert desk.current_url.endswith(order["id"])
    click(desk, "a", "The machine at that time")
    click(desk, "a.order-button", "Order: Ordered")
    WebDriverWait(desk, 20).until(lambda b: b.current_url.endswith(order["id"]))
    no_errors(desk)


def test_an_order_prints_on_one_page(desk, consortium):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    desk.get(f"{consortium.hall.base_url}/orders/{order['id']}")
    shown(desk, "Proven: entry 0", "What is shown here are the very bytes that were sealed")
    printed = desk.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))) == 1


def test_no_page_about_orders_is_wider_than_a_phone(desk, consortium):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    desk.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
    try:
        for address in [*(consortium.hall.base_url + page for page in (*PAGES, f"/orders/{order['id']}")), consortium.authorities["maker"].url]:
            desk.get(address)
            WebDriverWait(desk, 20).until(lambda b: len(words(b)) > 60, address)
            assert desk.execute_script("return document.documentElement.scrollWidth") <= 390, address
    finally:
        desk.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    no_errors(desk)


def test_a_station_without_orders_says_how_to_get_them(desk, station):
    line = station(ducks_station())
    for page in PAGES:
        desk.get(line.base_url + page)
        shown(desk, "This station writes no maintenance orders")
    assert requests.get(line.url("/api/v1/orders"), timeout=10).status_code == 404
    assert json.loads(requests.get(line.url("/api/v1/station"), timeout=10).text).get("maintenance") is not True
