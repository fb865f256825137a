"""The broker as foreign clients see it."""
import paho.mqtt.client as paho
import pytest
import requests

from halls import telemetry, wait_for

VERSIONS = [paho.MQTTv311, paho.MQTTv5]


@pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5.0"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_reach_subscribers_in_order(hall, client, version, qos):
    listener = client(hall, "listener", version=version)
    listener.subscribe("a/+/c", qos)
    speaker = client(hall, "speaker", version=version)
    for number in range(50):
        speaker.publish("a/b/c", str(number), qos=qos)
    speaker.publish("a/b", "not this", qos=qos)
    assert listener.received(50) == [("a/b/c", str(number)) for number in range(50)]
    assert {message.qos for message in listener.messages} == {qos}


@pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5.0"])
def test_retained_messages_meet_new_subscribers_also_after_a_restart(hall_with, client, version):
    station = hall_with()
    speaker = client(station, "speaker", version=version)
    speaker.publish("state/one", "old", retain=True)
    speaker.publish("state/one", "on", retain=True)
    speaker.publish("state/two", "gone", retain=True)
    speaker.publish("state/two", "", retain=True)
    station.kill()
    again = hall_with()
    late = client(again, "late", version=version)
    late.subscribe("state/#")
    assert late.received(1) == [("state/one", "on")]
    assert late.messages[0].retain


@pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5.0"])
def test_a_session_that_stays_gets_what_came_while_it_was_away_also_after_kill_9(hall_with, client, version):
    station = hall_with()
    sleeper = client(station, "sleeper", version=version, clean=False)
    sleeper.subscribe("work/#", 1)
    sleeper.leave()
    speaker = client(station, "speaker", version=version)
    for number in range(100):
        speaker.publish("work/x", str(number))
    station.kill()
    again = hall_with()
    back = client(again, "sleeper", version=version, clean=False)
    assert back.session_present
    assert back.received(100) == [("work/x", str(number)) for number in range(100)]


def test_the_will_of_a_client_that_vanishes_is_sent(hall, client):
    listener = client(hall, "listener")
    listener.subscribe("will/#")
    client(hall, "robot", will=("will/robot", "gone", 1, False)).vanish()
    assert listener.received(1) == [("will/robot", "gone")]


def test_a_shared_subscription_gives_each_message_to_one(hall, client):
    workers = [client(hall, f"worker-{i}") for i in range(3)]
    for worker in workers:
        worker.subscribe("$share/team/job", 1)
    speaker = client(hall, "speaker")
    for number in range(60):
        speaker.publish("job", str(number))
    wait_for(lambda: sum(len(worker.messages) for worker in workers) == 60)
    assert sorted(int(m.payload) for worker in workers for m in worker.messages) == list(range(60))
    assert all(worker.messages for worker in workers)


def test_users_and_rules_decide_who_may_say_what(hall_with, client, oree):
    config = telemetry()
    config["telemetry"]["mqtt"]["access"] = [{"to": "publish", "topics": "machines/%c/#"}, {"to": "subscribe", "topics": "public/#"}]
    station = hall_with(config)
    press = client(station, "press")
    press.publish("machines/press/pressure", "1")
    refused = press.subscribe("machines/#")
    assert [code.is_failure for code in refused] == [True]
    assert [code.is_failure for code in press.subscribe("public/x")] == [False]
    press.paho.publish("machines/other/pressure", "1", qos=1)
    wait_for(lambda: requests.get(station.base_url + "/api/v1/messages", timeout=10).json()["dropped"])
    names = {m["name"] for m in requests.get(station.base_url + "/api/v1/machines", timeout=10).json()["machines"]}
    assert "other" not in names
