"""The broker against numbered statements of the MQTT specifications, byte by byte. A name in brackets is the
statement's: [MQTT-3.1.2-1] of version 5.0, with "v3:" of 3.1.1."""
import struct

import pytest

import mqtt_wire as w
from mqtt_wire import Closed, fresh

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5.0"])
MALFORMED, PROTOCOL = 0x81, 0x82


# What a client may not send. The connection ends; version 5 may say why first.

BAD = [
    ("MQTT-2.1.3-1 flags of SUBSCRIBE", lambda v: w.subscribe(1, [("a", 0)], version=v, flags=0)),
    ("MQTT-2.1.3-1 flags of UNSUBSCRIBE", lambda v: w.unsubscribe(1, ["a"], version=v, flags=0)),
    ("MQTT-3.6.1-1 flags of PUBREL", lambda v: w.ack(w.PUBREL, 1, flags=0)),
    ("MQTT-2.1.3-1 flags of PUBACK", lambda v: w.ack(w.PUBACK, 1, flags=4)),
    ("MQTT-2.1.3-1 flags of PINGREQ", lambda v: w.packet(w.PINGREQ, 1, b"")),
    ("MQTT-2.1.3-1 flags of DISCONNECT", lambda v: w.packet(w.DISCONNECT, 2, b"")),
    ("MQTT-2.2.1-3 SUBSCRIBE with packet identifier 0", lambda v: w.subscribe(0, [("a", 0)], version=v)),
    ("MQTT-2.2.1-3 UNSUBSCRIBE with packet identifier 0", lambda v: w.unsubscribe(0, ["a"], version=v)),
    ("MQTT-2.2.1-4 PUBLISH with packet identifier 0", lambda v: w.publish("a", qos=1, pid=0, version=v)),
    ("MQTT-3.1.0-2 a second CONNECT", lambda v: w.connect(version=v)),
    ("MQTT-3.3.1-4 QoS 3", lambda v: w.publish("a", qos=3, pid=1, version=v)),
    ("MQTT-3.3.1-2 DUP of QoS 0", lambda v: w.publish("a", dup=True, version=v)),
    ("MQTT-3.3.2-2 a wildcard in a topic", lambda v: w.publish("a/#", version=v)),
    ("MQTT-3.3.2-2 another wildcard in a topic", lambda v: w.publish("a/+", version=v)),
    ("MQTT-4.7.3-1 an empty topic", lambda v: w.publish("", version=v)),
    ("MQTT-4.7.3-2 NUL in a topic", lambda v: w.publish("a\0b", version=v)),
    ("MQTT-1.5.4-1 a topic that is not UTF-8", lambda v: w.publish(b"a\xff", version=v)),
    ("MQTT-1.5.4-1 a surrogate in a topic", lambda v: w.publish(b"a\xed\xa0\x80", version=v)),
    ("MQTT-1.5.4-1 an overlong form in a topic", lambda v: w.publish(b"a\xc0\x80", version=v)),
    ("MQTT-3.8.3-2 SUBSCRIBE without a filter", lambda v: w.subscribe(1, [], version=v)),
    ("MQTT-3.10.3-2 UNSUBSCRIBE without a filter", lambda v: w.unsubscribe(1, [], version=v)),
    ("MQTT-3.8.3-4 a subscription to QoS 3", lambda v: w.subscribe(1, [("a", 3)], version=v)),
    ("MQTT-3.8.3-5 reserved bits of a subscription", lambda v: w.subscribe(1, [("a", 0xC0)], version=v)),
    ("MQTT-4.7.3-1 an empty filter", lambda v: w.subscribe(1, [("", 0)], version=v)),
    ("MQTT-2.1.2 a packet of kind 0", lambda v: w.packet(0, 0, b"")),
    ("MQTT-2.1.2 CONNACK from a client", lambda v: w.packet(w.CONNACK, 0, b"\0\0")),
    ("MQTT-2.1.2 PINGRESP from a client", lambda v: w.packet(w.PINGRESP, 0, b"")),
    ("MQTT-1.5.5-1 a length of five bytes", lambda v: b"\x30\xff\xff\xff\xff\x01"),
    ("a PUBLISH that ends in its topic", lambda v: w.packet(w.PUBLISH, 0, b"\0\x05ab")),
    ("a SUBACK from a client", lambda v: w.packet(w.SUBACK, 0, b"\0\1\0")),
]
BAD5 = [
    ("MQTT-3.3.4-6 Subscription Identifier from a client", w.publish("a", props=[(w.SUBSCRIPTION_ID, 1)])),
    ("MQTT-3.3.2-14 a wildcard in Response Topic", w.publish("a", props=[(w.RESPONSE_TOPIC, "b/#")])),
    ("MQTT-3.3.2-8 Topic Alias 0", w.publish("a", props=[(w.TOPIC_ALIAS, 0)])),
    ("MQTT-3.3.2-9 Topic Alias above the maximum", w.publish("a", props=[(w.TOPIC_ALIAS, 65535)])),
    ("MQTT-3.3.2-7 an alias that was never set", w.publish("", props=[(w.TOPIC_ALIAS, 7)])),
    ("MQTT-3.8.3-4 No Local on a shared subscription", w.subscribe(1, [("$share/g/a", 4)])),
    ("MQTT-3.8.3-5 Retain Handling 3", w.subscribe(1, [("a", 0x30)])),
    ("MQTT-3.8.2 Subscription Identifier 0", w.subscribe(1, [("a", 0)], props=[(w.SUBSCRIPTION_ID, 0)])),
    ("a property twice", w.publish("a", props=[(w.MESSAGE_EXPIRY, 1), (w.MESSAGE_EXPIRY, 2)])),
    ("a property of another packet", w.publish("a", props=[(w.SERVER_KEEP_ALIVE, 1)])),
    ("an unknown property", w.packet(w.PUBLISH, 0, w.text("a") + b"\x02\x7e\x01")),
    ("properties longer than the packet", w.packet(w.PUBLISH, 0, w.text("a") + b"\x40\x01\x01")),
    ("MQTT-3.3.2-4 Payload Format 2", w.publish("a", props=[(w.PAYLOAD_FORMAT, 2)])),
    ("MQTT-4.12.0-6 AUTH without a method", w.packet(w.AUTH, 0, b"\x18\0")),
    ("PUBREL with a reason that is none", w.ack(w.PUBREL, 1, reason=0x10, props=())),
]


