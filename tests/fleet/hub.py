"""A running `oree hub` on a free port, and packages for it."""
import hashlib
import json
import subprocess

import yaml
from stations import Station as Process


class Hub(Process):
    """Starts, stops, kills and restarts like a station's process; its port stays over a restart."""

    def __init__(self, binary, folder, config):
        super().__init__(binary, folder, {"hub": "works", **config}, data=folder / "data")
        self.config = {"hub": "works", "packages": {"allow_unsigned": True}, "tick": "50ms", **config}

    def start(self):
        listen = self.base_url.split("://")[1] if self.base_url else "127.0.0.1:0"
        file = self.folder / "hub.yaml"
        file.write_text(yaml.safe_dump({"listen": listen, **self.config}, sort_keys=False))
        self._config_file = file
        self._command = "hub"
        return super().start()

    def token(self, *words) -> str:
        return subprocess.run([self.binary, "hub", "token", "new", "--data", self.data, *words], check=True, text=True,
                              capture_output=True, timeout=30).stdout.strip()

    def user(self, name, role) -> dict:
        secret = subprocess.run([self.binary, "hub", "user", "add", name, "--role", role, "--data", self.data],
                                check=True, text=True, capture_output=True, timeout=30).stdout.strip()
        return {"Authorization": f"Bearer {secret}"}

    def publish(self, name="ducks", version="1", release=None, files=None, hardware=()):
        files = files or {"model.onnx": f"network of {name} {version}".encode()}
        rows = []
        for path, raw in sorted(files.items()):
            digest = hashlib.sha256(raw).hexdigest()
            answer = self.put(f"/blobs/sha256:{digest}", data=raw)
            assert answer.status_code == 201, answer.text
            rows.append({"bytes": len(raw), "digest": f"sha256:{digest}", "path": path})
        index = {"files": rows, "format": "oree/package/v1", "hardware": list(hardware), "name": name,
                 "release": release or int(version), "version": version}
        raw = json.dumps(index, sort_keys=True, separators=(",", ":")).encode()
        answer = self.post("/api/v1/packages", data=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"

    def put(self, path, **options):
        import requests

        return requests.put(self.url(path), timeout=30, **options)

    def roll_out(self, version, model="ducks", gates=None, **plan):
        """Two waves without soak; only failures count unless `gates` says more."""
        silent = {gate: "off" for gate in ("errors", "p95_ratio", "drift", "agreement", "accuracy")}
        plan = {"waves": [{"name": "first", "count": 1, "soak": "0s"}, {"name": "rest", "percent": 100, "soak": "0s"}],
                "max_exposed": 100, "gates": {**silent, "min_requests": 0, "min_stations": 1, **(gates or {})}, **plan}
        answer = self.post("/api/v1/rollouts", json={"model": model, "version": version, "plan": plan, "watch_s": 0})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def rollout(self, name) -> dict:
        return self.get(f"/api/v1/rollouts/{name}").json()
