"""The Modbus TCP gateway against pymodbus, a server that is not ours."""
import asyncio
import json
import os
import struct
import subprocess
import threading
from pathlib import Path

import pytest

pymodbus_server = pytest.importorskip("pymodbus.server", reason="pymodbus is not installed; see tests/requirements.txt")
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext  # noqa: E402


class ModbusServer:
    """One pymodbus TCP server on a free port of loopback, in a thread with its own event loop."""

    def __init__(self, registers, inputs, coils, discrete):
        blocks = {name: ModbusSequentialDataBlock(1, values)
                  for name, values in (("hr", registers), ("ir", inputs), ("co", coils), ("di", discrete))}
        self.blocks = blocks
        self.context = ModbusServerContext(devices=ModbusDeviceContext(**blocks), single=True)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = 0
        self.call(self.start())

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def start(self):
        self.server = pymodbus_server.ModbusTcpServer(self.context, address=("127.0.0.1", self.port))
        await self.server.serve_forever(background=True)
        self.port = self.server.transport.sockets[0].getsockname()[1]

    async def shutdown(self):
        await self.server.shutdown()

    def close(self):
        self.call(self.shutdown())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(30)


class Poller:
    def __init__(self, program, port, points):
        self.process = subprocess.Popen([program, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for point in points:
            self.tell("point " + " ".join(str(word) for word in point))
        self.tell("start")

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, holds):
        """Reads lines until one holds; the test's own time-out is the limit."""
        for line in self.process.stdout:
            said = json.loads(line)
            if holds(said):
                return said
        raise AssertionError("the poller ended")

    def value(self, name):
        return self.until(lambda said: said.get("point") == name)["value"]

    def write(self, name, value):
        self.tell(f"write {name} {value}")
        return self.until(lambda said: said.get("write") == name)["kind"]

    def close(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="session")
def modbus_poll(root):
    named = os.environ.get("OREE_BINARY")
    binary = Path(named).parent / "oree-modbus-poll" if named else root / "build/release/bin/oree-modbus-poll"
    if not binary.exists():
        pytest.skip(f"{binary} is not built; run ./run build")
    return binary


def words(form, value, order="abcd"):
    """The registers of a number, as a device of that order holds them."""
    raw = struct.pack(">" + form, value)
    pairs = [raw[i:i + 2] for i in range(0, len(raw), 2)]
    if order in ("badc", "dcba"):
        pairs = [pair[::-1] for pair in pairs]
    if order in ("cdab", "dcba"):
        pairs.reverse()
    return [int.from_bytes(pair, "big") for pair in pairs]


POINTS = [  # name, function, address, type, order, scale, offset; then what the device holds
    (("u", 3, 0, "u16", "abcd", 1, 0), words("H", 65535), 65535),
    (("i", 3, 1, "i16", "abcd", 0.1, 0), words("h", -125), -12.5),
    (("long", 3, 2, "u32", "cdab", 1, 0), words("I", 4_000_000_000, "cdab"), 4_000_000_000),
    (("signed", 3, 4, "i32", "badc", 1, 100), words("i", -70_000, "badc"), -69_900),
    (("single", 3, 6, "f32", "dcba", 1, 0), words("f", 3.25, "dcba"), 3.25),
    (("double", 3, 8, "f64", "cdab", 2, 1), words("d", 0.1, "cdab"), 1.2),
    (("plain", 3, 12, "f32", "abcd", 1, 0), words("f", -1e10), -1e10),
]


@pytest.fixture
def modbus():
    registers = [word for _, held, _ in POINTS for word in held] + [0] * 40
    one = ModbusServer(registers, [7, 8, 9] + [0] * 20, [True, False] + [False] * 20, [False, True] + [False] * 20)
    yield one
    one.close()


@pytest.fixture
def poller(modbus, modbus_poll):
    started = []

    def start(points):
        started.append(Poller(modbus_poll, modbus.port, points))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_every_type_and_word_order_is_read(poller):
    one = poller([point for point, _, _ in POINTS])
    for point, _, value in POINTS:
        assert one.value(point[0]) == pytest.approx(value, rel=1e-7), point


def test_all_four_tables_are_read(poller):
    one = poller([("coil", 1, 0, "bit", "abcd", 1, 0), ("discrete", 2, 1, "bit", "abcd", 1, 0),
                  ("holding", 3, 0, "u16", "abcd", 1, 0), ("input", 4, 2, "u16", "abcd", 1, 0),
                  ("off", 1, 1, "bit", "abcd", 1, 0)])
    assert one.value("coil") == 1
    assert one.value("discrete") == 1
    assert one.value("holding") == 65535
    assert one.value("input") == 9
    assert one.value("off") == 0


@pytest.mark.parametrize("kind, order", [("u16", "abcd"), ("i32", "cdab"), ("f32", "dcba"), ("f64", "badc")])
def test_what_is_written_is_read_back(poller, kind, order):
    one = poller([("x", 3, 20, kind, order, 0.5, 10)])
    assert one.value("x") == 10
    assert one.write("x", 52) == "done"
    assert one.until(lambda said: said.get("point") == "x" and said["value"] != 10)["value"] == 52
    assert one.write("x", 1e12) == ("invalid" if kind in ("u16", "i32") else "done")


def test_a_coil_is_switched(poller):
    one = poller([("coil", 1, 5, "bit", "abcd", 1, 0)])
    assert one.value("coil") == 0
    assert one.write("coil", 1) == "done"
    assert one.until(lambda said: said.get("value") == 1)


def test_an_address_the_device_does_not_have_is_an_error_and_the_rest_is_read(poller):
    one = poller([("good", 3, 0, "u16", "abcd", 1, 0), ("bad", 3, 5000, "u16", "abcd", 1, 0)])
    said = one.until(lambda said: "error" in said)
    assert said["kind"] == "invalid" and "exception 2" in said["error"]
    assert one.value("good") == 65535
    assert one.write("bad", 1) == "invalid"


def test_a_device_that_went_away_is_found_again(modbus, poller):
    one = poller([("u", 3, 0, "u16", "abcd", 1, 0)])
    assert one.value("u") == 65535
    modbus.call(modbus.shutdown())
    assert one.until(lambda said: "error" in said)["kind"] in ("unavailable", "timeout")
    modbus.call(modbus.start())  # on the same port
    assert one.value("u") == 65535
