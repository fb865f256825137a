"""The broker against further numbered statements: exchanges that fail, sessions that end, wills that are due early."""
import pytest

import mqtt_wire as w
from mqtt_wire import Closed, fresh

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5.0"])
MALFORMED, PROTOCOL = 0x81, 0x82


# Exchanges

def test_mqtt_4_3_3_a_pubrec_that_refuses_ends_the_exchange(request, wire):
    topic = fresh(request)
    one = wire(5, "refuses-2", props=[(w.RECEIVE_MAXIMUM, 1)])
    one.subscribe((topic, 2))
    speaker = wire(5, "speaks-2")
    for i in range(3):
        speaker.send(w.publish(topic, str(i), qos=2, pid=i + 1))
        assert speaker.expect(w.PUBREC).reason == 0
        speaker.send(w.ack(w.PUBREL, i + 1))
        speaker.expect(w.PUBCOMP)
    for i in range(3):  # no PUBREL between them, and each makes room for the next
        got = one.expect(w.PUBLISH)
        assert got.payload == str(i).encode()
        one.send(w.ack(w.PUBREC, got.pid, reason=0x83, props=()))


def test_mqtt_4_9_0_1_a_puback_that_refuses_makes_room_too(request, wire):
    topic = fresh(request)
    one = wire(5, "refuses-1", props=[(w.RECEIVE_MAXIMUM, 1)])
    one.subscribe((topic, 1))
    speaker = wire(5, "speaks-1")
    speaker.send(*[w.publish(topic, str(i), qos=1, pid=i + 1) for i in range(3)])
    for i in range(3):
        got = one.expect(w.PUBLISH)
        assert got.payload == str(i).encode()
        one.send(w.ack(w.PUBACK, got.pid, reason=0x97, props=()))


@BOTH
def test_mqtt_3_8_4_3_a_second_subscription_replaces_the_first(request, wire, version):
    topic = fresh(request)
    one = wire(version, f"replaces-{version}")
    one.send(w.publish(topic, b"kept", qos=1, pid=9, retain=True, version=version))
    one.expect(w.PUBACK)
    for qos in (0, 1):
        assert one.subscribe((topic, qos)).reasons == [qos]
        kept = one.expect(w.PUBLISH)  # again, for Retain Handling is 0
        assert (kept.payload, kept.retain, kept.qos) == (b"kept", 1, qos)
        if qos:
            one.send(w.ack(w.PUBACK, kept.pid))
    wire(version, f"speaks-{version}").send(w.publish(topic, b"x", qos=1, pid=1, version=version))
    got = one.expect(w.PUBLISH)
    assert (got.payload, got.qos) == (b"x", 1)
    one.send(w.ack(w.PUBACK, got.pid))
    one.nothing_more()


@BOTH
def test_mqtt_3_10_4_3_what_is_under_way_is_finished_after_unsubscribing(request, wire, version):
    topic = fresh(request)
    one = wire(version, f"finishes-{version}")
    one.subscribe((topic, 2))
    wire(version, f"begins-{version}").send(w.publish(topic, b"x", qos=2, pid=1, version=version))
    got = one.expect(w.PUBLISH)
    one.send(w.unsubscribe(2, [topic], version=version))
    one.expect(w.UNSUBACK)
    one.send(w.ack(w.PUBREC, got.pid))
    assert one.expect(w.PUBREL).pid == got.pid
    one.send(w.ack(w.PUBCOMP, got.pid))
    one.nothing_more()


def test_mqtt_3_1_2_29_no_reason_strings_for_those_who_want_none(wire):
    for wanted in (0, 1):
        one = wire(5, "no-problem", props=[(w.REQUEST_PROBLEM, wanted)])
        one.send(w.publish("forbidden/x", b"x", qos=1, pid=1))
        answer = one.expect(w.PUBACK)
        assert answer.reason == 0x87
        assert (answer.prop(w.REASON_STRING) is not None) <= bool(wanted)
        assert answer.prop(w.USER) is None


# Limits the server tells of

def test_mqtt_3_2_2_15_a_packet_above_the_servers_maximum_is_refused(wire):
    one = wire(5)
    most = one.connect("too-large").prop(w.MAXIMUM_PACKET)
    assert most
    one.send(bytes([0x30]) + w.var(most), b"x" * 100)  # the head alone says enough
    assert one.expect(w.DISCONNECT).reason == 0x95
    with pytest.raises(Closed):
        one.read()


def test_mqtt_3_1_2_25_a_maximum_packet_size_of_0_is_an_error(wire):
    one = wire(5)
    one.send(w.connect(props=[(w.MAXIMUM_PACKET, 0)]))
    one.refused(MALFORMED, PROTOCOL)


@pytest.mark.parametrize("many", [w.SESSION_EXPIRY, w.RECEIVE_MAXIMUM, w.MAXIMUM_PACKET, w.ALIAS_MAXIMUM, w.REQUEST_PROBLEM,
                                  w.REQUEST_RESPONSE, w.AUTH_METHOD])
