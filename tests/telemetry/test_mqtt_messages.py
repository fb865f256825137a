"""The broker against numbered statements on messages and subscriptions, byte by byte. A name in brackets is the
statement's: [MQTT-3.1.2-1] of version 5.0, with "v3:" of 3.1.1."""
import time

import pytest

import mqtt_wire as w
from mqtt_wire import fresh

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5.0"])
MALFORMED, PROTOCOL = 0x81, 0x82


# PUBLISH

@BOTH
def test_mqtt_4_3_2_qos_1_is_acknowledged_with_its_identifier(wire, version):
    one = wire(version, "q1")
    one.send(w.publish("q1", b"x", qos=1, pid=77, version=version))
    assert one.expect(w.PUBACK).pid == 77


@BOTH
def test_mqtt_4_3_3_qos_2_is_delivered_once_however_often_it_is_sent(request, wire, version):
    topic = fresh(request)
    listener = wire(version, "once")
    listener.subscribe((topic, 0))
    one = wire(version, "q2")
    one.send(w.publish(topic, b"x", qos=2, pid=9, version=version))
    assert one.expect(w.PUBREC).pid == 9
    one.send(w.publish(topic, b"x", qos=2, pid=9, dup=True, version=version))
    assert one.expect(w.PUBREC).pid == 9
    for _ in range(2):
        one.send(w.ack(w.PUBREL, 9))
        assert one.expect(w.PUBCOMP).pid == 9
    one.send(w.publish(topic, b"end", version=version))
    assert [listener.expect(w.PUBLISH).payload for _ in range(2)] == [b"x", b"end"]


def test_mqtt_3_7_2_an_unknown_identifier_is_told(wire):
    one = wire(5, "unknown")
    one.send(w.ack(w.PUBREL, 500))
    assert one.expect(w.PUBCOMP).reason in (0x00, 0x92)


@BOTH
@pytest.mark.parametrize("qos", [1, 2])
def test_mqtt_4_4_0_1_what_was_not_acknowledged_is_sent_again_in_order(request, wire, version, qos):
    topic = fresh(request)
    more = {"clean": False, **({"props": [(w.SESSION_EXPIRY, 60)]} if version == 5 else {})}
    one = wire(version, f"again-{version}-{qos}", **more)
    one.subscribe((topic, 2))
    speaker = wire(version, "speaker")
    for pid in (1, 2, 3):
        speaker.send(w.publish(topic, str(pid), qos=qos, pid=pid, version=version))
    first = [one.expect(w.PUBLISH) for _ in range(3)]
    one.close()
    back = wire(version, f"again-{version}-{qos}", **more)
    again = [back.expect(w.PUBLISH) for _ in range(3)]
    assert [(p.pid, p.payload, p.dup) for p in again] == [(p.pid, p.payload, 1) for p in first]
    assert [p.dup for p in first] == [0, 0, 0]


@BOTH
def test_mqtt_4_3_3_after_pubrec_only_pubrel_is_sent_again(request, wire, version):
    topic = fresh(request)
    more = {"clean": False, **({"props": [(w.SESSION_EXPIRY, 60)]} if version == 5 else {})}
    one = wire(version, f"rel-{version}", **more)
    one.subscribe((topic, 2))
    speaker = wire(version, "speaker-rel")
    speaker.send(w.publish(topic, b"x", qos=2, pid=1, version=version))
    got = one.expect(w.PUBLISH)
    one.send(w.ack(w.PUBREC, got.pid))
    assert one.expect(w.PUBREL).pid == got.pid
    one.close()
    back = wire(version, f"rel-{version}", **more)
    assert back.expect(w.PUBREL).pid == got.pid
    back.send(w.ack(w.PUBCOMP, got.pid))
    back.nothing_more()


@BOTH
def test_mqtt_4_6_0_messages_of_one_publisher_keep_their_order(request, wire, version):
    topic = fresh(request)
    listener = wire(version, "in-order")
    listener.subscribe((topic, 1))
    speaker = wire(version, "speaks-in-order")
    speaker.send(*[w.publish(topic, str(i), qos=1, pid=i + 1, version=version) for i in range(100)])
    assert [int(listener.expect(w.PUBLISH).payload) for _ in range(100)] == list(range(100))


