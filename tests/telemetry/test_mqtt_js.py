"""mqtt.js, a client that shares nothing with paho, against the broker; it comes from npm, so this is a long test."""
import shutil
import subprocess
from pathlib import Path

import pytest

from halls import Hall, telemetry

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("clients")
    if shutil.which("npm") is None:
        pytest.skip("no npm")
    for name in ("package.json", "package-lock.json", "talk.mjs"):
        shutil.copy(CLIENTS / name, made)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=made, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"npm brought no mqtt.js: {done.stderr[-300:]}")
    return made


@pytest.mark.long
@pytest.mark.timeout(900)
def test_mqtt_js_finds_everything_it_asks_for(oree, tmp_path, folder):
    config = telemetry()
    config["telemetry"]["mqtt"] = {"listeners": [{"listen": "127.0.0.1:0"}, {"listen": "127.0.0.1:0", "transport": "websocket"}]}
    station = Hall(oree, tmp_path, config).start()
    try:
        found = dict(station.mqtt_listeners(2))
        done = subprocess.run(["node", "talk.mjs", found["mqtt"], found["ws"]], cwd=folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("fine: ") == 14
    finally:
        station.stop()