def test_mqtt_3_1_2_11_a_property_of_connect_comes_once(wire, many):
    value = "m" if many == w.AUTH_METHOD else 1
    one = wire(5)
    one.send(w.connect(props=[(many, value), (many, value)]))
    one.refused(MALFORMED, PROTOCOL)


def test_mqtt_3_1_2_11_authentication_data_without_a_method(wire):
    one = wire(5)
    one.send(w.connect(props=[(0x16, b"data")]))
    one.refused(MALFORMED, PROTOCOL)


# Sessions

def test_mqtt_3_2_2_6_a_refusal_never_says_that_a_session_is_present(wire):
    wire(5, "has-one", clean=False, props=[(w.SESSION_EXPIRY, 100)]).close()
    one = wire(5)
    answer = one.connect("has-one", clean=False, props=[(w.AUTH_METHOD, "OWN")])
    assert (answer.reason, answer.session_present) == (0x8C, 0)
    assert wire(5).connect("has-one", clean=False).session_present == 1


def test_mqtt_3_14_2_2_2_disconnect_changes_the_expiry_of_the_session(wire):
    for expiry, present in ((0, 0), (200, 1)):
        one = wire(5, "changes", clean=True, props=[(w.SESSION_EXPIRY, 100)])
        one.send(w.packet(w.DISCONNECT, 0, b"\0" + w.properties([(w.SESSION_EXPIRY, expiry)])))
        one.refused()
        assert wire(5).connect("changes", clean=False, props=[(w.SESSION_EXPIRY, 100)]).session_present == present


def test_v3_mqtt_3_1_2_6_a_clean_session_leaves_nothing(request, wire):
    topic = fresh(request)
    one = wire(4, "tidy", clean=True)
    one.subscribe((topic, 1))
    one.close()
    wire(4, "speaks-tidy").send(w.publish(topic, b"x", qos=1, pid=1, version=4))
    back = wire(4)
    assert back.connect("tidy", clean=False).session_present == 0
    back.nothing_more()


@BOTH
def test_a_second_server_life_of_one_name_has_fresh_packet_identifiers(wire, version):
    """MQTT-2.2.1-2: an identifier may be used again once its exchange is over."""
    one = wire(version, f"again-{version}")
    for _ in range(3):
        one.send(w.publish("again", b"x", qos=2, pid=7, version=version))
        assert one.expect(w.PUBREC).pid == 7
        one.send(w.ack(w.PUBREL, 7))
        assert one.expect(w.PUBCOMP).pid == 7


# Wills

@BOTH
def test_mqtt_3_1_2_8_a_will_is_sent_for_a_client_that_breaks_the_protocol(request, wire, version):
    topic = fresh(request)
    listener = wire(version, f"hears-breach-{version}")
    listener.subscribe((topic, 1))
    bad = wire(version, f"breaches-{version}", will=(topic, b"gone", 1, False, ()))
    bad.send(w.publish("a/#", b"x", version=version))
    assert listener.expect(w.PUBLISH).payload == b"gone"


@BOTH
def test_mqtt_3_1_4_3_a_will_is_sent_for_a_connection_that_is_taken_over(request, wire, version):
    topic = fresh(request)
    listener = wire(version, f"hears-taken-{version}")
    listener.subscribe((topic, 1))
    wire(version, f"twice-{version}", will=(topic, b"gone", 1, False, ()))
    wire(version, f"twice-{version}")
    assert listener.expect(w.PUBLISH).payload == b"gone"


@pytest.mark.parametrize("how", ["no expiry", "clean start"])
def test_mqtt_3_1_3_9_a_will_does_not_wait_longer_than_its_session(request, wire, how):
    topic = fresh(request)
    listener = wire(5, "hears-early")
    listener.subscribe((topic, 1))
    expiry = 0 if how == "no expiry" else 300
    dies = wire(5, "early", props=[(w.SESSION_EXPIRY, expiry)], will=(topic, b"gone", 1, False, [(w.WILL_DELAY, 300)]))
    dies.close()
    if expiry:
        wire(5, "early", clean=True)
    assert listener.expect(w.PUBLISH).payload == b"gone"


@BOTH
@pytest.mark.parametrize("topic", ["a/#", "a/+/b", ""])
def test_mqtt_3_1_3_11_the_topic_of_a_will_is_a_topic(wire, version, topic):
    one = wire(version)
    one.send(w.connect(version=version, will=(topic, b"x", 0, False, ())))
    one.refused(MALFORMED, PROTOCOL, 0x90, 0x03, 0x05)


def test_mqtt_3_1_3_10_user_properties_of_a_will_keep_their_order(request, wire):
    topic = fresh(request)
    listener = wire(5, "hears-order")
    listener.subscribe((topic, 0))
    pairs = [("b", "1"), ("a", "2"), ("b", "1"), ("", "")]
    wire(5, "says-order", will=(topic, b"x", 0, False, [(w.USER, pair) for pair in pairs])).close()
    assert listener.expect(w.PUBLISH).all(w.USER) == [(k.encode(), v.encode()) for k, v in pairs]
