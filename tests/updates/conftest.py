"""Stations that a hub updates, and what they are updated with."""
import sys
import threading
import time
from collections import deque
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))

from bad_line import Line  # noqa: E402
from parts import duck_with, ducks_station  # noqa: E402
from update_hub import Hub  # noqa: E402

@pytest.fixture
def hub():
    one = Hub()
    yield one
    one.close()
    assert one.complaints == []


@pytest.fixture
def line(hub):
    one = Line(hub.port)
    yield one
    one.close()


@pytest.fixture
def updated(station, hub):
    """updated() starts a station of ducks that this hub looks after."""

    def start(fleet=None, **changes):
        return station(ducks_station(fleet=hub.settings(**(fleet or {})), **changes))

    return start


class Asking:
    """Asks a station for verdicts without a pause, and remembers every answer that was none."""

    def __init__(self, station):
        self.station = station
        self.picture = duck_with("good").read_bytes()
        self.answers, self.failures = 0, []
        self.versions = deque(maxlen=5000)  # (when answered, version of the model), the last ones
        self.stopped = threading.Event()
        self.lives = 0  # odd while the station is down on purpose
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join(timeout=30)

    def kill(self):
        self.lives += 1
        self.station.kill()
        self.station.start()
        self.lives += 1

    def wait_for_version(self, version, seconds=30):
        """Until an answer is of this version."""
        end = time.monotonic() + seconds
        while not self.versions or self.versions[-1][1] != version:
            assert time.monotonic() < end, f"no answer of version {version}; last {self.versions and self.versions[-1]}"
            self.stopped.wait(0.005)

    def _ask(self):
        session = requests.Session()
        while not self.stopped.is_set():
            life = self.lives
            try:
                answer = session.post(self.station.url("/api/v1/trigger"), data=self.picture, timeout=30,
                                      headers={"Content-Type": "image/jpeg"})
            except requests.RequestException as error:
                if life % 2 == 0 and life == self.lives:  # it lives, and did not answer
                    self.failures.append(repr(error))
                self.stopped.wait(0.05)
                continue
            self.answers += 1
            if answer.status_code != 200 or b'"model_failed"' in answer.content:
                self.failures.append(f"{answer.status_code} {answer.text[:300]}")
                continue
            self.versions.append((time.monotonic(), answer.json()["predictions"]["duck"]["model_version"]))


@pytest.fixture
def asking():
    return Asking
