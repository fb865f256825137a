"""The hub's pages in a browser: what happens shows by itself, and the button stops it."""
import pytest
from station import Station

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402


def shown(browser, selector) -> str:
    return " | ".join(one.text for one in browser.find_elements(By.CSS_SELECTOR, selector))


def wait(browser, condition, what):
    WebDriverWait(browser, 20).until(lambda _: condition(), what)


def click(browser, selector):
    wait(browser, lambda: any(one.is_displayed() for one in browser.find_elements(By.CSS_SELECTOR, selector)), selector)
    next(one for one in browser.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()).click()


def test_the_pages_show_the_fleet_and_stop_a_roll_out(hub, browser):
    works = hub()
    token = works.token("--uses", "3")
    stations = [Station(works, f"line-{i}", tags=["site=lyon"]) for i in (1, 2, 3)]
    browser.get(works.url("/"))
    browser.execute_script("localStorage.setItem('oree.language', 'en')")
    browser.refresh()
    wait(browser, lambda: "No station has joined yet" in shown(browser, ".empty"), "an empty fleet says what to do")
    for one in stations:
        one.enrol(token)
        one.sync()
    wait(browser, lambda: "3 stations, 3 online" in shown(browser, ".panel-head"), "stations appear by themselves")
    assert "nobody signed" in shown(browser, ".unsigned")

    works.publish(version="1")
    works.roll_out("1", waves=[{"name": "canary", "count": 1, "soak": "1h"}, {"name": "rest", "percent": 100}])
    browser.get(works.url("/fleet/#rollouts"))
    wait(browser, lambda: "ducks 1 Under way" in shown(browser, ".rollout h2").replace("\n", " "), "the roll-out")
    for _ in range(4):
        for one in stations:
            one.step()
    wait(browser, lambda: "1 of 3 stations had this version" in shown(browser, ".radius"), "the blast radius")
    assert "canary" in shown(browser, ".wave.running") and "rest" in shown(browser, ".wave.waiting")
    click(browser, ".panel-head .stop")
    wait(browser, lambda: "Stop ducks 1?" in shown(browser, "dialog[open] h2"), "it asks before it stops")
    click(browser, "dialog[open] .stop")
    wait(browser, lambda: not browser.find_elements(By.CSS_SELECTOR, ".panel-head .button"), "nothing is left to stop")
    for _ in range(3):
        for one in stations:
            one.step()
    wait(browser, lambda: "Stopped" in shown(browser, ".rollout h2"), "it was taken back")
    assert [one.version("ducks") for one in stations] == [None] * 3


def test_whoever_has_no_token_is_asked_for_it(hub, browser):
    works = hub()
    secret = works.user("nadia", "operator")["Authorization"].removeprefix("Bearer ")
    browser.get(works.url("/fleet/"))
    wait(browser, lambda: browser.find_elements(By.ID, "token"), "the page asks who it is")
    browser.find_element(By.ID, "token").send_keys(secret)
    click(browser, ".who .strong")
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".empty"), "and shows the fleet")
