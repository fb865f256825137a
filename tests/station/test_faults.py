"""Wrong input, power cuts and full disks: a clear answer, bounded memory, and the station goes on."""
import os
import random
import socket
import subprocess
import threading
import time

import pytest
import requests

from parts import duck_with, ducks_station, picture


def alive(station) -> bool:
    return station.get("/api/v1/health/live").json() == {"status": "ok"}


def resident_bytes(station) -> int:
    with open(f"/proc/{station.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def huge_png_header() -> bytes:
    """A PNG that says it is 10000 × 10000 and holds nothing."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 10000, 10000, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("body,words", [
    (duck_with("good").read_bytes()[:20_000], "premature end"),
    (huge_png_header(), "10000"),
    (b"hello, I am no picture", ""),
    (b"\x00" * 100_000, ""),
])
def test_a_picture_that_is_none_decides_nothing_and_says_why(station, body, words):
    one = station(ducks_station())
    answer = one.post("/api/v1/trigger", data=body).json()
    assert answer["decision"] == "NO_DECISION"
    item = one.get(f"/api/v1/items/{answer['item_id']}").json()
    assert item["steps"][0]["reason_code"] == "image_invalid"
    assert words.lower() in item["reason"].lower()
    assert alive(one)


@pytest.mark.parametrize("path,status", [
    ("/api/v1/items/not-an-id", 400),
    ("/api/v1/items/0193b5a4-0000-7000-8000-000000000000", 400),
    ("/api/v1/items?limit=0", 400),
    ("/api/v1/items?limit=many", 400),
    ("/api/v1/items?from=yesterday", 400),
    ("/api/v1/nowhere", 404),
    ("/assets/../../../../etc/passwd", 404),
    ("/assets/%2e%2e/%2e%2e/etc/passwd", 400),
])
def test_questions_that_make_no_sense_are_refused(station, path, status):
    one = station(ducks_station())
    answer = one.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_deep_and_large_json_is_refused_quickly(station):
    one = station(ducks_station())
    before = resident_bytes(one)
    for path in ("/v2/models/ducks/infer", "/api/v1/configs/active"):
        answer = one.post(path, data=b"[" * 10_000_000, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
    assert alive(one)
    assert resident_bytes(one) - before < 150_000_000


def test_a_body_over_the_limit_is_413(station):
    one = station(ducks_station(limits={"max_body_bytes": "1MB"}))
    try:
        assert one.post("/api/v1/trigger", data=b"x" * 2_000_000).status_code == 413
    except requests.ConnectionError:
        pass  # the answer may be lost when the station stops reading
    assert alive(one)


def test_half_a_request_holds_up_nobody(station):
    one = station(ducks_station())
    host, port = one.base_url.removeprefix("http://").split(":")
    held = []
    for part in (b"POST /api/v1/trigger HTTP/1.1\r\nHost: x\r\nContent-Le",
                 b"POST /api/v1/trigger HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(part)
        held.append(connection)
    assert alive(one)
    for connection in held:
        connection.close()
    assert alive(one)


def test_ten_thousand_silent_connections_cost_little(station):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 11_000:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    one = station(ducks_station())
    host, port = one.base_url.removeprefix("http://").split(":")
    before = resident_bytes(one)
    held = []
    try:
        for _ in range(10_000):
            held.append(socket.create_connection((host, int(port))))
        assert one.post("/api/v1/trigger", data=duck_with("good").read_bytes()).json()["decision"] == "OK"
        assert resident_bytes(one) - before < 60_000_000
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert alive(one)


def test_what_was_answered_is_there_after_kill_9(station):
    one = station(ducks_station())
    images = [picture(64, 48, (i * 9 % 255, 100, 50)) for i in range(24)]
    answered = []
    rounds = 5
    for round_number in range(rounds):
        stop = threading.Event()

        def feed():
            session = requests.Session()
            while not stop.is_set():
                image = random.choice(images)
                try:
                    answer = session.post(one.url("/api/v1/trigger"), data=image, timeout=10)
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    answered.append((answer.json()["item_id"], image))

        feeders = [threading.Thread(target=feed) for _ in range(3)]
        for feeder in feeders:
            feeder.start()
        wanted = len(answered) + 20 + 7 * round_number
        deadline = time.monotonic() + 30
        while len(answered) < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        one.kill()
        stop.set()
        for feeder in feeders:
            feeder.join()
        one.start()
    assert len(answered) >= rounds * 20
    for item_id, image in answered:
        item = one.get(f"/api/v1/items/{item_id}")
        assert item.status_code == 200, item.text
        assert one.get(f"/api/v1/items/{item_id}/binaries/hand").content == image


def test_a_full_disk_refuses_with_507_and_recovers(station, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)]).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        one = station(ducks_station(storage={"max_bytes": "10GB", "min_free": "20MB"}), data=disk / "data")
        image = duck_with("good").read_bytes()
        first = one.post("/api/v1/trigger", data=image).json()
        filler = disk / "filler"
        with filler.open("wb") as file:
            try:
                for _ in range(200):
                    file.write(os.urandom(1_000_000))
                    file.flush()
            except OSError:
                pass
        # the station may need a moment to notice
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            answer = one.post("/api/v1/trigger", data=os.urandom(16) + image)
            if answer.status_code == 507:
                break
        assert answer.status_code == 507
        assert "free" in answer.json()["error"] or "room" in answer.json()["error"]
        assert "oree_store_full 1" in one.get("/metrics").text
        assert one.get(f"/api/v1/items/{first['item_id']}").status_code == 200
        filler.unlink()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            answer = one.post("/api/v1/trigger", data=image)
            if answer.status_code == 200:
                break
            time.sleep(0.1)
        assert answer.status_code == 200
        assert "oree_store_full 0" in one.get("/metrics").text
        one.stop()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_it_listens_on_loopback_unless_told_otherwise(station):
    config = ducks_station()
    one = station(config)
    assert one.base_url.startswith("http://127.0.0.1:")


def test_two_stations_do_not_share_a_data_folder(station, oree, tmp_path):
    one = station(ducks_station())
    second = subprocess.run([oree, "edge", "--config", one.folder / "station.yaml", "--data", one.data, "--listen",
                             "127.0.0.1:0"], capture_output=True, text=True, timeout=30)
    assert second.returncode == 4
    assert str(one.data) in second.stderr


def test_a_taken_port_is_named_with_the_way_out(station, oree, tmp_path):
    one = station(ducks_station())
    port = one.base_url.rsplit(":", 1)[1]
    second = subprocess.run([oree, "edge", "--config", one.folder / "station.yaml", "--data", tmp_path / "other",
                             "--listen", f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=30)
    assert second.returncode == 8
    assert port in second.stderr
