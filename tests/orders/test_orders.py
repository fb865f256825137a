"""An anomaly becomes an order that three authorities approve, with station, authorities and listeners as processes."""
import hashlib
import json
import signal
import subprocess
import uuid

import pytest
import requests

from consortium import RULE, now_ms
from halls import wait_for
from parts import ROOT


def run(oree, *words):
    return subprocess.run([str(oree), *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_an_anomaly_is_sealed_approved_proven_told_and_judged_again(oree, consortium, tmp_path):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    assert order["cause"]["kind"] == "anomaly" and order["fault"] == "overheating"
    assert sum(one["decision"] == "approve" for one in order["authorities"]) >= 2
    assert order["quorum"]["approvals"] >= 2 and order["proof"]["kind"] == "embedded"

    manifest = consortium.get(f"/api/v1/orders/{order['id']}/evidence")
    assert hashlib.sha256(manifest.content).hexdigest() == order["evidence"]["digest"]
    for part in manifest.json()["parts"]:
        content = consortium.get(f"/api/v1/orders/{order['id']}/evidence/{part['digest']}").content
        assert hashlib.sha256(content).hexdigest() == part["digest"] and len(content) == part["bytes"]

    again = run(oree, "order", "replay", order["id"], "--station", consortium.hall.base_url, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["score"] == order["cause"]["score"]

    proof, policy = tmp_path / "order.proof", tmp_path / "policy.txt"
    proof.write_bytes(consortium.get(f"/api/v1/orders/{order['id']}/proof").content)
    policy.write_text(consortium.policy())
    assert proof.stat().st_size <= 2048
    verified = run(oree, "ledger", "verify", proof, "--policy", policy)
    assert verified.returncode == 0, verified.stderr + verified.stdout
    assert order["id"] in verified.stdout

    wait_for(lambda: consortium.listener.types(order["id"]) == ["OrderProposed", "OrderApproved", "OrderOrdered"])
    assert consortium.get("/api/v1/ledger/entries").json()["entries"][0]["order"] == order["id"]


def test_an_altered_proof_and_an_altered_evidence_are_found(oree, consortium, tmp_path):
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "ordered")
    policy, proof = tmp_path / "policy.txt", tmp_path / "order.proof"
    policy.write_text(consortium.policy())
    text = consortium.get(f"/api/v1/orders/{order['id']}/proof").text
    proof.write_text(text.replace("extra " + text.split("extra ")[1][0], "extra A" if text.split("extra ")[1][0] != "A" else "extra B"))
    assert run(oree, "ledger", "verify", proof, "--policy", policy).returncode != 0
    window = next(part for part in order["evidence"]["parts"] if part["name"] == "window.json")
    files = [f for f in (consortium.hall.data / "maintenance/evidence").rglob("*") if f.is_file() and window["digest"][2:] in str(f)]
    assert len(files) == 1
    files[0].chmod(0o600)
    files[0].write_bytes(files[0].read_bytes().replace(b"95", b"94", 1))
    again = run(oree, "order", "replay", order["id"], "--station", consortium.hall.base_url)
    assert again.returncode != 0 and "window.json" in again.stderr + again.stdout


def test_causes_of_one_fault_merge_into_one_open_order(consortium):
    first = consortium.propose(asset="press-1", fault="noise")
    second = consortium.propose(asset="press-1", fault="noise")
    other = consortium.propose(asset="press-2", fault="noise")
    assert first == second != other
    assert consortium.order(first)["causes"] == 2


def test_a_closed_order_rests_for_its_cool_down(consortium_with):
    consortium = consortium_with(maintenance={"orders": [{**RULE, "fault": "noise"}]})
    order = consortium.propose(fault="noise")
    consortium.wait_state(order, "ordered")
    for state in ("scheduled", "in_progress", "done"):
        answer = requests.post(f"{consortium.hall.base_url}/api/v1/orders/{order}/state", json={"state": state, "by": "Ada"}, timeout=10)
        assert answer.status_code == 200, answer.text
    again = requests.post(consortium.hall.base_url + "/api/v1/orders", json={"asset": "press-1", "fault": "noise", "by": "Ada"}, timeout=10)
    assert again.status_code == 409
    backwards = requests.post(f"{consortium.hall.base_url}/api/v1/orders/{order}/state", json={"state": "scheduled", "by": "Ada"}, timeout=10)
    assert backwards.status_code == 409
    # How it ended stands in the ledger, too.
    wait_for(lambda: [entry["state"] for entry in consortium.get("/api/v1/ledger/entries").json()["entries"]] == ["approved", "done"])


def test_two_of_three_are_enough_and_the_third_comes_later(consortium):
    consortium.authorities["safety"].stop(signal.SIGKILL)
    order = consortium.propose()
    approved = consortium.wait_state(order, "ordered")
    assert approved["quorum"]["approvals"] == 2
    states = {one["name"]: one["state"] for one in consortium.get("/api/v1/authorities").json()["authorities"]}
    assert states == {"factory": "ready", "maker": "ready", "safety": "away"}


def test_an_order_waits_for_its_quorum(consortium):
    for name in ("maker", "safety"):
        consortium.authorities[name].stop()
    order = consortium.propose()
    wait_for(lambda: [one["decision"] for one in consortium.order(order)["authorities"]] == ["approve"])
    assert consortium.order(order)["state"] == "proposed"
    consortium.authorities["safety"].start()
    consortium.wait_state(order, "ordered")


def test_a_stalled_authority_holds_nobody_up(consortium):
    consortium.authorities["maker"].process.send_signal(signal.SIGSTOP)
    try:
        consortium.wait_state(consortium.propose(), "ordered", seconds=10)
    finally:
        consortium.authorities["maker"].process.send_signal(signal.SIGCONT)


def test_what_two_refuse_is_refused_with_their_reasons(consortium_with):
    strict = {"score": {"ratio": 1000}}
    consortium = consortium_with(rules={"maker": strict, "safety": strict})
    consortium.overheat("oven-1")
    order = consortium.wait_state(consortium.order_of("oven-1")["id"], "refused")
    codes = {one["name"]: one["code"] for one in order["authorities"]}
    assert codes["maker"] == codes["safety"] == "score_below_limit"
    wait_for(lambda: "OrderRefused" in consortium.listener.types(order["id"]))
    assert consortium.get("/api/v1/ledger/entries").json()["entries"][0]["state"] == "refused"


def test_nobody_answers_and_the_order_expires(consortium_with):
    consortium = consortium_with(maintenance={"orders": [{**RULE, "fault": "noise", "expires": "2s"}]})
    for one in consortium.authorities.values():
        one.stop()
    consortium.wait_state(consortium.propose(fault="noise"), "expired")


def test_a_person_decides_what_the_rules_leave_open(consortium_with):
    consortium = consortium_with(rules={"maker": {"when_met": "ask"}, "safety": {"when_met": "ask"}})
    order = consortium.propose()
    wait_for(lambda: sorted(one["decision"] for one in consortium.order(order)["authorities"]) == ["approve", "pending", "pending"])
    answer = wait_for(lambda: (a := requests.post(f"{consortium.authorities['maker'].url}/api/v1/proposals/{order}/decision",
                                                  json={"decision": "approve", "by": "Grace", "reason": "seen"}, timeout=10)).status_code == 200 and a)
    assert answer.json()["status"] == "approve"
    approved = consortium.wait_state(order, "ordered")
    assert {one["name"]: one["by"] for one in approved["authorities"]}["maker"] == "Grace"


def test_a_key_that_is_not_the_authoritys_counts_for_nothing(oree, consortium_with, tmp_path):
    consortium = consortium_with(maintenance={"quorum": 3})
    consortium.authorities["maker"].stop()
    (consortium.authorities["maker"].folder / "data/authority.key").unlink()
    consortium.authorities["maker"].start()  # with a new key
    order = consortium.propose()
    wait_for(lambda: "bad_signature" in consortium.hall.log_tail(200) or "signature" in consortium.hall.log_tail(200))
    assert consortium.order(order)["state"] in ("proposed", "expired", "refused")


def test_phones_merge_by_field_and_true_conflicts_are_shown(consortium):
    order = consortium.propose(fault=RULE["fault"])
    consortium.wait_state(order, "ordered")

    def operation(device, field, value, seen="", resolves=()):
        one = {"id": f"{now_ms():013d}{uuid.uuid4().hex[:13]}".upper(), "order": order, "field": field, "value": value, "seen": seen,
               "at": now_ms(), "by": device, "resolves": list(resolves)}
        return {"device": device, "operations": [one]}, one["id"]

    def send(body):
        answer = requests.post(consortium.hall.base_url + "/api/v1/orders/operations", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    tick, tick_id = operation("phone-a", "task/look", True)
    assert send(tick)["applied"] == [tick_id]
    assert send(tick)["applied"] == [tick_id]  # again, as after a lost answer
    note_a, id_a = operation("phone-a", "note", "bearing worn")
    note_b, id_b = operation("phone-b", "note", "fan blocked")
    assert send(note_a)["applied"] == [id_a]
    assert send(note_b)["conflicts"] == [{"id": id_b, "order": order, "field": "note"}]
    shown = consortium.order(order)["conflicts"]
    assert sorted(value["value"] for value in shown[0]["values"]) == ["bearing worn", "fan blocked"]
    answer, _ = operation("phone-a", "note", "both", seen=id_a, resolves=[id_a, id_b])
    send(answer)
    merged = consortium.order(order)
    assert merged["conflicts"] == [] and merged["work"]["note"] == "both" and merged["tasks"][0]["done"] is True


def test_a_run_of_refused_parts_makes_an_order_with_its_pictures(consortium_with):
    rule = {"on": "ko_run", "fault": "bad_parts", "count": 3, "of": 10}
    consortium = consortium_with(maintenance={"orders": [rule]}, models=str(ROOT / "examples/ducks/models"), cameras={"top": {"type": "http"}},
                                 steps={"duck": {"camera": "top", "model": "ducks", "rule": {"type": "expected_label", "label": "no such"}}})
    picture = next((ROOT / "examples/ducks/images").glob("*.jpg")).read_bytes()
    for _ in range(3):
        answer = requests.post(consortium.hall.base_url + "/api/v1/trigger", files={"top": picture}, timeout=20)
        assert answer.status_code == 200, answer.text
    order = consortium.wait_state(consortium.order_of("hall")["id"], "ordered")
    assert order["cause"]["kind"] == "ko_run" and order["cause"]["count"] == 3 and len(order["cause"]["items"]) == 3
    assert sum(part["name"].startswith("picture/") for part in order["evidence"]["parts"]) == 3


def test_dead_letters_are_told_and_tried_again(consortium):
    consortium.listener.status = 400
    order = consortium.propose()
    dead = wait_for(lambda: (letters := consortium.get("/api/v1/events/dead").json()["dead"]) and letters)
    assert dead[0]["reason"] == "BadRequest"
    consortium.listener.status = 200
    consortium.wait_state(order, "ordered")
    for letter in consortium.get("/api/v1/events/dead").json()["dead"]:
        assert requests.post(f"{consortium.hall.base_url}/api/v1/events/dead/{letter['id']}/retry", timeout=10).status_code == 200
    wait_for(lambda: set(consortium.listener.types(order)) >= {"OrderProposed", "OrderApproved"})


@pytest.mark.parametrize("body,status", [({}, 400), ({"asset": "a", "fault": "b"}, 400), ({"asset": "a\nb", "fault": "b", "by": "c"}, 400)])
def test_a_wrong_proposal_is_refused_with_a_sentence(consortium_with, body, status):
    consortium = consortium_with(authorities=(), maintenance={"quorum": 0})
    answer = requests.post(consortium.hall.base_url + "/api/v1/orders", json=body, timeout=10)
    assert answer.status_code == status and "must" in answer.json()["error"]
