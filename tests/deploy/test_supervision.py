"""What looks after a station: systemd by its notifications, a container by `oree health`. systemd is a socket here."""
import os
import signal
import socket
import subprocess

import pytest

from parts import ducks_station


@pytest.fixture
def listener(tmp_path, monkeypatch):
    """A socket that the station takes for systemd's; what it says comes out of it word by word."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        name = f"\0oree-test-{os.getpid()}-{tmp_path.name}"
        one.bind(name)
        one.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name[1:])
        yield one


def said(listener) -> str:
    return listener.recv(100).decode()


def test_a_station_says_that_it_is_ready_that_it_answers_and_that_it_stops(station, listener, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    one = station(ducks_station())
    assert [said(listener) for _ in range(4)] == ["READY=1"] + ["WATCHDOG=1"] * 3
    one.process.send_signal(signal.SIGTERM)
    while (word := said(listener)) == "WATCHDOG=1":
        pass
    assert word == "STOPPING=1" and one.stop() == 0


def test_without_a_watchdog_and_for_another_process_nothing_is_said_in_between(station, listener, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "4000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    one = station(ducks_station())
    assert said(listener) == "READY=1"
    assert one.get("/api/v1/health/live").status_code == 200
    one.stop()
    assert said(listener) == "STOPPING=1"


def test_nobody_who_listens_is_no_reason_not_to_serve(station, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    one = station(ducks_station())
    assert one.get("/api/v1/health/ready").json()["status"] == "ready"
    assert one.stop() == 0


def test_health_tells_a_station_that_works_from_one_that_hangs_and_from_none(station, oree):
    def health(*words, within="60"):
        return subprocess.run([oree, "health", "--station", one.base_url, "--within", within, *words], capture_output=True, text=True)

    one = station(ducks_station())
    assert (health().returncode, health().stdout) == (0, "ready\n")
    assert (health("--live").returncode, health("--live").stdout) == (0, "ok\n")
    one.process.send_signal(signal.SIGSTOP)
    hung = health(within="1")
    one.process.send_signal(signal.SIGCONT)
    assert hung.returncode == 6 and "took too long" in hung.stderr
    one.stop()
    gone = health()
    assert gone.returncode == 8 and one.base_url.split("//")[1].split(":")[1] in gone.stderr
