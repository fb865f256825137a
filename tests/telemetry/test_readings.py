"""From a sensor's message to the chart of its machine."""
import json

import requests

from halls import telemetry, wait_for


def ask(station, path, status=200, **query):
    answer = requests.get(station.base_url + path, params=query, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json()


def machine(station, name):
    def look():
        answer = requests.get(f"{station.base_url}/api/v1/machines/{name}", timeout=10)
        return answer.json() if answer.status_code == 200 else None

    return wait_for(look)


def test_a_number_becomes_a_reading_of_its_machine(hall_with, client):
    station = hall_with(telemetry(sensors={"pressure": {"unit": "bar"}}))
    client(station, "press").publish("machines/press-4/pressure", "4.25")
    shown = machine(station, "press-4")
    assert shown["sensors"] == [{"name": "pressure", "unit": "bar", "last": 4.25, "time": shown["newest"]}]
    assert shown["state"] == "normal"
    assert [m["name"] for m in ask(station, "/api/v1/machines")["machines"]] == ["press-4"]
    assert ask(station, "/api/v1/station")["telemetry"] is True


def test_an_object_becomes_a_reading_for_each_number_at_its_own_time(hall, client):
    sensor = client(hall, "robot")
    for second in range(120):
        sensor.paho.publish("factory/robot-1/readings", json.dumps({"time": f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z",
                                                                   "speed": 1000 + second, "heat": 20.5, "note": "fine"}), qos=1)
    start = 1767225600000
    wait_for(lambda: machine(hall, "robot-1")["newest"] == start + 119_000)
    chart = ask(hall, "/api/v1/machines/robot-1/series", **{"from": start, "to": start + 120_000, "points": 600})
    assert chart["resolution"] == "raw"
    speed = next(s for s in chart["sensors"] if s["name"] == "speed")
    assert speed["time"] == [start + 1000 * i for i in range(120)]
    assert speed["value"] == [1000.0 + i for i in range(120)]
    assert {s["name"] for s in chart["sensors"]} == {"speed", "heat"}
    minutes = ask(hall, "/api/v1/machines/robot-1/series", **{"from": start - 35_880_000, "to": start + 120_000, "points": 600})
    speed = next(s for s in minutes["sensors"] if s["name"] == "speed")
    assert minutes["resolution"] == "1m"
    assert speed["value"] == [1029.5, 1089.5]
    assert speed["min"] == [1000, 1060] and speed["max"] == [1059, 1119]


def test_what_was_acknowledged_is_there_after_kill_9(hall_with, client):
    station = hall_with()
    sensor = client(station, "press")
    for value in range(200):
        sensor.publish("machines/press/pressure", json.dumps({"value": value, "ts": 1_700_000_000 + value}))
    station.kill()
    again = hall_with()
    chart = wait_for(lambda: ask_when_whole(again))
    assert chart == [float(value) for value in range(200)]


def ask_when_whole(station):
    answer = requests.get(f"{station.base_url}/api/v1/machines/press/series",
                          params={"from": 1_700_000_000_000, "to": 1_700_000_300_000, "points": 5000}, timeout=10)
    values = answer.json()["sensors"][0]["value"] if answer.status_code == 200 else []
    return values if len(values) >= 200 else None


def test_what_is_no_reading_is_counted_and_in_nobodys_way(hall, client):
    sensor = client(hall, "press")
    for payload in ("", "warm", "[1,2", '{"value": 1, "time": "yesterday"}', "NaN"):
        sensor.publish("machines/press/pressure", payload)
    sensor.publish("machines/press/pressure", "1.5")
    assert machine(hall, "press")["sensors"][0]["last"] == 1.5
    drops = {d["reason"]: d["count"] for d in ask(hall, "/api/v1/messages")["dropped"]}
    assert drops == {"no_reading": 5}


def test_mistaken_questions_are_told_so(hall, client):
    client(hall, "press").publish("machines/press/pressure", "1")
    machine(hall, "press")
    assert "no machine 'pres'" in ask(hall, "/api/v1/machines/pres", status=404)["detail"]
    assert "'points'" in ask(hall, "/api/v1/machines/press/series", status=400, points=1)["detail"]
    assert "before 'to'" in ask(hall, "/api/v1/machines/press/series", status=400, **{"from": 5, "to": 4})["detail"]


def test_messages_are_counted_and_clients_listed(hall, client):
    client(hall, "one").publish("elsewhere/x", "1")
    shown = wait_for(lambda: (m := ask(hall, "/api/v1/messages"))["totals"]["acked"] and m)
    assert shown["totals"]["in"] == shown["totals"]["acked"] == 1
    assert [(c["id"], c["protocol"], c["connected"]) for c in shown["clients"]] == [("one", "5.0", True)]
    assert shown["store"]["full"] is False
    metrics = requests.get(hall.base_url + "/metrics", timeout=10).text
    assert "oree_mqtt_acked_total 1" in metrics