@BOTH
def test_mqtt_3_3_1_retained_is_kept_replaced_and_removed(request, wire, version):
    topic = fresh(request)
    speaker = wire(version, "keeps")
    for payload in (b"old", b"new"):
        speaker.send(w.publish(topic, payload, qos=1, pid=1, retain=True, version=version))
        speaker.expect(w.PUBACK)
    early = wire(version, "early")
    early.subscribe((topic, 1))
    got = early.expect(w.PUBLISH)
    assert (got.payload, got.retain) == (b"new", 1)
    speaker.send(w.publish(topic, b"", qos=1, pid=2, retain=True, version=version))
    speaker.expect(w.PUBACK)
    got = early.expect(w.PUBLISH)
    assert (got.payload, got.retain) == (b"", 0)
    late = wire(version, "late")
    late.subscribe((topic, 1))
    late.nothing_more()


def test_mqtt_3_3_1_retain_as_published_and_retain_handling(request, wire):
    topic = fresh(request)
    speaker = wire(5, "retains")
    speaker.send(w.publish(topic, b"r", qos=1, pid=1, retain=True))
    speaker.expect(w.PUBACK)
    one = wire(5, "handles")
    one.subscribe((topic, 0x20))  # never
    one.nothing_more()
    one.subscribe((topic, 0x10))  # only for a new subscription
    one.nothing_more()
    one.subscribe((topic, 0x08))  # always, and as published
    assert one.expect(w.PUBLISH).retain == 1
    speaker.send(w.publish(topic, b"s", qos=1, pid=1, retain=True))
    assert one.expect(w.PUBLISH).retain == 1


def test_mqtt_3_8_3_3_no_local(request, wire):
    topic = fresh(request)
    one = wire(5, "alone")
    one.subscribe((topic, 4))
    one.send(w.publish(topic, b"mine"))
    one.nothing_more()
    wire(5, "other").send(w.publish(topic, b"theirs"))
    assert one.expect(w.PUBLISH).payload == b"theirs"


def test_mqtt_3_3_4_overlapping_subscriptions_give_the_highest_qos_and_all_identifiers(request, wire):
    topic = fresh(request)
    one = wire(5, "overlaps")
    one.subscribe((topic + "/#", 1), props=[(w.SUBSCRIPTION_ID, 11)])
    one.subscribe((topic + "/+", 2), pid=2, props=[(w.SUBSCRIPTION_ID, 268435455)])
    wire(5, "speaks-once").send(w.publish(topic + "/x", b"x", qos=2, pid=1))
    copies = [one.expect(w.PUBLISH)]
    copies += one.settled()
    assert max(copy.qos for copy in copies) == 2
    assert sorted(value for copy in copies for value in copy.all(w.SUBSCRIPTION_ID)) == [11, 268435455]


def test_v3_mqtt_3_3_5_1_overlapping_subscriptions_respect_the_highest_qos(request, wire):
    topic = fresh(request)
    one = wire(4, "overlaps3")
    one.subscribe((topic + "/#", 2), (topic + "/+", 1))
    wire(4, "speaks3").send(w.publish(topic + "/x", b"x", qos=2, pid=1, version=4))
    assert one.expect(w.PUBLISH).qos == 2


def test_mqtt_3_3_2_properties_of_a_message_reach_the_subscriber_in_order(request, wire):
    topic = fresh(request)
    one = wire(5, "reads-properties")
    one.subscribe((topic, 1))
    props = [(w.PAYLOAD_FORMAT, 1), (w.CONTENT_TYPE, b"text/plain"), (w.RESPONSE_TOPIC, b"answers"), (w.CORRELATION, b"\0\1"),
             (w.USER, (b"a", b"1")), (w.USER, (b"a", b"2")), (w.USER, (b"b", b""))]
    wire(5, "writes-properties").send(w.publish(topic, b"x", qos=1, pid=1, props=[
        (k, tuple(v) if isinstance(v, tuple) else v) for k, v in props]))
    got = one.expect(w.PUBLISH)
    for key in (w.PAYLOAD_FORMAT, w.CONTENT_TYPE, w.RESPONSE_TOPIC, w.CORRELATION):
        assert got.prop(key) == dict(props)[key]
    assert got.all(w.USER) == [(b"a", b"1"), (b"a", b"2"), (b"b", b"")]


