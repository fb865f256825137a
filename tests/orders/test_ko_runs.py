"""A run of refused parts becomes an order whose pictures, models and rules are sealed and judged again."""
import json
import shutil
import subprocess

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from parts import DUCKS, duck_with

RULE = {"on": "ko_run", "fault": "ko_run", "count": 3, "of": 10}
STEPS = {"duck": {"camera": "top", "model": "ducks", "rule": {"type": "expected_label", "label": "good"}}}


@pytest.fixture
def line(consortium_with, tmp_path):
    """A line that inspects ducks with its own copy of the model, and has refused three of four."""
    models = tmp_path / "models"
    shutil.copytree(DUCKS / "models", models)
    consortium = consortium_with(maintenance={"orders": [RULE]}, models=str(models), cameras={"top": {"type": "http"}}, steps=STEPS)
    consortium.models = models
    for label in ("scratch", "good", "scratch", "scratch"):
        answer = requests.post(consortium.hall.base_url + "/api/v1/trigger", files={"top": duck_with(label).read_bytes()}, timeout=20)
        assert answer.status_code == 200, answer.text
    consortium.made = consortium.wait_state(consortium.order_of("hall")["id"], "ordered")
    return consortium


def replay(oree, line, *words):
    command = [str(oree), "order", "replay", line.made["id"], "--station", line.hall.base_url, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_its_pictures_verdicts_and_models_are_sealed_and_judged_again(oree, line):
    order = line.made
    assert order["cause"]["model"] == "ducks/1" and order["cause"]["labels"] == ["scratch"] and order["cause"]["of"] == 4
    names = [part["name"] for part in order["evidence"]["parts"]]
    assert sum(name.startswith("item/") for name in names) == sum(name.startswith("picture/") for name in names) == 3
    assert {"configuration.json", "model/ducks/1/model.onnx", "model/ducks/1/model.yaml"} <= set(names)

    shutil.rmtree(line.models)  # nothing but the evidence is needed
    again = replay(oree, line, "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert told["same"] is True and told["score"] == told["sealed"] == 3 and told["model"] == "ducks/1"
    assert [part["item"] for part in told["parts"]] == order["cause"]["items"]
    assert all(part["alike"] and part["now"] == part["sealed"] == "KO" and "scratch" in part["reason"] for part in told["parts"])
    table = replay(oree, line)
    assert table.returncode == 0 and "3 of 3 sealed parts refused, as judged by ducks/1" in table.stdout


def test_a_verdict_altered_on_disk_is_named(oree, line):
    part = next(part for part in line.made["evidence"]["parts"] if part["name"].startswith("picture/"))
    file = next(path for path in (line.hall.data / "maintenance/evidence").rglob("*") if path.name.endswith(part["digest"]))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    again = replay(oree, line)
    assert again.returncode != 0 and (part["digest"] in again.stderr or part["name"] in again.stderr)


def test_another_model_is_not_taken_for_the_one_that_judged(oree, line, tmp_path):
    other = tmp_path / "others"
    shutil.copytree(line.models, other)
    network = other / "ducks/1/model.onnx"
    network.write_bytes(network.read_bytes() + b"\x32\x01a")  # a doc_string: another digest, the same network
    again = replay(oree, line, "--models", other)
    assert again.returncode != 0 and "the one that judged has" in again.stderr, again.stdout + again.stderr


def test_the_part_leads_to_the_order_and_the_order_to_the_part(browser, line):
    browser.set_window_size(1280, 900)
    order, newest = line.made, line.made["cause"]["items"][0]
    browser.get(f"{line.hall.base_url}/items/{newest}")
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CSS_SELECTOR, "a.order-button"))[0].click()
    WebDriverWait(browser, 20).until(lambda b: b.current_url.endswith(order["id"]) and "What is shown here are the very bytes" in b.find_element(By.TAG_NAME, "body").text)
    pictures = browser.find_elements(By.CSS_SELECTOR, ".evidence-pictures img")
    assert len(pictures) == 3
    WebDriverWait(browser, 20).until(lambda b: all(b.execute_script("return arguments[0].naturalWidth > 0", one) for one in pictures))
    browser.find_element(By.CSS_SELECTOR, f".evidence-pictures a[href$='{newest}']").click()
    WebDriverWait(browser, 20).until(lambda b: b.current_url.endswith(newest))
    browser.get(line.hall.base_url + "/live")
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".live-buttons a.order-button"))
