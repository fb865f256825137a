"""What a station notes of its updates, seen the moment it is on its disk; and the station killed right then."""
import ctypes
import json
import os
import select
import struct
import threading
import time
from pathlib import Path

IN_MOVED_TO = 0x80
EVENT = struct.Struct("iIII")


class Notes:
    """Watches data/deployment/state of a station. arm(condition) kills it right after the first note that meets it."""

    def __init__(self, station, questions):
        self.station, self.questions = station, questions
        self.file = Path(station.data) / "deployment" / "state"
        self.condition = None
        self.died = threading.Event()
        self.seen = []  # (when, unit)
        self.changed = threading.Condition()
        libc = ctypes.CDLL(None, use_errno=True)
        self.events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.events >= 0 and libc.inotify_add_watch(self.events, str(self.file.parent).encode(), IN_MOVED_TO) >= 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join(timeout=30)
        os.close(self.events)

    def arm(self, condition):
        self.died.clear()
        self.condition = condition

    def wait_for(self, condition, what, seconds=120):
        """Until a note, an earlier one too, meets it."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(condition(unit) for _, unit in self.seen), seconds), what

    def wait_and_start_again(self, seconds=60):
        assert self.died.wait(seconds), f"never noted; last: {self.seen[-1] if self.seen else None}"
        self.station._ended()
        self.station.start()
        self.questions.lives += 1  # even: who does not answer now fails

    def _watch(self):
        while not self.stopped.is_set():
            if not select.select([self.events], [], [], 0.2)[0]:
                continue
            if b"state" not in self._names(os.read(self.events, 65536)):
                continue
            when = time.monotonic()
            unit = next(u for u in json.loads(self.file.read_bytes().partition(b"\n")[2])["units"] if u["name"] == "ducks")
            with self.changed:
                self.seen.append((when, unit))
                self.changed.notify_all()
            if self.condition and self.condition(unit):
                self.condition = None
                self.questions.lives += 1  # odd: it is down on purpose
                self.station.process.kill()
                self.died.set()

    @staticmethod
    def _names(events: bytes):
        at, names = 0, set()
        while at < len(events):
            *_, length = EVENT.unpack_from(events, at)
            names.add(events[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0"))
            at += EVENT.size + length
        return names
