"""What goes wrong between a station, those who approve, and those who hear of it: each test is named after it."""
import http.server
import shutil
import signal
import subprocess
import threading

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consortium import RULE, Authority, Company, now_ms
from halls import wait_for
from strangers import Stranger, field, public_text, sign


@pytest.fixture
def strangers():
    made = []

    def make(name, *words, **more):
        made.append(Stranger(name, *words, **more))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def approvals(order):
    return sorted(one["name"] for one in order["authorities"] if one["decision"] == "approve")


def verify(oree, consortium, order, folder):
    """Offline, as an auditor: whether the proof of that order holds."""
    proof, policy = folder / f"{order}.proof", folder / "policy.txt"
    proof.write_bytes(consortium.get(f"/api/v1/orders/{order}/proof").content)
    policy.write_text(consortium.policy())
    done = subprocess.run([str(oree), "ledger", "verify", proof, "--policy", policy], capture_output=True, text=True, timeout=60)
    return done.returncode == 0 and order in done.stdout


# Each is one authority's answer that must count for nothing, and what the station says of it.
LIES = {
    "signs another proposal under the order": (lambda _: {"proposal": "0" * 64}, "other_proposal"),
    "signs in another's name": (lambda _: {"authority": "factory"}, "other_authority"),
    "signs what is to come": (lambda _: {"at": now_ms() + 3_600_000}, "from_the_future"),
    "signs another order": (lambda _: {"order": "019ab2c4-0000-7000-8000-000000000000"}, "other_order"),
    "signs what is no decision": (lambda _: {"text": "yes, whatever\n"}, "malformed"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_authority_that_lies_is_named_and_counts_for_nothing(consortium_with, strangers, lie):
    say, code = LIES[lie]
    liar = strangers("liar", say)
    consortium = consortium_with(authorities=("factory", "maker"), strangers=[liar], maintenance={"quorum": 2})
    consortium.authorities["maker"].stop()
    order = consortium.propose()
    wait_for(lambda: f"'liar', order {order}: {code}" in consortium.hall.log_tail(500))
    wait_for(lambda: "factory" in approvals(consortium.order(order)))
    assert consortium.order(order)["state"] == "proposed"
    assert consortium.get("/api/v1/ledger").json()["size"] == 0
    consortium.authorities["maker"].start()
    consortium.wait_state(order, "ordered")
    assert consortium.hall.log_tail(500).count("'liar', order") == 1  # told once, not every second


def test_an_approval_with_another_key_is_forged(consortium_with, strangers):
    forger = strangers("forger")
    forger.sign_with = Ed25519PrivateKey.generate()
    consortium = consortium_with(authorities=("factory",), strangers=[forger], maintenance={"quorum": 2})
    order = consortium.propose()
    wait_for(lambda: f"'forger', order {order}: bad_signature" in consortium.hall.log_tail(500))
    assert consortium.order(order)["state"] == "proposed"


def test_an_approval_of_an_earlier_order_is_replayed_in_vain(consortium_with, strangers):
    replayer = strangers("replayer")
    consortium = consortium_with(authorities=("factory",), strangers=[replayer], maintenance={"quorum": 2})
    first = consortium.propose(asset="press-1")
    consortium.wait_state(first, "ordered")
    old = next(one for one in consortium.order(first)["authorities"] if one["name"] == "replayer")
    replayer.statement = lambda _: {"status": "approve", "statement": old["statement"], "signature": old["signature"]}
    second = consortium.propose(asset="press-2")
    wait_for(lambda: f"'replayer', order {second}: other_order" in consortium.hall.log_tail(500))
    assert consortium.order(second)["state"] == "proposed"
    assert len(consortium.get("/api/v1/ledger/entries").json()["entries"]) == 1


def test_approvals_that_come_in_another_order_approve_the_same(consortium_with, strangers):
    three = [strangers(name) for name in ("first", "second", "third")]
    consortium = consortium_with(authorities=(), strangers=three, maintenance={"quorum": 3})
    for turn, row in enumerate(([2, 0, 1], [1, 2, 0])):
        for one in three:
            one.free.clear()
        order = consortium.propose(asset=f"press-{turn}")
        for count, which in enumerate(row, 1):
            assert consortium.order(order)["state"] == "proposed"
            three[which].free.set()
            wait_for(lambda order=order, count=count: len(approvals(consortium.order(order))) == count)
        assert consortium.wait_state(order, "ordered")["quorum"]["approvals"] == 3


def test_an_approval_that_comes_after_the_order_expired_changes_nothing(consortium_with, strangers):
    late = strangers("late")
    late.free.clear()
    rule = {**RULE, "fault": "noise", "expires": "2s"}
    consortium = consortium_with(authorities=("factory",), strangers=[late], maintenance={"quorum": 2, "orders": [rule]})
    order = consortium.propose()
    wait_for(lambda: late.asked)
    consortium.wait_state(order, "expired")
    late.free.set()
    again = consortium.propose(asset="press-2")  # the station goes on
    consortium.wait_state(again, "ordered")
    assert consortium.order(order)["state"] == "expired"
    states = {entry["order"]: entry["state"] for entry in consortium.get("/api/v1/ledger/entries").json()["entries"]}
    assert states == {order: "expired", again: "approved"}


@pytest.fixture
def authority(oree, tmp_path):
    """One authority by itself; the test has the station's key."""
    key = Ed25519PrivateKey.generate()
    one = Authority(oree, tmp_path, "safety", public_text(key), {"clock_skew": "30s"})
    one.station_key = key
    yield one.start()
    one.stop()


def proposal(**more):
    said = {"order": "019ab2c4-0000-7000-8000-000000000001", "station": "hall", "asset": "press-1", "fault": "noise",
            "evidence": "0" * 64, "model": "-", "score": "0", "threshold": "0", "cost": "0 EUR", "priority": "normal",
            "created": now_ms(), "expires": now_ms() + 600_000, "quorum": "2 3", **more}
    return "oree/proposal/v1\n" + "".join(f"{key} {value}\n" for key, value in said.items())


def put(authority, text, signature=None):
    body = {"proposal": text, "signature": signature or sign(authority.station_key, text), "key": public_text(authority.station_key),
            "evidence_url": "http://127.0.0.1:9/evidence"}
    return requests.post(authority.url + "/api/v1/proposals", json=body, timeout=20)


def test_a_station_whose_clock_is_ahead_is_refused_and_one_within_the_skew_is_heard(authority):
    refused = put(authority, proposal(created=now_ms() + 120_000))
    assert refused.json()["status"] == "refuse" and refused.json()["code"] == "from_the_future", refused.text
    near = put(authority, proposal(order="019ab2c4-0000-7000-8000-000000000002", created=now_ms() + 10_000))
    assert near.json()["status"] == "pending", near.text  # its evidence is not there, which is another matter


def test_a_station_whose_clock_is_behind_finds_its_proposal_expired(authority):
    answer = put(authority, proposal(created=now_ms() - 700_000, expires=now_ms() - 100_000))
    assert answer.status_code == 422 and answer.json()["code"] == "expired"
    assert field(answer.json()["statement"], "decision") == "refuse"


def test_a_forged_proposal_is_turned_away(authority):
    stranger = Ed25519PrivateKey.generate()
    text = proposal()
    assert put(authority, text, sign(stranger, text)).status_code == 403
    assert put(authority, text.replace("press-1", "press-2"), sign(authority.station_key, text)).status_code == 403


def test_evidence_altered_on_disk_is_refused_by_everybody_who_looks(consortium):
    for one in consortium.authorities.values():
        one.stop()
    order = consortium.propose(fault=RULE["fault"])
    consortium.overheat("oven-1")
    hot = consortium.order_of("oven-1")
    window = next(part for part in hot["evidence"]["parts"] if part["name"] == "window.json")["digest"]
    file = consortium.hall.data / "maintenance/evidence" / window[:2] / window
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"95", b"94", 1))
    for one in consortium.authorities.values():
        one.start()
    refused = consortium.wait_state(hot["id"], "refused")
    assert {one["code"] for one in refused["authorities"] if one["decision"] == "refuse"} == {"evidence_altered"}
    assert any("window.json" in one["statement"] + one["reason"] for one in refused["authorities"])
    consortium.wait_state(order, "ordered")  # whose evidence is whole


