"""The hub over https: its pages, its people and its stations."""
import subprocess

import requests


def test_a_hub_with_a_certificate_speaks_https_alone(hub, oree, tmp_path):
    site = tmp_path / "site"
    for words in (["authority"], ["server", "127.0.0.1", "hub.local", "--authority", str(site)]):
        subprocess.run([str(oree), "certificate", *words, "--out", str(site)], check=True, capture_output=True, timeout=30)
    one = hub(tls={"certificate": str(site / "127.0.0.1.pem"), "key": str(site / "127.0.0.1.key")})
    assert one.base_url.startswith("https://")
    trusted = {"verify": str(site / "authority.pem"), "timeout": 10}
    assert requests.get(one.base_url + "/api/v1/rollouts", **trusted).status_code == 200
    assert "<html" in requests.get(one.base_url + "/fleet/", headers={"Accept": "text/html"}, **trusted).text
    plain = requests.get(one.base_url.replace("https://", "http://") + "/api/v1/rollouts", timeout=10)
    assert plain.status_code == 400 and "https" in plain.text
