"""The Station of the tests from outside, with a small stand-in for the program."""
import sys

import pytest
import requests

from stations import Station

STAND_IN = f"""#!{sys.executable}
import http.server, signal, sys
arguments = sys.argv[1:]
print("arguments:", *arguments, flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if "--broken" in arguments:
    sys.exit("error: no such camera")
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(f"listening on http://127.0.0.1:{{server.server_port}}", flush=True)
server.serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path):
    file = tmp_path / "oree"
    file.write_text(STAND_IN)
    file.chmod(0o755)
    return file


@pytest.fixture
def make(stand_in, tmp_path):
    made = []

    def make(*arguments, config=None):
        folder = tmp_path / f"station-{len(made)}"
        folder.mkdir()
        made.append(Station(stand_in, folder, config or {}, arguments))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_it_starts_on_a_free_port_of_its_own_and_stops(make):
    first, second = make().start(), make().start()
    assert first.base_url != second.base_url
    assert first.get("/").status_code == 200
    assert first.stop() == 0
    with pytest.raises(requests.ConnectionError):
        first.get("/")
    assert second.get("/").status_code == 200


def test_it_passes_its_configuration_and_its_data_folder(make):
    one = make("--quiet", config={"name": "line-1"}).start()
    assert (one.folder / "station.yaml").read_text() == "listen: 127.0.0.1:0\nname: line-1\n"
    assert f"edge --config {one.folder}/station.yaml --data {one.folder}/data --quiet" in one.log_tail()


def test_a_program_that_ends_early_is_reported_with_its_last_words(make):
    with pytest.raises(AssertionError, match=r"(?s)ended with 1 before it listened.*error: no such camera"):
        make("--broken").start()


def test_it_survives_a_kill_and_a_restart_on_the_same_data(make):
    one = make().start()
    one.kill()
    one.restart()
    assert one.get("/").status_code == 200
    assert one.log_tail().count("listening on") == 2
