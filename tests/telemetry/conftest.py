"""Fixtures for stations that listen to machines."""
import pytest

from halls import Client, Hall, telemetry
from mqtt_wire import Wire


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


@pytest.fixture(scope="module")
def port(oree, tmp_path_factory):
    config = telemetry()
    config["telemetry"]["mqtt"]["access"] = [{"allow": False, "topics": "forbidden/#"}, {"allow": True, "topics": "#"}]
    station = Hall(oree, tmp_path_factory.mktemp("hall"), config).start()
    yield station.mqtt_port
    station.stop()


@pytest.fixture(scope="module")
def port_without_retained(oree, tmp_path_factory):
    station = Hall(oree, tmp_path_factory.mktemp("hall"), telemetry()).start()
    yield station.mqtt_port
    station.stop()


@pytest.fixture
def wire(port):
    opened = []

    def open_wire(version=5, name=None, at=None, **more):
        one = Wire(at or port, version)
        opened.append(one)
        if name is not None:
            assert one.connect(name, **more).reason == 0
        return one

    yield open_wire
    for one in opened:
        one.close()