def test_an_authority_from_an_old_backup_goes_on_and_no_history_forks(oree, consortium_with, tmp_path):
    consortium = consortium_with(maintenance={"quorum": 3})
    maker = consortium.authorities["maker"]
    orders = [consortium.propose(asset="press-1")]
    consortium.wait_state(orders[0], "ordered")
    maker.stop()
    shutil.copytree(maker.folder / "data", tmp_path / "backup")
    maker.start()
    for asset in ("press-2", "press-3"):
        orders.append(consortium.propose(asset=asset))
        consortium.wait_state(orders[-1], "ordered")
    maker.stop(signal.SIGKILL)
    shutil.rmtree(maker.folder / "data")
    shutil.copytree(tmp_path / "backup", maker.folder / "data")
    maker.start()
    orders.append(consortium.propose(asset="press-4"))
    consortium.wait_state(orders[-1], "ordered")
    entries = consortium.get("/api/v1/ledger/entries").json()["entries"]
    assert [entry["order"] for entry in entries] == orders
    assert all(verify(oree, consortium, order, tmp_path) for order in orders)


def test_a_station_from_an_old_backup_gets_no_cosignature_and_says_so(consortium, tmp_path):
    consortium.wait_state(consortium.propose(asset="press-1"), "ordered")
    consortium.hall.stop()
    shutil.copytree(consortium.hall.data, tmp_path / "backup")
    consortium.hall.start()
    consortium.wait_state(consortium.propose(asset="press-2"), "ordered")
    consortium.hall.stop()
    shutil.rmtree(consortium.hall.data)
    shutil.copytree(tmp_path / "backup", consortium.hall.data)
    consortium.hall.start()
    order = consortium.propose(asset="press-3")  # a second entry that contradicts the one they have seen
    wait_for(lambda: consortium.hall.log_tail(500).count("has seen another ledger of 2 entries") >= 2)
    assert consortium.order(order)["state"] == "proposed"
    later = consortium.propose(asset="press-4")  # and a third on top of it
    wait_for(lambda: consortium.hall.log_tail(500).count("does not cosign the ledger: 422") >= 2)
    assert consortium.order(later)["state"] == "proposed"
    errors = [one["error"] for one in consortium.get("/api/v1/authorities").json()["authorities"]]
    assert sum("ledger" in error for error in errors) >= 2