def test_mqtt_3_3_2_5_expiry_counts_down_and_ends_a_message(request, wire):
    topic = fresh(request)
    more = {"clean": False, "props": [(w.SESSION_EXPIRY, 60)]}
    sleeper = wire(5, "sleeper-expiry", **more)
    sleeper.subscribe((topic, 1))
    sleeper.close()
    speaker = wire(5, "expires")
    speaker.send(w.publish(topic, b"short", qos=1, pid=1, props=[(w.MESSAGE_EXPIRY, 1)]),
                 w.publish(topic, b"long", qos=1, pid=2, props=[(w.MESSAGE_EXPIRY, 600)]))
    speaker.expect(w.PUBACK), speaker.expect(w.PUBACK)
    time.sleep(1.3)  # what expires does so by the clock
    back = wire(5, "sleeper-expiry", **more)
    got = back.expect(w.PUBLISH)
    assert got.payload == b"long"
    assert 590 <= got.prop(w.MESSAGE_EXPIRY) < 600


def test_mqtt_3_3_2_topic_aliases_of_a_client(request, wire):
    topic = fresh(request)
    one = wire(5, "hears-alias")
    one.subscribe((topic + "/#", 0))
    speaker = wire(5)
    answer = speaker.connect("alias")
    assert answer.prop(w.ALIAS_MAXIMUM) >= 2
    speaker.send(w.publish(topic + "/a", b"1", props=[(w.TOPIC_ALIAS, 1)]), w.publish("", b"2", props=[(w.TOPIC_ALIAS, 1)]),
                 w.publish(topic + "/b", b"3", props=[(w.TOPIC_ALIAS, 1)]), w.publish("", b"4", props=[(w.TOPIC_ALIAS, 1)]))
    assert [(p.topic[-1], p.payload) for p in (one.expect(w.PUBLISH) for _ in range(4))] == [
        ("a", b"1"), ("a", b"2"), ("b", b"3"), ("b", b"4")]


def test_mqtt_3_1_2_27_no_alias_is_used_towards_a_client_that_takes_none(request, wire):
    topic = fresh(request)
    none, some = wire(5, "takes-none"), wire(5, "takes-some", props=[(w.ALIAS_MAXIMUM, 1)])
    none.subscribe((topic + "/#", 0)), some.subscribe((topic + "/#", 0))
    speaker = wire(5, "speaks-twice")
    for name in ("a", "a", "b"):
        speaker.send(w.publish(f"{topic}/{name}", b"x"))
    for _ in range(3):
        assert none.expect(w.PUBLISH).prop(w.TOPIC_ALIAS) is None
    known = {}
    for name in ("a", "a", "b"):
        got = some.expect(w.PUBLISH)
        alias = got.prop(w.TOPIC_ALIAS)
        assert alias in (None, 1)
        if got.topic and alias:
            known[alias] = got.topic
        assert (got.topic or known[alias]) == f"{topic}/{name}"


def test_mqtt_3_3_4_9_never_more_in_flight_than_the_receive_maximum(request, wire):
    topic = fresh(request)
    one = wire(5, "two-at-a-time", props=[(w.RECEIVE_MAXIMUM, 2)])
    one.subscribe((topic, 1))
    speaker = wire(5, "speaks-six")
    speaker.send(*[w.publish(topic, str(i), qos=1, pid=i + 1) for i in range(6)])
    held = [one.expect(w.PUBLISH), one.expect(w.PUBLISH)]
    one.nothing_more()
    for i in range(2, 6):
        one.send(w.ack(w.PUBACK, held.pop(0).pid))
        held.append(one.expect(w.PUBLISH))
        assert held[-1].payload == str(i).encode()


def test_mqtt_3_3_4_7_a_client_that_exceeds_our_receive_maximum_is_told(wire):
    one = wire(5)
    most = one.connect("floods").prop(w.RECEIVE_MAXIMUM) or 65535
    one.send(*[w.publish("floods", b"x", qos=2, pid=i + 1) for i in range(min(most, 65000) + 1)])
    one.refused(0x93)


# SUBSCRIBE and its kind

@BOTH
def test_mqtt_3_8_4_suback_answers_each_filter_in_order(wire, version):
    one = wire(version, "subscribes")
    answer = one.subscribe(("a", 0), ("b", 1), ("c", 2), ("forbidden/x", 1), pid=513)
    assert answer.pid == 513
    assert answer.reasons == [0, 1, 2, 0x87 if version == 5 else 0x80]


@BOTH
def test_mqtt_3_11_3_unsuback_answers(request, wire, version):
    topic = fresh(request)
    one = wire(version, "unsubscribes")
    one.subscribe((topic, 1))
    one.send(w.unsubscribe(7, [topic, "never-subscribed"], version=version))
    answer = one.expect(w.UNSUBACK)
    assert answer.pid == 7
    if version == 5:
        assert answer.reasons == [0x00, 0x11]
    one.send(w.publish(topic, b"x", version=version))
    one.nothing_more()


