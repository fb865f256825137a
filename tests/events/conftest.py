"""Stations that make orders, with foreign services for their events."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "orders"))

from consortium import Consortium  # noqa: E402

from peers import Azurite, Postgres, find_azurite, find_postgres  # noqa: E402


@pytest.fixture
def telling(oree, tmp_path):
    """telling(events) starts a station without authorities whose orders are approved at once, and returns it."""
    started = []

    def start(events, **maintenance):
        one = Consortium(oree, tmp_path / f"c{len(started)}", authorities=(),
                         maintenance={"quorum": 0, "authorities": [], "events": events, **maintenance})
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def azurite(root, tmp_path_factory):
    program = find_azurite(root)
    if program is None:
        pytest.skip("no foreign blob service; run npm --prefix tests/peers/azurite ci (./run test-long does)")
    one = Azurite(program, tmp_path_factory.mktemp("azurite"))
    yield one.start()
    one.stop()


@pytest.fixture(scope="module")
def postgres():
    programs = find_postgres()
    if programs is None:
        pytest.skip("no PostgreSQL; install postgresql (./run test-long does)")
    one = Postgres(programs)
    yield one.start()
    one.stop()
    one.remove()
