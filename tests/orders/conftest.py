"""Fixtures for stations that make orders."""
import pytest

from consortium import Consortium


@pytest.fixture
def consortium_with(oree, tmp_path):
    started = []

    def start(**more):
        one = Consortium(oree, tmp_path / f"c{len(started)}", **more)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def consortium(consortium_with):
    return consortium_with()