def test_cosignatures_that_were_lost_on_the_way_are_asked_for_again(oree, consortium_with, tmp_path):
    consortium = consortium_with(maintenance={"quorum": 3})
    order = consortium.propose()
    consortium.wait_state(order, "ordered")
    consortium.hall.kill()
    # As if it had died after the witnesses signed and before it kept what they answered.
    (consortium.hall.data / "maintenance/ledger/cosigned").unlink()
    consortium.hall.start()
    wait_for(lambda: consortium.get("/api/v1/ledger").json()["cosigned_size"] == 1)
    assert verify(oree, consortium, order, tmp_path)


def test_an_erp_that_answers_500_after_creating_has_one_order(consortium_with, tmp_path):
    company = Company(tmp_path / "company", fail_every=1).start()
    try:
        consortium = consortium_with(maintenance=company.maintenance())
        orders = [consortium.propose(asset=f"press-{n}") for n in range(3)]
        for order in orders:
            consortium.wait_state(order, "ordered")
        rows = company.rows("SELECT key, number FROM orders")
        assert sorted(key for key, _ in rows) == sorted(orders)
        assert {key: str(number) for key, number in rows} == {order: consortium.order(order)["erp"]["number"] for order in orders}
    finally:
        company.stop()


def redirecting(status, target, heard):
    """A webhook that consents, and then sends whoever delivers to somewhere inside."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_OPTIONS(self):
            self.send_response(200)
            self.send_header("WebHook-Allowed-Origin", "*")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(self.path)
            self.send_response(status)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self):
            heard.append("GET " + self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_webhook_that_redirects_is_not_followed(consortium_with, status):
    inside_heard, heard = [], []
    inside = redirecting(200, "", inside_heard)
    outside = redirecting(status, f"http://127.0.0.1:{inside.server_port}/admin", heard)
    try:
        subscription = {"name": "team", "sink": "webhook", "url": f"http://127.0.0.1:{outside.server_port}/hook"}
        consortium = consortium_with(authorities=(), maintenance={"quorum": 0, "events": [subscription]})
        consortium.propose()
        tried = wait_for(lambda: (all_of := consortium.get("/api/v1/events/deliveries").json()["deliveries"]) and all_of)
        assert tried[0]["last_outcome"] == "Redirected" and tried[0]["state"] == "waiting"
        assert heard and not inside_heard
    finally:
        outside.shutdown()
        inside.shutdown()


def test_what_a_listener_missed_is_told_when_it_is_back_with_the_same_ids(consortium):
    consortium.listener.status = 503
    order = consortium.propose()
    consortium.wait_state(order, "ordered")
    waiting = wait_for(lambda: (all_of := consortium.get("/api/v1/events/deliveries", params={"state": "waiting"}).json()["deliveries"]) and all_of)
    ids = {one["event"] for one in waiting}
    consortium.listener.status = 200
    wait_for(lambda: consortium.listener.types(order) and ids <= {event["id"] for event in consortium.listener.events}, seconds=120)
    wait_for(lambda: "OrderOrdered" in consortium.listener.types(order), seconds=120)
