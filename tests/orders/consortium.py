"""A station that makes orders, the authorities that approve them, and listeners around: processes of their own."""
import base64
import http.server
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests
import yaml

from halls import Client, Hall, wait_for
from parts import ROOT

RULE = {"on": "anomaly", "fault": "overheating", "priority": "high", "cost": "500 EUR", "cool_down": "1h",
        "tasks": [{"id": "look", "en": "Look", "fr": "Regarder"}, {"id": "mend", "en": "Mend", "fr": "Réparer"}],
        "parts": [{"id": "fan", "en": "Fan", "fr": "Ventilateur", "quantity": 2}]}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def public_key(oree, file) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.run([str(oree), "authority", "key", str(file)], capture_output=True, text=True, check=True).stdout.strip()


class Authority:
    """One `oree authority`; kept on its port over restarts."""

    def __init__(self, oree, folder, name, station_key, rules=None):
        self.oree, self.folder, self.name = oree, folder / name, name
        self.folder.mkdir(parents=True)
        self.port, self.process = free_port(), None
        self.write(station_key, rules or {})

    def write(self, station_key, rules):
        self.file = self.folder / "authority.yaml"
        self.file.write_text(yaml.safe_dump({"authority": self.name, "listen": f"127.0.0.1:{self.port}",
                                             "stations": [{"name": "hall", "key": station_key}], **rules}))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([str(self.oree), "authority", "--config", self.file, "--data", self.folder / "data"],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self.answers)
        return self

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return requests.get(self.url + "/api/v1/identity", timeout=5).json()
        except requests.RequestException:
            return None

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)

    def setting(self):
        identity = wait_for(self.answers)
        return {"name": self.name, "url": self.url, "key": identity["key"], "witness": identity["witness"]}


class Listener:
    """A webhook's far end: consents, and keeps what it is sent. `status` may be changed at any time."""

    def __init__(self):
        self.events, self.status, listener = [], 200, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_OPTIONS(self):
                self.send_response(200)
                self.send_header("WebHook-Allowed-Origin", "*")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if listener.status == 200:
                    listener.events.append(json.loads(body))
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/"

    def types(self, order):
        return [event["type"].rsplit(".", 1)[-1] for event in self.events if event["data"]["id"] == order]

    def stop(self):
        self.server.shutdown()


class Company:
    """company.py in a process of its own, on one port over restarts."""

    def __init__(self, folder, fail_every=0):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port, self.fail_every, self.process = folder, free_port(), fail_every, None
        (folder / "token").write_text("secret")
        mapping = yaml.safe_load((ROOT / "examples/erp/plain.yaml").read_text())
        mapping["secrets"]["token"] = str(folder / "token")
        (folder / "erp.yaml").write_text(yaml.safe_dump(mapping))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([sys.executable, Path(__file__).with_name("company.py"), self.folder / "company.db", str(self.port),
                                         "--fail-every", str(self.fail_every)], stdin=subprocess.DEVNULL)
        wait_for(self.answers)
        return self

    def answers(self):
        try:
            return requests.get(self.url + "/alive", timeout=5).ok
        except requests.RequestException:
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)

    def maintenance(self, **more):
        """What a station's maintenance says of it. Tried again soon: a test has not an hour."""
        return {"erp": {"kind": "rest", "mapping": str(self.folder / "erp.yaml"), "url": self.url,
                        "retry": {"first": "100ms", "longest": "500ms", "locked_out": "500ms"}},
                "events": [{"name": "company", "sink": "webhook", "url": self.url + "/events"}], **more}

    def rows(self, statement):
        with sqlite3.connect(self.folder / "company.db") as file:
            return file.execute(statement).fetchall()


class Consortium:
    """factory, maker and safety around one station, and strangers. `rules` by authority name."""

    def __init__(self, oree, folder, rules=None, maintenance=None, authorities=("factory", "maker", "safety"), strangers=(), **station):
        self.oree, self.folder, self.strangers = oree, folder, strangers
        station_key = public_key(oree, folder / "data/maintenance/station.key")
        self.authorities = {name: Authority(oree, folder / "authorities", name, station_key, (rules or {}).get(name)).start()
                            for name in authorities}
        self.listener = Listener()
        config = {"station": "hall", "storage": {"max_bytes": "100MB"},
                  "telemetry": {"mqtt": {"listen": "127.0.0.1:0"}, "detectors": [{"name": "spot", "kind": "robust_z", "learn": "60s"}]},
                  "maintenance": {"orders": [RULE], "quorum": 2,
                                  "authorities": [one.setting() for one in [*self.authorities.values(), *strangers]],
                                  "events": [{"name": "team", "sink": "webhook", "url": self.listener.url}],
                                  **(maintenance or {})}, **station}
        self.hall = Hall(oree, folder, config)

    def start(self):
        self.hall.start()
        return self

    def stop(self):
        self.hall.stop()
        for one in [*self.authorities.values(), *self.strangers, self.listener]:
            one.stop()

    def get(self, path, **more):
        answer = requests.get(self.hall.base_url + path, timeout=20, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer

    def orders(self, **query):
        return self.get("/api/v1/orders", params=query).json()["orders"]

    def order(self, identifier):
        return self.get(f"/api/v1/orders/{identifier}").json()

    def propose(self, asset="press-1", fault="noise", by="Ada"):
        answer = requests.post(self.hall.base_url + "/api/v1/orders", timeout=20,
                               json={"asset": asset, "fault": fault, "by": by, "sentence": "It squeaks."})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def overheat(self, machine):
        """A minute of health, then heat."""
        begun = 1_790_000_000_000
        client = Client(self.hall.mqtt_port, f"sensors-of-{machine}")
        for second in range(62):
            client.paho.publish(f"machines/{machine}", json.dumps({"heat": 50 + second % 5, "time": begun + 1000 * second}), qos=1)
        for second in range(62, 72):
            client.paho.publish(f"machines/{machine}", json.dumps({"heat": 95, "time": begun + 1000 * second}), qos=1)
        client.publish(f"machines/{machine}", json.dumps({"heat": 95, "time": begun + 73_000}))
        client.leave()

    def wait_state(self, identifier, *states, seconds=20):
        return wait_for(lambda: (order := self.order(identifier))["state"] in states and order, seconds)

    def order_of(self, asset, seconds=20):
        return wait_for(lambda: (found := self.orders(asset=asset)) and found[0], seconds)

    def policy(self):
        """What an auditor brings along, in the form of c2sp.org/tlog-policy."""
        ledger = self.get("/api/v1/ledger").json()
        lines = [f"log {ledger['key']}"] + [f"witness w{i} {key}" for i, key in enumerate(ledger["witnesses"])]
        names = " ".join(f"w{i}" for i in range(len(ledger["witnesses"])))
        return "\n".join([*lines, f"group all {ledger['quorum']} {names}", "quorum all"]) + "\n"


def now_ms():
    return int(time.time() * 1000)


def raw_key(text):
    return base64.b64decode(text)
