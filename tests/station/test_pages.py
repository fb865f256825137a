"""The pages in a real browser, and the descriptions for machines."""
import re
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from parts import DUCKS, duck_with, ducks_station


@pytest.fixture
def line(station):
    return station(ducks_station(
        cameras={"hand": {"type": "folder", "path": str(DUCKS / "images")}}, triggers=[{"type": "timer", "every": "300ms"}]))


def shown(browser, text, seconds=15):
    """Waits until the page says it."""
    WebDriverWait(browser, seconds).until(lambda b: text in b.find_element(By.TAG_NAME, "body").text)


def words(browser):
    return browser.find_element(By.TAG_NAME, "body").text


def test_the_live_page_shows_verdicts_within_three_seconds(browser, line, tmp_path):
    browser.set_window_size(1280, 900)
    browser.get(line.base_url + "/")
    started = time.monotonic()
    WebDriverWait(browser, 15).until(lambda b: re.search(r"\b(OK|KO)\b", words(b)))
    picture = WebDriverWait(browser, 15).until(lambda b: [
        i for i in b.find_elements(By.CSS_SELECTOR, "img, canvas") if i.size["width"] > 300])
    assert picture
    assert time.monotonic() - started < 15
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def test_nothing_is_wider_than_a_phone(browser, line):
    browser.set_window_size(500, 900)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
    try:
        for path in ("/live", "/history", "/station", "/api"):
            browser.get(line.base_url + path)
            WebDriverWait(browser, 15).until(lambda b: len(words(b)) > 20)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390, path
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_history_leads_to_the_item_and_its_reasons(browser, line):
    browser.set_window_size(1280, 900)
    for label in ("good", "scratch"):
        line.post("/api/v1/trigger?camera=hand", data=duck_with(label).read_bytes())
    bad = line.get("/api/v1/items?decision=KO&label=scratch&limit=1").json()[0]
    browser.get(line.base_url + "/history?decision=KO")
    WebDriverWait(browser, 15).until(lambda b: b.find_elements(By.CSS_SELECTOR, "a[href*='/items/']"))
    browser.get(f"{line.base_url}/items/{bad['id']}")
    shown(browser, "KO")
    shown(browser, "scratch")
    shown(browser, "ducks")


def test_the_pages_speak_french(browser, line):
    browser.set_window_size(1280, 900)
    browser.get(line.base_url + "/station")
    WebDriverWait(browser, 15).until(lambda b: len(words(b)) > 50)
    english = words(browser)
    switch = [e for e in browser.find_elements(By.CSS_SELECTOR, "button, a") if "fr" in e.text.lower().split("|")[0].split()]
    assert switch, "no language switch found"
    switch[0].click()
    WebDriverWait(browser, 15).until(lambda b: words(b) != english)
    shown(browser, "Historique")


def test_a_page_address_is_served_as_a_page_and_assets_as_themselves(line):
    page = line.get("/history", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)[1]
    answer = line.get(script)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert line.get(script, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_description_lists_what_is_served(line):
    document = line.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    asked = {p["name"]: p["in"] for p in document["paths"]["/api/v1/items"]["get"]["parameters"]}
    assert asked["decision"] == asked["cursor"] == "query"
    for path in ("/api/v1/items/{id}", "/v2/models/{model}/infer", "/events", "/metrics"):
        assert path in document["paths"], path


def test_metrics_count_what_happened(line):
    line.post("/api/v1/trigger")
    text = line.get("/metrics").text
    assert re.search(r'oree_items_total\{decision="(OK|KO)"\} [1-9]', text)
    assert "oree_inspection_seconds_bucket" in text
    assert "# TYPE oree_items_total counter" in text


def test_the_station_says_what_runs(line):
    deadline = time.monotonic() + 15
    while not line.get("/api/v1/station").json()["triggers"][0]["fired"] and time.monotonic() < deadline:
        time.sleep(0.02)
    about = line.get("/api/v1/station").json()
    assert about["cameras"][0]["state"] == "ok"
    assert about["models"][0]["state"] == "ready"
    assert about["totals"]["items"] >= 1
    assert {check["state"] for check in about["health"]} == {"ok"}
    assert about["triggers"][0]["fired"] >= 1
    assert line.get("/api/v1/station/history").json()["buckets"]
