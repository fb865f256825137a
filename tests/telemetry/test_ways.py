"""Messages go on: to topics, to another hub, through an outage; and devices are asked for theirs."""
import json
import socket
import subprocess
import sys
import textwrap

import pytest
import requests

from halls import Hall, telemetry, wait_for


def queues(station):
    return {q["endpoint"]: q for q in requests.get(station.base_url + "/api/v1/messages", timeout=10).json()["queues"]}


def test_a_route_sends_what_it_asks_for_to_a_topic(hall_with, client):
    station = hall_with(telemetry(routes={"hot": 'FROM /messages/topics/machines WHERE $body.value > 80 INTO Topic("alarms/hot")'}))
    listener = client(station, "listener")
    listener.subscribe("alarms/#")
    sensor = client(station, "oven")
    for value in (20, 81, 79, 95):
        sensor.publish_json("machines/oven/heat", {"value": value})
    got = [json.loads(payload) for _, payload in listener.received(2)]
    assert got == [{"value": 81}, {"value": 95}]


def test_a_route_fills_a_table_once_also_over_kill_9(hall_with, client):
    config = telemetry(routes={"keep": 'FROM /messages/topics/quality INTO Table("it is kept")'})
    station = hall_with(config)
    client(station, "press").publish_json("quality/press", {"ok": False, "why": "it's \'scratched\'"})

    def rows(of):
        answer = requests.post(of.base_url + "/api/v1/sql", timeout=10, json={
            "sql": "SELECT topic, json_extract(body, '$.why') FROM \"it is kept\" ORDER BY time"})
        return answer.json().get("rows") if answer.ok else None

    wait_for(lambda: rows(station) == [["quality/press", "it's 'scratched'"]])
    station.kill()
    again = hall_with(config)
    client(again, "press").publish_json("quality/press", {"why": "worn"})
    wait_for(lambda: len(rows(again) or []) == 2)
    assert [why for _, why in rows(again)] == ["it's 'scratched'", "worn"]


def test_upstream_gets_everything_once_and_in_order_through_its_own_outage(hall_with, client, oree, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    station = hall_with(telemetry(routes={"all": "FROM /* INTO $upstream"},
                                  upstream={"mqtt": f"mqtt://127.0.0.1:{port}", "prefix": "site/"}))
    sensor = client(station, "press")
    for number in range(150):
        sensor.publish("machines/press/count", str(number))
    wait_for(lambda: queues(station).get("$upstream", {}).get("length") == 150)
    hub_folder = tmp_path / "hub"
    hub_folder.mkdir()
    config = telemetry(routes={"all": 'FROM /* INTO Table("got")'})
    config["telemetry"]["mqtt"]["listen"] = f"127.0.0.1:{port}"
    hub = Hall(oree, hub_folder, config).start()

    def got():
        answer = requests.post(hub.base_url + "/api/v1/sql", timeout=10, json={
            "sql": "SELECT topic, body FROM got ORDER BY rowid"})
        return answer.json()["rows"] if answer.ok else []

    try:
        wait_for(lambda: len(got()) >= 150, 120)  # the next try may be a minute away
        wait_for(lambda: queues(station)["$upstream"]["length"] == 0, 60)
        unique = list(dict.fromkeys(map(tuple, got())))
        assert unique == [("site/machines/press/count", str(number)) for number in range(150)]
    finally:
        hub.stop()


def test_a_route_that_cannot_be_read_is_told_with_its_place(oree, tmp_path):
    file = tmp_path / "station.yaml"
    file.write_text("station: x\ntelemetry:\n  routes:\n    bad: FROM /messages WHERE level >> 3 INTO $upstream\n")
    done = subprocess.run([oree, "validate", file], capture_output=True, text=True)
    assert done.returncode == 2
    assert "station.yaml:4" in done.stderr and "column" in done.stderr


SERVER = """
    import sys
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext
    from pymodbus.server import StartTcpServer
    try:
        from pymodbus.datastore import ModbusDeviceContext as Device
    except ImportError:
        from pymodbus.datastore import ModbusSlaveContext as Device
    block = ModbusSequentialDataBlock(1, [0, 215, 65526, 0, 0, 0])
    StartTcpServer(ModbusServerContext(Device(hr=block, ir=block), single=True), address=("127.0.0.1", int(sys.argv[1])))
"""


def test_a_modbus_device_becomes_a_machine(hall_with):
    pytest.importorskip("pymodbus")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-W", "ignore", "-c", textwrap.dedent(SERVER), str(port)])
    try:
        points = [{"name": "oil_temperature", "address": 1, "scale": 0.1}, {"name": "lift", "address": 2, "type": "i16"}]
        device = {"type": "modbus", "name": "press", "host": "127.0.0.1", "port": port, "every": "100ms", "points": points}
        station = hall_with(telemetry(gateway=[device]))

        def sensors():
            answer = requests.get(station.base_url + "/api/v1/machines/press", timeout=10)
            return {s["name"]: s["last"] for s in answer.json()["sensors"]} if answer.status_code == 200 else None

        assert wait_for(sensors, 30) == {"oil_temperature": 21.5, "lift": -10}
    finally:
        server.kill()
        server.wait()
