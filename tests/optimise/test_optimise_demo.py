"""The ducks' network on its way to a certificate, in the terminal and on the page."""
import base64
import json
import re
import signal
import subprocess

import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from halls import wait_for


def test_the_demo_ends_with_a_certificate_or_says_why_not(oree, tmp_path):
    done = subprocess.run([str(oree), "demo", "optimise", "--once", "--json", "--data", str(tmp_path)], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL)
    certificate, = json.loads(done.stdout)
    gates = {gate["name"]: gate["verdict"] for gate in certificate["gates"]}
    assert (done.returncode == 0) == ("fails" not in gates.values()) == certificate["written"], done.stderr
    assert gates["accuracy"] == "holds" and gates["sums"] == "holds"
    assert [stage["name"] for stage in certificate["stages"]] == ["float", "prepared", "integers"]
    assert certificate["stages"][2]["bytes"] < certificate["stages"][0]["bytes"] / 2
    if certificate["written"]:
        verified = subprocess.run([str(oree), "optimise", "verify", certificate["certificate_file"]], capture_output=True, timeout=60)
        assert verified.returncode == 0, verified.stderr


def test_the_page_shows_the_way_the_gates_and_the_certificate(oree, tmp_path, browser):
    log = tmp_path / "log"
    with open(log, "wb") as out:
        demo = subprocess.Popen([str(oree), "demo", "optimise", "--data", str(tmp_path / "data")], stdout=out, stderr=out,
                                stdin=subprocess.DEVNULL)
    try:
        url = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()))[0]
        wait_for(lambda: requests.get(url + "/api/v1/optimise", timeout=5).json()["state"] != "running", 90)
        run = requests.get(url + "/api/v1/optimise", timeout=5).json()
        assert len(run["stages"]) == 3 and run["state"] == "done"
        browser.get(url + "/")
        WebDriverWait(browser, 20).until(lambda b: len(b.find_elements(By.CSS_SELECTOR, ".step")) == 3)
        assert len(browser.find_elements(By.CSS_SELECTOR, ".gate")) == len(run["outcomes"][0]["certificate"]["gates"])
        assert browser.find_elements(By.CSS_SELECTOR, ".certificate")
        assert len(browser.find_elements(By.CSS_SELECTOR, ".pareto circle")) == run["search"]["tried"] >= 8
        if run["outcomes"][0]["holds"]:
            page = requests.get(url + run["outcomes"][0]["page"], timeout=5)
            assert page.ok and run["outcomes"][0]["target"] in page.text
            browser.get(url + run["outcomes"][0]["page"])
            printed = base64.b64decode(browser.print_page())
            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1  # one sheet of A4
        assert requests.get(url + "/api/v1/optimise/files/..%2Fcertificates.pem", timeout=5).status_code in (400, 404)
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(timeout=30)