@BOTH
@pytest.mark.parametrize("what,make", BAD, ids=[name for name, _ in BAD])
def test_what_may_not_be_sent_ends_the_connection(wire, version, what, make):
    one = wire(version, f"bad-{version}")
    one.send(make(version))
    with pytest.raises(Closed):
        while True:
            answer = one.read()
            assert answer.kind == w.DISCONNECT and answer.reason >= 0x80


@pytest.mark.parametrize("what,sent", BAD5, ids=[name for name, _ in BAD5])
def test_what_version_5_forbids_ends_the_connection_with_a_reason(wire, what, sent):
    one = wire(5, "bad5")
    one.send(sent)
    answer = one.expect(w.DISCONNECT)
    assert answer.reason >= 0x80
    with pytest.raises(Closed):
        one.read()


@BOTH
@pytest.mark.parametrize("wrong", ["a/#/b", "a#", "a+/b", "+a", "#/a", "a/b#"])
def test_mqtt_4_7_1_a_wildcard_within_a_level_is_refused(wire, version, wrong):
    refuses_filter(wire(version, f"wild-{version}"), wrong)


@pytest.mark.parametrize("wrong", ["$share//a", "$share/g+/a", "$share/g#/a", "$share/g", "$share/g/", "$share/", "$share/g/a#"])
def test_mqtt_4_8_2_a_shared_subscription_needs_group_and_filter(wire, wrong):
    refuses_filter(wire(5, "wild-share"), wrong)


def refuses_filter(one, wrong):
    """Alone, and no other filter of the packet with it; or the connection ends."""
    one.send(w.subscribe(1, [("fine", 0), (wrong, 0)], version=one.version))
    try:
        answer = one.read()
    except Closed:
        return
    if answer.kind == w.SUBACK:
        assert answer.reasons[0] == 0 and answer.reasons[1] == (0x8F if one.version == 5 else 0x80)
    else:
        assert answer.kind == w.DISCONNECT and answer.reason in (MALFORMED, PROTOCOL, 0x8F)


