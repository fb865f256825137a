"""Clients that hold connections, trickle bytes or go away, and what the others notice: nothing."""
import contextlib
import json
import os
import resource
import socket
import struct
import time
import urllib.request

import pytest

ROW = list(range(16))
QUESTION = json.dumps({"inputs": [{"name": f"INPUT{i}", "shape": [1, 16], "datatype": "INT32", "data": ROW} for i in (0, 1)]}).encode()
HEAD = f"POST /v2/models/simple/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(QUESTION)}\r\n\r\n".encode()


def ask(server):
    with urllib.request.urlopen(f"{server.url}/v2/models/simple/infer", data=QUESTION, timeout=30) as answer:
        assert json.load(answer)["outputs"][0]["data"] == [2 * number for number in ROW]


def rss_mb(server):
    return int(open(f"/proc/{server.process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.fixture
def files():
    """Raises what this process may have open at once; says how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def server(files, serve, repository):
    return serve(repository, "--mode", "explicit", "--load-model", "simple")


@pytest.mark.parametrize("face", ["address", "grpc"])
def test_ten_thousand_idle_connections_cost_little_and_others_are_answered(server, files, face):
    count = min(10_000, files - 500)
    ask(server)
    before, held = rss_mb(server), []
    try:
        for number in range(count):
            held.append(connect(getattr(server, face)))
            if number % 1000 == 0:
                ask(server)
        ask(server)
        assert (rss_mb(server) - before) * 1e6 / count < 10_000, "bytes of each"
    finally:
        for one in held:
            one.close()
    ask(server)


def test_who_trickles_is_shown_the_door_and_others_are_answered(server):
    slow = [connect(server.address) for _ in range(100)]
    end = time.monotonic() + 60
    open_ones, word = dict(enumerate(slow)), b""
    for one in slow:
        one.sendall(HEAD[:20])
        one.setblocking(False)
    while open_ones and time.monotonic() < end:
        for number, one in list(open_ones.items()):
            try:
                one.send(b"X")
                word = one.recv(4096)
                del open_ones[number]
            except BlockingIOError:
                pass
            except OSError:
                del open_ones[number]
        ask(server)
        time.sleep(0.2)
    assert not open_ones, "all were closed"
    assert word == b"" or word.startswith(b"HTTP/1.1 408")
    for one in slow:
        one.close()


def test_who_goes_away_in_the_middle_of_a_body_costs_nothing(server):
    ask(server)
    before = rss_mb(server)
    big = HEAD.replace(str(len(QUESTION)).encode(), b"8000000") + b" " * 1_000_000
    for number in range(300):
        one = connect(server.address)
        if number % 2:  # a reset rather than an end
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.sendall(HEAD + QUESTION[: number % len(QUESTION)] if number % 3 else big)
        one.close()
        if number % 50 == 0:
            ask(server)
    ask(server)
    assert rss_mb(server) - before < 40, "what was begun is let go of"


def test_who_goes_away_before_the_answer_costs_nothing(server):
    for number in range(300):
        one = connect(server.address)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.sendall((HEAD + QUESTION) * (1 + number % 5))
        one.close()
    ask(server)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_GRPC = {"http/1": b"GET / HTTP/1.1\r\n\r\n", "nothing": bytes(1000), "a giant frame": PREFACE + b"\xff" * 64,
           "data of no stream": PREFACE + bytes.fromhex("000000040000000000" "000010000000000001")}


@pytest.mark.parametrize("words", NO_GRPC.values(), ids=NO_GRPC)
def test_what_is_no_grpc_is_hung_up_on_and_others_are_answered(server, words):
    one = connect(server.grpc)
    one.sendall(words)
    with one, contextlib.suppress(ConnectionResetError):
        one.shutdown(socket.SHUT_WR)
        while one.recv(65536):
            pass
    ask(server)