def test_mqtt_3_4_2_publishing_what_is_forbidden_is_told(wire):
    one = wire(5, "forbidden")
    one.send(w.publish("forbidden/x", b"x", qos=1, pid=1), w.publish("forbidden/x", b"x", qos=2, pid=2))
    assert one.expect(w.PUBACK).reason == 0x87
    assert one.expect(w.PUBREC).reason == 0x87


def test_mqtt_3_4_2_1_nobody_listens_is_told(request, wire):
    one = wire(5, "lonely")
    one.send(w.publish(fresh(request), b"x", qos=1, pid=1))
    assert one.expect(w.PUBACK).reason in (0x00, 0x10)


@BOTH
@pytest.mark.parametrize("name,fits", [("a/b/c", ["a/b/c", "a/+/c", "a/#", "#", "+/+/+", "a/b/c/#", "+/b/#"]),
                                       ("a//c", ["a//c", "a/+/c", "a/#", "#", "+/+/+"]),
                                       ("/a", ["/a", "+/a", "+/+", "/#", "/+", "#"]),
                                       ("a", ["a", "+", "a/#", "#"]),
                                       ("a/", ["a/", "a/+", "a/#", "+/+", "#"]),
                                       ("$own/a", ["$own/a", "$own/#", "$own/+"])])
def test_mqtt_4_7_filters_match_levels(wire, port_without_retained, version, name, fits):
    """No wildcard at the beginning matches a topic that begins with $ (MQTT-4.7.2-1)."""
    filters = ["a/b/c", "a/+/c", "a/#", "#", "+/+/+", "a/b/c/#", "+/b/#", "a//c", "/a", "+/a", "+/+", "/#", "/+", "a", "+", "a/",
               "a/+", "A", "b", "+/b", "$own/a", "$own/#", "$own/+", "+/a"]
    one = wire(version, "matches", at=port_without_retained)
    matched = []
    for at, each in enumerate(dict.fromkeys(filters)):
        one.subscribe((each, 0), pid=at + 1)
        one.send(w.publish(name, b"x", version=version))
        if [got for got in one.settled() if got.topic == name]:
            matched.append(each)
        one.send(w.unsubscribe(at + 1, [each], version=version))
        one.expect(w.UNSUBACK)
    assert set(matched) == set(fits)


def test_mqtt_4_8_2_a_shared_subscription_gives_each_message_to_one(request, wire):
    topic = fresh(request)
    group = [wire(5, f"member-{i}") for i in range(3)]
    for one in group:
        one.subscribe((f"$share/g/{topic}", 1))
    speaker = wire(5, "shares")
    for i in range(30):
        speaker.send(w.publish(topic, str(i), qos=1, pid=i + 1))
        speaker.expect(w.PUBACK)
    got = []
    for one in group:
        got += [int(each.payload) for each in one.settled()]
    assert sorted(got) == list(range(30))


def test_mqtt_3_3_1_retained_is_not_sent_to_a_shared_subscription(request, wire):
    topic = fresh(request)
    speaker = wire(5, "retains-shared")
    speaker.send(w.publish(topic, b"r", qos=1, pid=1, retain=True))
    speaker.expect(w.PUBACK)
    one = wire(5, "shared-new")
    one.subscribe((f"$share/g/{topic}", 1))
    one.nothing_more()


@BOTH
def test_mqtt_1_5_4_3_a_byte_order_mark_is_part_of_the_topic(wire, version):
    one = wire(version, "bom")
    one.subscribe(("\ufeffx", 0))
    one.send(w.publish("\ufeffx", b"1", version=version), w.publish("x", b"2", version=version))
    assert one.expect(w.PUBLISH).topic == "\ufeffx"
    one.nothing_more()


def test_mqtt_4_12_an_unknown_authentication_method_is_refused(wire):
    one = wire(5)
    assert one.connect("auth", props=[(w.AUTH_METHOD, "OWN")]).reason == 0x8C
    one.refused()


def test_mqtt_3_1_2_29_response_information_only_when_asked(wire):
    assert wire(5).connect("asks-not").prop(0x1A) is None


@pytest.mark.parametrize("value", [2, 255])
def test_mqtt_3_1_2_flags_that_are_neither_0_nor_1(wire, value):
    one = wire(5)
    one.send(w.connect(props=[(w.REQUEST_PROBLEM, value)]))
    one.refused(MALFORMED, PROTOCOL)
