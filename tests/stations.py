"""A running `oree edge` on a free port, as the tests from outside see it."""
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path

import requests
import yaml

LISTENING = re.compile(r"listening on (https?://\S+)")
START_SECONDS = 30
STOP_SECONDS = 15


class Station:
    """Writes its configuration and data below `folder`; start() returns once it listens."""

    def __init__(self, binary, folder: Path, config, arguments=(), data=None):
        self.binary = binary
        self.folder = folder
        self.data = Path(data) if data else folder / "data"
        self.log_file = folder / "station.log"
        self.base_url = None
        self.process = None
        self._arguments = [str(argument) for argument in arguments]
        self._command = "edge"
        self._config_file = self._write(config) if isinstance(config, dict) else Path(config)
        self._log_reader = None

    def _write(self, config) -> Path:
        file = self.folder / "station.yaml"
        file.write_text(yaml.safe_dump({"listen": "127.0.0.1:0", **config}, sort_keys=False))
        return file

    def start(self) -> "Station":
        self.data.mkdir(exist_ok=True)
        command = [self.binary, self._command, "--config", self._config_file, "--data", self.data, *self._arguments]
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        addresses = queue.Queue()
        self._log_reader = threading.Thread(target=self._keep_log, args=(self.process.stdout, addresses), daemon=True)
        self._log_reader.start()
        try:
            self.base_url = addresses.get(timeout=START_SECONDS)
        except queue.Empty:
            self.stop()
            raise AssertionError(f"no 'listening on' line within {START_SECONDS} s:\n{self.log_tail()}") from None
        if self.base_url is None:
            status = self.process.wait()
            raise AssertionError(f"oree {self._command} ended with {status} before it listened:\n{self.log_tail()}")
        return self

    def _keep_log(self, stream, addresses):
        with self.log_file.open("a") as log:
            for line in stream:
                log.write(line)
                log.flush()
                match = LISTENING.search(line)
                if match:
                    addresses.put(match[1].rstrip("/"))
        addresses.put(None)

    def url(self, path: str) -> str:
        return self.base_url + path

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url(path), timeout=options.pop("timeout", 10), **options)

    def post(self, path: str, **options) -> requests.Response:
        return requests.post(self.url(path), timeout=options.pop("timeout", 30), **options)

    def kill(self):
        """As a power cut would: no time to put anything away."""
        self.process.kill()
        self._ended()

    def stop(self) -> int | None:
        """Asks politely; a station that does not end in time is a failed test. Returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self._ended()
                raise AssertionError(f"oree {self._command} did not stop within {STOP_SECONDS} s of SIGTERM") from None
        return self._ended()

    def _ended(self) -> int:
        status = self.process.wait()
        self._log_reader.join(timeout=5)
        return status

    def restart(self) -> "Station":
        """Stops and starts again on the same data; the port changes."""
        self.stop()
        return self.start()

    def log_tail(self, lines: int = 60) -> str:
        if not self.log_file.exists():
            return "(no log)"
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
