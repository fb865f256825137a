"""The station's page shows what runs beside it, its last words, and starts a module again when somebody means it."""
import json

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from test_modules import SLEEPER, box, manifest  # noqa: F401  box is a fixture

LABELLED = "//section[contains(@class, 'modules')]//button[@aria-label='{}']"


def test_the_page_lists_modules_shows_a_log_and_starts_one_again(browser, box):  # noqa: F811
    one = box(manifest({"sleeper": ("sleeper:1", {}), "gone": ("gone:1", {"status": "stopped"})}), {"*": SLEEPER})
    one.wait_status("sleeper", "running")
    one.wait_log("sleeper", "hello from sleeper")
    browser.get(one.station.url("/station"))
    wait = WebDriverWait(browser, 30)

    def button(name):
        return wait.until(lambda b: b.find_element(By.XPATH, LABELLED.format(name)))

    button("sleeper: Log").click()
    wait.until(lambda b: "hello from sleeper" in b.find_element(By.CSS_SELECTOR, ".module-log").text)
    rows = {row.find_element(By.TAG_NAME, "b").text: row.text for row in browser.find_elements(By.CSS_SELECTOR, ".modules tbody tr")}
    assert "running" in rows["sleeper"] and "sleeper:1" in rows["sleeper"] and "/bin/sh" in rows["sleeper"], rows
    assert set(rows) >= {"sleeper", "edgeAgent", "edgeHub"}, rows
    before = one.module("sleeper")["started"]
    button("sleeper: Restart").click()
    wait.until(lambda b: b.find_element(By.CSS_SELECTOR, "dialog[open] .button.strong")).click()
    one.wait(lambda: (now := one.module("sleeper")) and now["status"] == "running" and now["started"] != before, "started again")
    assert browser.find_elements(By.CSS_SELECTOR, "dialog[open]") == [], json.dumps(one.state())
    browser.get("about:blank")  # before the station goes: others read what this browser complained of
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
