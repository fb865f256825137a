"""The whole story as a user plays it, with the program's own stations."""
import json
import subprocess

import pytest


@pytest.mark.timeout(400)
def test_the_demo_rolls_out_and_stops(oree, tmp_path):
    done = subprocess.run([oree, "demo", "fleet", "--once", "--json"], capture_output=True, text=True, timeout=390)
    assert done.returncode == 0, done.stdout + done.stderr
    story = json.loads(done.stdout)
    assert story["passed"] and len(story["timeline"]) == 10
    assert all(a["after_ms"] <= b["after_ms"] for a, b in zip(story["timeline"], story["timeline"][1:]))
    bad, good = story["rollouts"]
    assert (good["version"], good["state"], good["stations"]["proven"]) == ("2", "done", 3)
    assert (bad["version"], bad["state"], bad["stations"]["exposed"], bad["stations"]["failed"]) == ("3", "aborted", 1, 1)
    assert "agreed" in story["refused_because"]
