"""An approved order becomes one order of the company's ERP: Field Service's stand-in, and a small service of this file."""
import http.server
import json
import subprocess
import threading
import time

import pytest
import requests
import yaml

from consortium import RULE, Consortium
from halls import wait_for


class FieldService:
    """`oree demo erp`: refuses what Dataverse refuses. Asked as anybody with a token may."""

    def __init__(self, oree, folder):
        self.process = subprocess.Popen([str(oree), "demo", "erp", "--data", str(folder)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        self.block = yaml.safe_load(self.process.stdout.readline())["erp"]
        self.url = self.block["url"]
        self.file = folder / "erp.json"
        self.secret = open(self.block["secret_file"]).read()

    def records(self, table):
        token = requests.post(self.block["token_url"], timeout=10, data={
            "grant_type": "client_credentials", "client_id": "station", "client_secret": self.secret, "scope": self.url + "/.default"})
        answer = requests.get(f"{self.url}/api/data/v9.2/{table}", timeout=10,
                              headers={"Authorization": "Bearer " + token.json()["access_token"], "OData-Version": "4.0"})
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def orders(self):
        return [record["oree_orderid"] for record in self.records("msdyn_workorders")]

    def has_kept(self, order):
        """Without asking it: a question would meet the fault."""
        return self.file.exists() and order in self.file.read_text()

    def order_fault(self, name):
        assert requests.post(self.url + "/stand-in/faults", json={"fault": name}, timeout=10).status_code == 200

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class PlainErp:
    """Another ERP: POST /orders with an idempotency key. `faults` are met one by one, before or after the order is made."""

    def __init__(self):
        self.made, self.calls, self.faults, erp = {}, [], [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                erp.calls.append((time.monotonic(), dict(self.headers.items()), body))
                when, status, headers, text = erp.faults.pop(0) if erp.faults else ("", 201, {}, None)
                if when != "before":
                    key = self.headers["Idempotency-Key"]
                    number = erp.made.setdefault(key, (f"PO-{len(erp.made) + 1}", body))[0]
                    text = text or json.dumps({"number": number})
                self.send_response(status)
                for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()


def alone(oree, folder, erp):
    """A station without authorities: its orders are approved at once."""
    soon = {"first": "300ms", "longest": "2s", "locked_out": "2s"}
    return Consortium(oree, folder, authorities=(), maintenance={"quorum": 0, "authorities": [], "erp": {"retry": soon, **erp},
                                                                 "orders": [{**RULE, "fault": "noise"}]})


@pytest.fixture
def field_service(oree, tmp_path):
    one = FieldService(oree, tmp_path / "erp")
    yield one
    one.stop()


@pytest.fixture
def plain_erp():
    one = PlainErp()
    yield one
    one.stop()


@pytest.fixture
def station_with(oree, tmp_path):
    started = []

    def start(erp):
        started.append(alone(oree, tmp_path / f"s{len(started)}", erp))
        return started[-1].start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def plain_block(root, tmp_path, plain_erp):
    """examples/erp/plain.yaml as it stands, with its secret beside it."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/erp-token").write_text("s3cret\n")
    (tmp_path / "plain.yaml").write_text((root / "examples/erp/plain.yaml").read_text())
    return {"kind": "rest", "mapping": str(tmp_path / "plain.yaml"), "url": plain_erp.url}


def test_an_approved_order_is_a_work_order_with_its_tasks_and_evidence(station_with, field_service):
    station = station_with(field_service.block)
    order = station.wait_state(station.propose(fault="noise"), "ordered")
    record = field_service.records("msdyn_workorders")[0]
    assert record["oree_orderid"] == order["id"] and record["msdyn_name"] == order["erp"]["number"]
    assert record["msdyn_systemstatus"] == 690970000
    assert order["evidence"]["digest"] in record["msdyn_workordersummary"]
    tasks = field_service.records("msdyn_workorderservicetasks")
    assert [task["msdyn_name"] for task in tasks] == ["Look", "Mend"]


@pytest.mark.parametrize("fault", ["error_before", "error_after", "cut_after", "away", "no_token"])
def test_whatever_the_erp_answers_there_is_one_work_order(station_with, field_service, fault):
    station = station_with(field_service.block)
    field_service.order_fault(fault)
    order = station.propose(fault="noise")
    station.wait_state(order, "ordered", seconds=40)
    assert field_service.orders() == [order]


def test_an_erp_that_asks_for_a_pause_is_left_alone(station_with, field_service):
    station = station_with(field_service.block)
    field_service.order_fault("too_many")
    order = station.propose(fault="noise")
    told = wait_for(lambda: (erp := station.get("/api/v1/ledger").json()["erp"])["error"] and erp)
    assert told["waiting"] == 1 and "429" in told["error"]
    station.wait_state(order, "ordered", seconds=40)
    assert field_service.orders() == [order]


def test_a_station_that_is_killed_while_the_erp_answers_orders_once(station_with, field_service):
    station = station_with(field_service.block)
    field_service.order_fault("silence_after")
    order = station.propose(fault="noise")
    wait_for(lambda: field_service.has_kept(order))
    station.hall.kill()
    station.hall.start()
    station.wait_state(order, "ordered", seconds=40)
    assert field_service.orders() == [order]


def test_a_refusal_is_told_with_the_erps_own_reason_and_sent_again_once_it_is_mended(station_with, field_service):
    unknown = "10000000-0000-4000-8000-00000000dead"
    station = station_with({**field_service.block, "work_order_type": unknown})
    order = station.propose(fault="noise")
    refused = wait_for(lambda: (one := station.order(order))["erp"] and one)
    assert refused["state"] == "approved" and refused["erp"]["state"] == "refused"
    assert unknown in refused["erp"]["reason"]
    assert field_service.orders() == []
    station.hall.stop()
    config = yaml.safe_load(station.hall._config_file.read_text())
    config["maintenance"]["erp"] = field_service.block
    station.hall._config_file.write_text(yaml.safe_dump(config))
    station.hall.start()
    answer = requests.post(f"{station.hall.base_url}/api/v1/orders/{order}/erp/retry", timeout=10)
    assert answer.status_code == 200, answer.text
    station.wait_state(order, "ordered")
    assert requests.post(f"{station.hall.base_url}/api/v1/orders/{order}/erp/retry", timeout=10).status_code == 409


def test_a_wrong_secret_is_told_and_a_mended_one_taken(station_with, field_service, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    station = station_with({**field_service.block, "secret_file": str(secret)})
    order = station.propose(fault="noise")
    told = wait_for(lambda: station.get("/api/v1/ledger").json()["erp"]["error"])
    assert "AADSTS7000215" in told and "wrong" not in told.lower().split()
    secret.write_text(field_service.secret)
    station.wait_state(order, "ordered", seconds=40)
    assert field_service.orders() == [order]


def test_another_erp_is_spoken_to_by_its_mapping_file(station_with, plain_erp, plain_block):
    station = station_with(plain_block)
    order = station.wait_state(station.propose(fault="noise"), "ordered")
    (_, headers, body), = plain_erp.calls
    assert headers["Authorization"] == "Bearer s3cret"
    assert order["erp"]["number"] == "PO-1" and order["erp"]["url"].endswith("/orders/PO-1")
    assert body["machine"] == "press-1" and body["evidence"] == order["evidence"]["digest"]
    assert body["tasks"] == [{"code": "look", "text": "Look"}, {"code": "mend", "text": "Mend"}]
    assert body["parts"] == [{"code": "fan", "quantity": 2}]


def test_a_mapped_erp_that_fails_after_it_ordered_is_asked_with_the_same_key(station_with, plain_erp, plain_block):
    plain_erp.faults = [("after", 500, {}, "oops"), ("after", 503, {}, "busy")]
    station = station_with(plain_block)
    order = station.propose(fault="noise")
    station.wait_state(order, "ordered", seconds=60)
    assert len(plain_erp.calls) == 3 and len(plain_erp.made) == 1
    assert {headers["Idempotency-Key"] for _, headers, _ in plain_erp.calls} == set(plain_erp.made)


def test_a_mapped_erp_is_never_asked_before_its_retry_after(station_with, plain_erp, plain_block):
    plain_erp.faults = [("before", 429, {"Retry-After": "3"}, "{}")]
    station = station_with(plain_block)
    station.wait_state(station.propose(fault="noise"), "ordered", seconds=60)
    (first, _, _), (second, _, _) = plain_erp.calls
    assert second - first >= 2.9  # its own first pause is 0.3 s


def test_a_mapped_erp_that_refuses_gives_its_reason(station_with, plain_erp, plain_block):
    plain_erp.faults = [("before", 422, {}, json.dumps({"message": "press-1 is not in the asset register"}))]
    station = station_with(plain_block)
    order = station.propose(fault="noise")
    refused = wait_for(lambda: (one := station.order(order))["erp"] and one)
    assert refused["erp"]["state"] == "refused" and "not in the asset register" in refused["erp"]["reason"]
    assert requests.post(f"{station.hall.base_url}/api/v1/orders/{order}/erp/retry", timeout=10).status_code == 200
    station.wait_state(order, "ordered")
    assert len(plain_erp.calls) == 2 and len(plain_erp.made) == 1


def test_orders_of_many_machines_survive_the_stations_death(station_with, plain_erp, plain_block):
    station = station_with(plain_block)
    orders = []
    for number in range(6):
        orders.append(station.propose(asset=f"press-{number}", fault="noise"))
        station.hall.kill()
        station.hall.start()
    for order in orders:
        station.wait_state(order, "ordered", seconds=40)
    assert len(plain_erp.made) == 6
