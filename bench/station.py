"""A station under measurement: started with a configuration, asked, watched through /proc, stopped."""
import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Station:
    def __init__(self, binary: Path, folder: Path, config: dict):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        config = {"listen": "127.0.0.1:0", "storage": {"max_bytes": "2GB", "min_free": "100MB"}, **config}
        (folder / "station.yaml").write_text(json.dumps(config))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "edge", "--config", folder / "station.yaml", "--data", folder / "data"],
            stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True)
        line = self.process.stdout.readline()
        if "listening on" not in line:
            raise SystemExit(f"the station did not start: {(folder / 'log').read_text()}")
        self.url = line.split()[-1]
        self.ready_seconds = time.perf_counter() - self.started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def get(self, path: str):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: bytes = b""):
        request = urllib.request.Request(self.url + path, data=body, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def resident_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