# CONNECT

@BOTH
def test_mqtt_3_1_0_1_the_first_packet_must_be_connect(wire, version):
    one = wire(version)
    one.send(w.publish("a", version=version))
    with pytest.raises(Closed):
        one.read()


@pytest.mark.parametrize("protocol,version", [("MQTX", 5), ("mqtt", 4), ("", 4)])
def test_mqtt_3_1_2_1_another_protocol_is_closed(wire, protocol, version):
    one = wire(4)
    one.send(w.connect(version=version, protocol=protocol))
    one.refused(0x01, 0x84)


@pytest.mark.parametrize("version", [3, 6, 200])
def test_mqtt_3_1_2_2_an_unknown_version_is_told_so(wire, version):
    one = wire(4)
    one.send(w.connect(version=version) if version != 3 else w.packet(
        w.CONNECT, 0, w.text("MQTT") + bytes([3, 2]) + struct.pack("!H", 60) + w.text("c")))
    one.refused(0x01, 0x84)


@BOTH
def test_mqtt_3_1_2_3_the_reserved_flag_must_be_0(wire, version):
    one = wire(version)
    one.send(w.connect(version=version, flags=0x03))
    one.refused(0x81, 0x82)


@BOTH
@pytest.mark.parametrize("flags", [0x1A, 0x22, 0x0A, 0x18 | 4 | 2], ids=["qos-without-will", "retain-without-will", "qos1-without-will", "qos3"])
def test_mqtt_3_1_2_11_flags_of_a_will_that_is_not_there(wire, version, flags):
    one = wire(version)
    body = b"" if flags & 4 == 0 else (b"\0" if version == 5 else b"") + w.text("t") + w.text("p")
    head = w.text("MQTT") + bytes([version, flags]) + struct.pack("!H", 60) + (b"\0" if version == 5 else b"")
    one.send(w.packet(w.CONNECT, 0, head + w.text("c") + body))
    one.refused(0x81, 0x82)


def test_v3_mqtt_3_1_2_22_a_password_needs_a_user(wire):
    one = wire(4)
    one.send(w.connect(version=4, password="secret"))
    one.refused(0x04, 0x05)


def test_v3_mqtt_3_1_3_8_no_name_with_a_session_is_refused(wire):
    one = wire(4)
    assert one.connect("", clean=False).reason == 0x02
    one.refused()


@BOTH
def test_mqtt_3_1_3_6_no_name_with_a_clean_session_gets_one(wire, version):
    answer = wire(version).connect("")
    assert answer.reason == 0 and answer.session_present == 0
    if version == 5:
        assert answer.prop(w.ASSIGNED_ID)  # MQTT-3.2.2-16


@BOTH
def test_mqtt_3_1_4_3_the_same_name_takes_the_connection_over(wire, version):
    first = wire(version, "taken")
    wire(version, "taken")
    if version == 5:
        assert first.expect(w.DISCONNECT).reason == 0x8E
    with pytest.raises(Closed):
        first.read()


@BOTH
def test_mqtt_3_2_2_2_a_session_is_present_only_when_it_was_kept(wire, version):
    more = {"props": [(w.SESSION_EXPIRY, 100)]} if version == 5 else {}
    first = wire(version)
    assert first.connect(f"keeps-{version}", clean=True).session_present == 0
    first.close()
    for expected in (0, 1):
        one = wire(version)
        assert one.connect(f"keeps-{version}", clean=False, **more).session_present == expected
        one.send(w.packet(w.DISCONNECT, 0, b""))
        one.refused()
    assert wire(version).connect(f"keeps-{version}", clean=True).session_present == 0


def test_mqtt_3_1_2_23_a_session_ends_with_its_expiry(wire):
    one = wire(5, "short", clean=False, props=[(w.SESSION_EXPIRY, 0)])
    one.close()
    assert wire(5).connect("short", clean=False).session_present == 0


