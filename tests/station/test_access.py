"""Who may touch a station: tokens, roles, and a browser that signs in."""
import subprocess

import pytest
import requests
from parts import DUCKS, duck_with, ducks_station
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from stations import Station


@pytest.fixture(scope="module")
def line(oree, tmp_path_factory):
    one = Station(oree, tmp_path_factory.mktemp("asks"), ducks_station(access={"open": ["health", "metrics"]})).start()
    yield one
    one.stop()


def token(oree, station, *words) -> str:
    done = subprocess.run([str(oree), "edge", "token", *words, "--data", str(station.data)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def tokens(oree, line):
    return {role: token(oree, line, "add", f"the-{role}", "--role", role) for role in ("operator", "engineer")}


def ask(line, method, path, who=None, **more):
    headers = {**({"Authorization": f"Bearer {who}"} if who else {}), **more.pop("headers", {})}
    return requests.request(method, line.url(path), headers=headers, timeout=30, allow_redirects=False, **more)


def test_without_a_token_only_what_the_settings_leave_open_answers(line, tokens):
    assert ask(line, "GET", "/api/v1/health/live").status_code == 200
    assert ask(line, "GET", "/metrics").status_code == 200
    assert ask(line, "GET", "/assets/app.css").status_code in (200, 404)  # 404: built without pages
    for path in ("/api/v1/station", "/api/v1/items", "/events", "/openapi.json", "/v1/models", "/v2/models/ducks"):
        refused = ask(line, "GET", path)
        assert refused.status_code == 401, path
        assert refused.headers["WWW-Authenticate"] == "Bearer" and "token" in refused.json()["error"]


def test_an_operator_triggers_and_an_engineer_changes(line, tokens):
    picture = duck_with("good").read_bytes()
    jpeg = {"headers": {"Content-Type": "image/jpeg"}, "data": picture}
    assert ask(line, "POST", "/api/v1/trigger", **jpeg).status_code == 401
    assert ask(line, "POST", "/api/v1/trigger", tokens["operator"], **jpeg).status_code == 200
    active = ask(line, "GET", "/api/v1/configs/active", tokens["operator"]).json()
    change = {"params": {"station_name": active["station_name"]}}
    refused = ask(line, "POST", "/api/v1/configs/active", tokens["operator"], **change)
    assert refused.status_code == 403
    assert refused.json()["error"] == "this takes the role 'engineer'; 'the-operator' is operator"
    assert ask(line, "POST", "/api/v1/configs/active", tokens["engineer"], **change).status_code == 200


def test_a_token_that_was_taken_back_counts_no_more(oree, line, tokens):
    passing = token(oree, line, "add", "passing")
    assert ask(line, "GET", "/api/v1/station", passing).status_code == 200
    assert "passing" in token(oree, line, "list")
    token(oree, line, "remove", "passing")
    assert ask(line, "GET", "/api/v1/station", passing).status_code == 401
    kept = (line.data / "access" / "people").read_text()
    assert passing not in kept and tokens["engineer"] not in kept


def test_a_browser_signs_in_once_and_then_sees_pages_pictures_and_events(line, tokens):
    with requests.Session() as browser:
        asked = browser.get(line.url("/history"), headers={"Accept": "text/html"}, timeout=30)
        assert asked.status_code == 401 and "Sign in" in asked.text and 'value="/history"' in asked.text
        wrong = browser.post(line.url("/api/v1/session"), data={"token": "guessed", "next": "/history"}, timeout=30)
        assert wrong.status_code == 401 and "Nobody has this token" in wrong.text
        inside = browser.post(line.url("/api/v1/session"), data={"token": tokens["operator"], "next": "/api/v1/station"}, timeout=30)
        assert inside.status_code == 200 and inside.url == line.url("/api/v1/station")
        assert inside.history[0].headers["Set-Cookie"].endswith("HttpOnly; SameSite=Strict")
        with browser.get(line.url("/events"), stream=True, timeout=30) as events:
            assert events.status_code == 200
        other = browser.post(line.url("/api/v1/trigger"), headers={"Origin": "http://evil.example"}, timeout=30)
        assert other.status_code == 401
        assert browser.delete(line.url("/api/v1/session"), timeout=30).status_code == 204
        assert browser.get(line.url("/api/v1/station"), timeout=30).status_code == 401



def test_the_pages_carry_on_after_signing_in(browser, oree, station):
    one = station(ducks_station(access={}, cameras={"hand": {"type": "folder", "path": str(DUCKS / "images")}},
                                triggers=[{"type": "timer", "every": "300ms"}]))
    known = token(oree, one, "add", "nadia")
    browser.get(one.base_url + "/history")
    for text in ("guessed", known):
        browser.find_element(By.NAME, "token").send_keys(text, Keys.ENTER)
        if text == "guessed":
            WebDriverWait(browser, 15).until(lambda b: b.find_elements(By.CSS_SELECTOR, "[role=alert]"))
    WebDriverWait(browser, 15).until(lambda b: b.current_url.endswith("/history") and b.find_elements(By.ID, "app"))
    browser.get(one.base_url + "/")
    pictures = "img, canvas"
    WebDriverWait(browser, 15).until(
        lambda b: [i for i in b.find_elements(By.CSS_SELECTOR, pictures) if i.size["width"] > 300])
    WebDriverWait(browser, 15).until(lambda b: "OK" in b.find_element(By.TAG_NAME, "body").text)
