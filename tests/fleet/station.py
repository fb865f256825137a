"""A station that speaks to a hub as docs/formats/fleet.md says, in a few lines of Python."""
import base64
import hashlib
import json
import secrets

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def base64_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Station:
    """`package` is what it serves. `spoiled`: package → error code, what it fails on when it tries to install it."""

    def __init__(self, hub, name, hardware="x86_64", tags=(), key=None, spoiled=None):
        self.hub, self.name, self.hardware, self.tags = hub, name, hardware, list(tags)
        self.key = key or Ed25519PrivateKey.generate()
        self.counter = 0
        self.instance = secrets.token_hex(16)
        self.revision = 0
        self.models = {}
        self.spoiled = spoiled or {}
        self.desired = None
        self.root = None

    @property
    def public_key(self) -> str:
        return base64_text(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def enrol(self, token=None, **more) -> requests.Response:
        body = {"name": self.name, "key": self.public_key, "hardware": self.hardware, "software": "double 1",
                "tags": self.tags, **more}
        if token:
            body["token"] = token.split(".")[1] if token.startswith("oree1.") else token
        raw = json.dumps(body).encode()
        answer = requests.post(self.hub.url("/api/v1/enrol"), data=raw, timeout=10, headers={
            "Content-Type": "application/json", "Oree-Signature": base64_text(self.key.sign(raw))})
        if answer.ok and "root" in answer.json():
            self.root = base64.b64decode(answer.json()["root"])
            self.counter = max(self.counter, answer.json()["counter"])
        return answer

    def headers(self, path: str, raw: bytes, counter=None) -> dict:
        if counter is None:
            self.counter += 1
            counter = self.counter
        text = f"oree/station/v1\nPOST {path}\n{counter}\n{hashlib.sha256(raw).hexdigest()}\n"
        return {"Content-Type": "application/json", "Oree-Counter": str(counter),
                "Oree-Signature": base64_text(self.key.sign(text.encode()))}

    def call(self, what: str, body: dict, wait=None, timeout=10) -> requests.Response:
        """Signed. Goes on above the counter that the hub names, as a station does that came back from a backup."""
        path = f"/api/v1/devices/{self.name}/{what}"
        raw = json.dumps(body).encode()
        answer = None
        for _ in range(2):
            answer = requests.post(self.hub.url(path), data=raw, headers=self.headers(path, raw), timeout=timeout,
                                   params={} if wait is None else {"wait": wait})
            if answer.status_code != 409 or answer.json().get("code") != "counter":
                break
            self.counter = answer.json()["counter"]
        return answer

    def report(self) -> dict:
        return {"protocol": 1, "instance": self.instance, "revision": self.revision, "hardware": self.hardware,
                "software": "double 1", "models": list(self.models.values()), "attacks": []}

    def sync(self, wait=0, timeout=10) -> requests.Response:
        answer = self.call("sync", self.report(), wait=wait, timeout=timeout)
        if answer.ok:
            self.desired = answer.json()
        return answer

    def fetch(self, digest: str, **headers) -> requests.Response:
        return requests.get(self.hub.url(f"/blobs/{digest}"), timeout=10, headers={
            "Authorization": f"Bearer {self.desired['access']['token']}", **headers})

    def obey(self):
        """Takes up the newest desired state: installs what is asked for, goes back from what is bad."""
        self.revision = self.desired["revision"]
        bad = set(self.desired["bad"])
        for wanted in self.desired["models"]:
            self._install(wanted)
        for model in self.models.values():
            current = model["slots"]["current"]
            if current and current["package"] in bad:
                model.update(state="rolled_back", error={"code": "told", "message": "the hub took it back"})
                model["slots"]["current"] = model["slots"]["last_good"]
                model["bad"].append(current["package"])

    def _install(self, wanted: dict):
        model = self.models.setdefault(wanted["name"], {
            "name": wanted["name"], "state": "pending", "bad": [], "error": None,
            "slots": {"current": None, "last_good": None, "new": None}})
        now = model["slots"]["current"]
        model.update(package=wanted["package"], rollout=wanted["rollout"])
        if now and now["package"] == wanted["package"]:
            model.update(state="healthy", error=None)
        elif wanted["package"] in model["bad"]:
            model.update(state="failed", error={"code": "known_bad", "message": "tried before"})
        elif wanted["package"] in self.spoiled:
            model.update(state="failed", error={"code": self.spoiled[wanted["package"]], "message": "golden input 1"})
            model["bad"].append(wanted["package"])
        else:
            model["slots"]["last_good"] = now
            model["slots"]["current"] = {"version": wanted["version"], "package": wanted["package"]}
            model.update(state="healthy", error=None)

    def step(self) -> dict:
        """One turn: hears, does, reports."""
        assert self.sync().ok
        self.obey()
        assert self.sync().ok
        return self.desired

    def measure(self, name: str, requests_=200, errors=0, latency_us=4000) -> requests.Response:
        current = self.models[name]["slots"]["current"]
        return self.call("metrics", {"instance": self.instance, "seconds": 300, "age_s": 0, "models": [
            {"name": name, "version": current["version"], "package": current["package"], "role": "current",
             "requests": requests_, "errors": errors, "latency_us": [[latency_us, requests_]],
             "confidence": [0] * 90 + [requests_ // 10] * 10}]})

    def version(self, name: str):
        current = self.models.get(name, {}).get("slots", {}).get("current")
        return current and current["version"]
