"""Fixtures for stations that listen to machines."""
import pytest

from halls import Client, Hall, telemetry


@pytest.fixture
def hall_with(oree, tmp_path):
    """Starts stations, one after the other on the same data when asked twice."""
    started = []

    def start(config=None):
        station = Hall(oree, tmp_path, config or telemetry())
        started.append(station)
        return station.start()

    yield start
    for station in started:
        station.stop()


@pytest.fixture
def hall(hall_with):
    return hall_with()


@pytest.fixture
def client():
    made = []

    def connect(station, name, **more):
        made.append(Client(station.mqtt_port, name, **more))
        return made[-1]

    yield connect
    for one in made:
        one.leave()
