"""A small hub for tests: speaks docs/formats/fleet.md with the standard library and cryptography, and can be nasty.

It checks what a station says (signatures, counters) and remembers what is wrong in `complaints`; a test asks for none.
"""
import base64
import hashlib
import json
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

INVITATION = "c2VjcmV0"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value) -> bytes:
    """Canonical JSON as TUF signs it, for the plain texts and numbers that we use."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Trust:
    """A TUF repository with one key for everything."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.public = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}}
        self.keyid = sha256(canonical(self.public))
        self.targets = {}
        self.version = 0
        self.lifetime = timedelta(days=7)
        self.files = {}
        roles = {role: {"keyids": [self.keyid], "threshold": 1} for role in ("root", "timestamp", "snapshot", "targets")}
        self.files["1.root.json"] = self.signed(
            {"_type": "root", "consistent_snapshot": True, "keys": {self.keyid: self.public}, "roles": roles, "version": 1}
        )
        self.root = self.files["1.root.json"]
        self.publish()

    def signed(self, body: dict) -> bytes:
        body = {"spec_version": "1.0.34", "expires": self.expiry(), **body}
        signature = self.key.sign(canonical(body)).hex()
        return json.dumps({"signed": body, "signatures": [{"keyid": self.keyid, "sig": signature}]}).encode()

    def expiry(self) -> str:
        return (datetime.now(timezone.utc) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")

    def add(self, path: str, data: bytes, custom: dict):
        self.targets[path] = {"length": len(data), "hashes": {"sha256": sha256(data)}, "custom": custom}
        self.publish()

    def publish(self):
        self.version += 1
        v = self.version
        targets = self.signed({"_type": "targets", "version": v, "targets": dict(self.targets)})
        meta = {"targets.json": {"version": v, "length": len(targets), "hashes": {"sha256": sha256(targets)}}}
        snapshot = self.signed({"_type": "snapshot", "version": v, "meta": meta})
        stamp = {"snapshot.json": {"version": v, "length": len(snapshot), "hashes": {"sha256": sha256(snapshot)}}}
        self.files[f"{v}.targets.json"] = targets
        self.files[f"{v}.snapshot.json"] = snapshot
        self.files["timestamp.json"] = self.signed({"_type": "timestamp", "version": v, "meta": stamp})


class Hub:
    """`desire()` says what stations shall have; `wait_for()` waits for what one says."""

    def __init__(self):
        self.trust = Trust()
        self.blobs, self.packages, self.targets = {}, {}, {}
        self.revision = 0
        self.desired = {"models": [], "bad": [], "configuration": None}
        self.report_every_s = 300
        self.keys, self.counters, self.said = {}, {}, set()
        self.reports, self.metrics, self.complaints = [], [], []
        self.syncs = 0
        self.refuse = None  # (status, body) for every POST of a station
        self.changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return f"oree1.{INVITATION}.{sha256(self.trust.root)}"

    def settings(self, **more) -> dict:
        return {"hub": self.url, "token": self.token, **more}

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add_package(self, name, version, files: dict, release=None, hardware=(), **more) -> str:
        release = int(version) if release is None else release
        listed = [{"path": p, "digest": f"sha256:{sha256(d)}", "bytes": len(d)} for p, d in sorted(files.items())]
        index = canonical({"format": "oree/package/v1", "name": name, "version": str(version), "release": release,
                           "hardware": list(hardware), "files": listed, **more})
        for data in files.values():
            self.blobs[sha256(data)] = data
        digest = sha256(index)
        path = f"{name}/{version}/package.json"
        self.targets[f"{name}/{version}/{digest}.package.json"] = index
        self.trust.add(path, index, {"name": name, "version": str(version), "release": release, "hardware": list(hardware)})
        self.packages[digest] = {"name": name, "version": str(version), "package": f"sha256:{digest}", "target": path,
                                 "bytes": len(index), "release": release, "hardware": list(hardware)}
        return digest

    def add_configuration(self, version, configuration: dict, name="line") -> str:
        files = {"configuration.json": json.dumps(configuration).encode()}
        return self.add_package(name, version, files, kind="configuration")

    def desire(self, *digests, configuration=None, bad=(), shadow=None, watch=None, rollout="r-1"):
        with self.changed:
            self.revision += 1
            self.desired = {
                "models": [{**self.packages[d], "rollout": rollout, "shadow": shadow, "watch": watch, "deadlines_s": {}}
                           for d in digests],
                "bad": [f"sha256:{d}" for d in bad],
                "configuration": configuration and {**self.packages[configuration], "rollout": rollout, "watch": watch},
            }
            self.changed.notify_all()

    def model(self, name="ducks") -> dict | None:
        """What was said last of this model."""
        for report in reversed(self.reports):
            for model in report["models"]:
                if model["name"] == name:
                    return model
            return None
        return None

    def wait_for(self, condition, what: str, seconds=60.0):
        end = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = end - time.monotonic()
                assert left > 0, f"never came: {what}; last said: {self.reports[-1] if self.reports else None}"
                self.changed.wait(min(left, 1.0))

    def wait_for_state(self, state, digest, name="ducks", seconds=60.0) -> dict:
        def there():
            model = self.model(name)
            return model and model["state"] == state and model["package"] == f"sha256:{digest}"

        self.wait_for(there, f"{name} {state}", seconds)
        return self.model(name)


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def handle(self):
        try:
            super().handle()
        except ConnectionError:  # stations are killed, and end calls that wait
            pass

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path, _, query = self.path.partition("?")
        try:
            if path == "/api/v1/enrol":
                self.enrol(body)
            elif self.hub.refuse:
                self.answer(*self.hub.refuse)
            elif self.known(path, body):
                self.sync(body, query) if path.endswith("/sync") else self.measure(body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def enrol(self, body):
        said = json.loads(body)
        key = base64.b64decode(said["key"])
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(self.headers["Oree-Signature"]), body)
        except InvalidSignature:
            return self.answer(403, {"error": "the signature is wrong", "code": "denied"})
        if said.get("token") != INVITATION:
            return self.answer(401, {"error": "unknown token", "code": "token"})
        again = self.hub.keys.get(said["name"]) == key
        self.hub.keys[said["name"]] = key
        self.hub.counters.setdefault(said["name"], 0)
        root = base64.b64encode(self.hub.trust.root).decode()
        self.answer(200 if again else 201, {"device": said["name"], "hub": "test", "hub_key": "", "counter": 0, "root": root})

    def known(self, path, body) -> bool:
        device = path.split("/")[4]
        if device not in self.hub.keys:
            self.answer(404, {"error": "no such station", "code": "unknown"})
            return False
        counter = int(self.headers["Oree-Counter"])
        text = f"oree/station/v1\nPOST {path}\n{counter}\n{sha256(body)}\n".encode()
        try:
            key = self.hub.keys[device]
            Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(self.headers["Oree-Signature"]), text)
        except InvalidSignature:
            self.hub.complaints.append("a signature is wrong")
            self.answer(401, {"error": "wrong signature", "code": "signature"})
            return False
        if (key, counter) in self.hub.said:
            self.hub.complaints.append(f"counter {counter} was said twice")
        self.hub.said.add((key, counter))
        if counter <= self.hub.counters[device]:  # also a call that was abandoned and is read after its successor
            self.answer(409, {"error": "a replay", "code": "counter", "counter": self.hub.counters[device]})
            return False
        self.hub.counters[device] = counter
        return True

    def sync(self, body, query):
        hub = self.hub
        report = json.loads(body)
        end = time.monotonic() + int(query.partition("wait=")[2] or 0)
        with hub.changed:
            hub.syncs += 1
            mine = hub.syncs
            hub.reports.append(report)
            hub.changed.notify_all()
            while hub.revision == report["revision"] and hub.syncs == mine and time.monotonic() < end:
                hub.changed.wait(end - time.monotonic())
            answer = {"revision": hub.revision, **hub.desired, "report_every_s": hub.report_every_s,
                      "access": {"token": "let-me-in", "for_s": 3600}, "time": int(time.time() * 1000)}
        self.answer(200, answer)

    def measure(self, body):
        with self.hub.changed:
            self.hub.metrics.append(json.loads(body))
            self.hub.changed.notify_all()
        self.answer(200, {"report_every_s": self.hub.report_every_s})

    def do_GET(self):
        try:
            if self.path.startswith("/blobs/sha256:"):
                return self.blob(self.path.rpartition(":")[2])
            if self.path.startswith("/tuf/metadata/"):
                data = self.hub.trust.files.get(self.path.rpartition("/")[2])
            else:
                data = self.hub.targets.get(self.path.removeprefix("/tuf/targets/"))
            self.answer(200, data) if data is not None else self.answer(404, {"error": "none"})
        except (BrokenPipeError, ConnectionResetError):
            pass

    def blob(self, digest):
        if self.headers.get("Authorization") != "Bearer let-me-in":
            return self.answer(401, {"error": "sync again"})
        data = self.hub.blobs.get(digest)
        if data is None:
            return self.answer(404, {"error": "gone"})
        tag = f'"sha256:{digest}"'
        asked = self.headers.get("Range", "")
        headers = [("ETag", tag), ("Accept-Ranges", "bytes")]
        if not asked or self.headers.get("If-Range", tag) != tag:
            return self.answer(200, data, headers)
        first = int(asked.removeprefix("bytes=").rstrip("-"))
        if first >= len(data):
            return self.answer(416, {"error": "past the end"})
        self.answer(206, data[first:], [*headers, ("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")])
