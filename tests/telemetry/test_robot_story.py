"""The story of the robot that wears out, and the commands around it."""
import json
import subprocess

import pytest
import requests
from halls import wait_for


def run(oree, *words, timeout=180):
    return subprocess.run([str(oree), *map(str, words)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


HOPS = ["first bad reading", "acknowledged: on the broker's disk", "stored in the series", "its window scored", "anomaly",
        "alert delivered", "evidence sealed", "order proposed", "approved by the factory", "approved by the maker",
        "approved by safety", "quorum: in the ledger, cosigned", "event delivered", "ordered in the ERP",
        "technician sees it, proof verified"]
# What cannot be otherwise, whoever is faster: hops are noted when they are seen from outside, so only what one look
# sees in this order, or cannot see before the other, stands here.
ONE_AFTER_ANOTHER = [
    ["first bad reading", "acknowledged: on the broker's disk"],
    ["first bad reading", "stored in the series", "its window scored", "anomaly"],
    ["evidence sealed", "order proposed", "technician sees it, proof verified"],
    ["quorum: in the ledger, cosigned", "technician sees it, proof verified"],
    ["ordered in the ERP", "technician sees it, proof verified"],
]


@pytest.fixture(scope="module")
def story(oree):
    """The demo, told once for all that look at it."""
    done = run(oree, "demo", "robot", "--once", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_the_robot_demo_tells_every_hop(story):
    assert story["passed"] and [hop["hop"] for hop in story["timeline"]] == HOPS
    after = {hop["hop"]: hop["after_ms"] for hop in story["timeline"]}
    assert all(moment is not None for moment in after.values()), after
    for chain in ONE_AFTER_ANOTHER:
        moments = [after[hop] for hop in chain]
        assert moments == sorted(moments), {hop: after[hop] for hop in chain}
    assert "robot-01" in story["anomaly"] and "robot-01" in story["alert"]


def test_the_robot_demo_ends_with_an_order_that_is_approved_and_proven(story):
    order = story["order"]
    assert order["asset"] == "robot-01" and order["state"] == "ordered"
    approvals = sorted(one["at"] for one in order["authorities"] if one["decision"] == "approve")
    assert len(approvals) == 3 and order["quorum"]["approvals"] >= 2
    assert order["proof"]["kind"] == "embedded" and len(order["proof"]["cosigned"]) >= 2
    # The station's own times: proposed, two approvals, proven, ordered.
    moments = [order["created"], approvals[1], order["proof"]["at"], order["erp"]["at"]]
    assert moments == sorted(moments), order


def test_simulated_robots_speak_to_a_station(oree, hall):
    done = run(oree, "simulate", "robot", "--broker", f"mqtt://127.0.0.1:{hall.mqtt_port}", "--robots", "3", "--speed", "120",
               "--minutes", "2")
    assert done.returncode == 0, done.stderr
    assert "363 messages acknowledged" in done.stdout
    machines = wait_for(lambda: len(m := requests.get(hall.base_url + "/api/v1/machines", timeout=10).json()["machines"]) == 3 and m)
    assert {len(machine["sensors"]) for machine in machines} == {4}


def test_a_simulation_without_a_broker_says_what_to_do(oree):
    done = run(oree, "simulate", "robot", "--broker", "mqtt://127.0.0.1:1")
    assert done.returncode == 8
    assert "127.0.0.1" in done.stderr and "--broker" in done.stderr
    assert run(oree, "simulate", "robot", "--broker", "mqtt://").returncode == 2


def test_detectors_are_compared_on_a_recorded_series(oree, shared_data):
    done = run(oree, "detect", "--compare", shared_data / "skab/valve1/0.csv", "--json")
    assert done.returncode == 0, done.stderr
    lines = {line["detector"]: line for line in json.loads(done.stdout)}
    assert {"ewma", "pca"} <= set(lines)
    assert all(0 <= line["f1"] <= 1 for line in lines.values() if not line["failure"] and line["f1"] is not None)


def test_detect_names_what_is_wrong_in_a_file(oree, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("time,a\n1,2\n2,x\n")
    done = run(oree, "detect", bad)
    assert done.returncode == 2
    assert "bad.csv:3" in done.stderr