def test_mqtt_3_14_2_2_a_session_that_had_no_expiry_gets_none_at_the_end(wire):
    one = wire(5, "none")
    one.send(w.packet(w.DISCONNECT, 0, b"\0" + w.properties([(w.SESSION_EXPIRY, 5)])))
    assert one.expect(w.DISCONNECT).reason == PROTOCOL


@BOTH
def test_mqtt_3_1_2_24_a_silent_client_is_let_go_after_one_and_a_half_keep_alives(wire, version):
    one = wire(version, f"silent-{version}", keep_alive=1)
    if version == 5:
        assert one.expect(w.DISCONNECT).reason == 0x8D
    with pytest.raises(Closed):
        one.read()


@BOTH
def test_mqtt_3_12_4_1_ping_is_answered(wire, version):
    one = wire(version, "ping").send(w.packet(w.PINGREQ, 0, b""))
    assert one.expect(w.PINGRESP).body == b""


def test_mqtt_3_1_2_18_receive_maximum_0_is_an_error(wire):
    one = wire(5)
    one.send(w.connect(props=[(w.RECEIVE_MAXIMUM, 0)]))
    one.refused(MALFORMED, PROTOCOL)


def test_mqtt_3_1_2_24_no_packet_is_larger_than_the_client_takes(request, wire):
    topic = fresh(request)
    small = wire(5, "small", props=[(w.MAXIMUM_PACKET, 100)])
    small.subscribe((topic, 0))
    speaker = wire(5, "speaks")
    speaker.send(w.publish(topic, b"x" * 200), w.publish(topic, b"y"))
    assert small.expect(w.PUBLISH).payload == b"y"


# Wills

@BOTH
def test_mqtt_3_1_2_8_a_will_is_sent_when_the_connection_breaks(request, wire, version):
    topic = fresh(request)
    listener = wire(version, "hears-wills")
    listener.subscribe((topic, 1))
    dies = wire(version, "dies", will=(topic, b"gone", 1, False, ()))
    dies.close()
    assert listener.expect(w.PUBLISH).payload == b"gone"


@BOTH
def test_mqtt_3_1_2_10_a_proper_goodbye_sends_no_will(request, wire, version):
    topic = fresh(request)
    listener = wire(version, "hears-none")
    listener.subscribe((topic, 1))
    leaves = wire(version, "leaves", will=(topic, b"gone", 1, False, ()))
    leaves.send(w.packet(w.DISCONNECT, 0, b""))
    leaves.refused()
    wire(version, "after").send(w.publish(topic, b"next", version=version))
    assert listener.expect(w.PUBLISH).payload == b"next"


def test_mqtt_3_14_4_disconnect_with_will_sends_it(request, wire):
    topic = fresh(request)
    listener = wire(5, "hears-on-purpose")
    listener.subscribe((topic, 1))
    leaves = wire(5, "on-purpose", will=(topic, b"gone", 0, False, ()))
    leaves.send(w.packet(w.DISCONNECT, 0, b"\x04"))
    assert listener.expect(w.PUBLISH).payload == b"gone"


def test_mqtt_3_1_3_9_a_will_waits_its_delay_and_not_when_the_client_is_back(request, wire):
    topic = fresh(request)
    listener = wire(5, "hears-late")
    listener.subscribe((topic, 1))
    more = {"clean": False, "props": [(w.SESSION_EXPIRY, 60)]}
    one = wire(5, "comes-back", will=(topic, b"first", 0, False, [(w.WILL_DELAY, 1)]), **more)
    one.close()
    back = wire(5, "comes-back", will=(topic, b"second", 0, False, [(w.WILL_DELAY, 1)]), **more)
    back.close()
    assert listener.expect(w.PUBLISH).payload == b"second"


def test_mqtt_3_1_2_14_a_will_may_be_retained_with_its_properties(request, wire):
    topic = fresh(request)
    wire(5, "will-stays", will=(topic, b"gone", 1, True, [(w.CONTENT_TYPE, "t"), (w.USER, ("k", "v"))])).close()
    listener = wire(5, "comes-later")
    listener.subscribe((topic, 1))
    got = listener.expect(w.PUBLISH)
    assert (got.payload, got.retain, got.prop(w.CONTENT_TYPE), got.prop(w.USER)) == (b"gone", 1, b"t", (b"k", b"v"))
