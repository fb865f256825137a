"""oree optimise search: what nothing beats, found, kept, and gone on with."""
import hashlib
import json
import re
import signal
import subprocess

import numpy as np
import onnx
import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from halls import wait_for
from nets import BAD, keywords, oree_optimise, small_net, small_samples, write_bad

QUICK = ("--seconds", 0.01, "--groups", 2, "--json")


@pytest.fixture
def small(tmp_path):
    return small_net(tmp_path / "net.onnx"), small_samples(tmp_path / "data")


def beats(a, b):
    one, other = ((1 - t["kept"], t["time_ratio"], t["packed_bytes"]) for t in (a, b))
    return all(x <= y for x, y in zip(one, other)) and one != other


def test_the_front_is_what_nothing_beats_and_is_written_as_it_was_measured(oree, small, tmp_path):
    model, data = small
    record = oree_optimise(oree, "search", model, "--data", data, "--out", tmp_path / "out", "--budget", 14, *QUICK)
    assert record["tried"] == len(record["trials"]) == 14 and record["space"] >= 32
    assert record["float"]["p50_ms"] > 0 and record["hypervolume"] >= 0
    for trial in record["trials"]:
        beaten = any(beats(other, trial) for other in record["trials"])
        assert not (trial["front"] and beaten)
        if trial["front"]:
            network = (tmp_path / "out/front" / trial["file"]).read_bytes()
            assert hashlib.sha256(network).hexdigest() == trial["sha256"] and len(network) == trial["bytes"]
            onnx.checker.check_model(onnx.load_from_string(network))
    front = [trial for trial in record["trials"] if trial["front"]]
    assert front and {file.name for file in (tmp_path / "out/front").iterdir()} == {trial["file"] for trial in front}
    assert json.loads((tmp_path / "out/search.json").read_text()) == record


def test_a_search_that_was_killed_goes_on_with_what_it_measured(oree, small, tmp_path):
    model, data = small
    words = [str(oree), "optimise", "search", str(model), "--data", str(data), "--out", str(tmp_path / "out"), "--budget", "18",
             "--seconds", "0.05", "--groups", "2"]
    going = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in going.stdout:
        if " 4/18:" in line:
            break
    going.kill()
    going.wait()
    before = json.loads((tmp_path / "out/search.json").read_text())["trials"]
    assert len(before) >= 4
    done = subprocess.run(words + ["--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"going on after {len(before)} trials" in done.stderr
    trials = json.loads(done.stdout)["trials"]
    assert len(trials) == 18
    assert [(t["point"], t["p50_ms"], t["sha256"]) for t in trials[:len(before)]] == [(t["point"], t["p50_ms"], t["sha256"]) for t in before]
    again = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert "0 of them now" in again.stdout


def test_another_network_or_other_samples_are_another_search(oree, small, tmp_path):
    model, data = small
    words = ("--out", tmp_path / "out", "--budget", 3, *QUICK)
    oree_optimise(oree, "search", model, "--data", data, *words)
    said = oree_optimise(oree, "search", model, "--data", small_samples(tmp_path / "others", seed=9), *words, code=4)
    assert "the samples" in said and "search.json" in said
    said = oree_optimise(oree, "search", small_net(tmp_path / "wide.onnx", channels=16), "--data", data, *words, code=4)
    assert "the network" in said
    (tmp_path / "out/search.json").write_text("{}")
    assert "oree-search/2" in oree_optimise(oree, "search", model, "--data", data, *words, code=10)


def test_the_pick_is_the_best_at_what_is_preferred(oree, shared_data, tmp_path):
    data = keywords(shared_data, tmp_path / "data", 200)
    words = ("search", shared_data / "mlperf-tiny/kws_ref_model_float32.tflite", "--data", data, "--out", tmp_path / "out", "--budget", 16,
             *QUICK)
    for prefer, key in (("size", "packed_bytes"), ("speed", "time_ratio")):
        record = oree_optimise(oree, *words, "--prefer", prefer, "--min-accuracy", 90)
        good = [t for t in record["trials"] if t["front"] and t["kept"] >= 0.9 and t["time_ratio"] <= 1]
        if not good:
            assert "pick" not in record
            continue
        pick = record["trials"][record["pick"]]
        assert pick in good
        # Chebyshev: no other is better by more than a tenth at the rest and better at this.
        assert pick[key] <= 1.35 * min(t[key] for t in good)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "too large"])
def test_what_is_no_network_leaves_nothing_behind(oree, tmp_path, kind):
    file, word = write_bad(kind, tmp_path)
    done = subprocess.run([str(oree), "optimise", "search", str(file), "--data", str(small_samples(tmp_path / "data")), "--out",
                           str(tmp_path / "out"), *map(str, QUICK)], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, 70) and done.returncode > 0
    assert "bad.onnx" in done.stderr and word in done.stderr and not (tmp_path / "out").exists()


def test_too_few_samples_and_samples_that_are_no_numbers_leave_nothing_behind(oree, small, tmp_path):
    model, _ = small
    few = small_samples(tmp_path / "few", 6)
    assert "6 samples" in oree_optimise(oree, "search", model, "--data", few, "--out", tmp_path / "out", *QUICK, code=2)
    bad = small_samples(tmp_path / "bad")
    rows = np.load(bad / "inputs.npy")
    rows[:, 0, 0, 0] = np.nan
    np.save(bad / "inputs.npy", rows)
    said = oree_optimise(oree, "search", model, "--data", bad, "--out", tmp_path / "out", *QUICK, code=2)
    assert "not a number" in said and not (tmp_path / "out").exists()


def test_the_page_shows_the_search(oree, small, tmp_path, browser):
    model, data = small
    log = tmp_path / "log"
    with open(log, "wb") as out:
        search = subprocess.Popen([str(oree), "optimise", "search", str(model), "--data", str(data), "--out", str(tmp_path / "out"),
                                   "--budget", "10", "--seconds", "0.01", "--groups", "2", "--page"], stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL)
    try:
        url = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()))[0]
        wait_for(lambda: requests.get(url + "/api/v1/optimise", timeout=5).json()["state"] == "done", 60)
        run = requests.get(url + "/api/v1/optimise", timeout=5).json()
        browser.get(url + "/")
        WebDriverWait(browser, 20).until(lambda b: len(b.find_elements(By.CSS_SELECTOR, ".pareto circle")) == 10)
        front = [trial for trial in run["search"]["trials"] if trial["front"]]
        assert len(browser.find_elements(By.CSS_SELECTOR, ".ways tbody tr")) == len(front)
        link = browser.find_element(By.CSS_SELECTOR, ".ways tbody a").get_attribute("href")
        assert requests.get(link, timeout=5).content[:1] == b"\x08"
        assert "KO" not in browser.find_element(By.CSS_SELECTOR, ".pill").get_attribute("class")
    finally:
        search.send_signal(signal.SIGTERM)
        search.wait(timeout=30)
