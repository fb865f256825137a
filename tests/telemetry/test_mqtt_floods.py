"""Clients that mean harm: malformed packets of every kind, floods of topics, deep wildcards, readers that do not read."""
import random
import socket
from pathlib import Path

import pytest

import mqtt_wire as w
from mqtt_wire import Closed, Wire, fresh

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5.0"])


def whole_packets(version):
    """One of each kind that a client may send, as long as can be."""
    five = version == 5
    message = {"props": [(w.CONTENT_TYPE, "t"), (w.RESPONSE_TOPIC, "r"), (w.CORRELATION, b"c"), (w.USER, ("k", "v")),
                         (w.MESSAGE_EXPIRY, 9), (w.PAYLOAD_FORMAT, 0)]} if five else {}
    packets = [w.connect("cut", version=version, will=("t", b"p", 1, True, ()), user="u", password="p"),
               w.publish("topic", b"payload", qos=2, pid=5, version=version, **message),
               w.subscribe(3, [("a/+", 1), ("b/#", 2)], version=version), w.unsubscribe(4, ["a/+", "b/#"], version=version),
               w.packet(w.PINGREQ, 0, b""), w.packet(w.DISCONNECT, 0, b"\0" + w.properties([(w.REASON_STRING, "r")]) if five else b"")]
    packets += [w.ack(kind, 9, reason=0x92, props=[(w.REASON_STRING, "r")]) if five else w.ack(kind, 9)
                for kind in (w.PUBACK, w.PUBREC, w.PUBREL, w.PUBCOMP)]
    if five:
        packets.append(w.packet(w.AUTH, 0, b"\x18" + w.properties([(w.AUTH_METHOD, "m"), (w.USER, ("k", "v"))])))
    return packets


def body_of(packet):
    at = 1
    while packet[at] & 128:
        at += 1
    return packet[at + 1:]


def hears_out(port, version, packet):
    """Whatever the broker answers, it answers in packets, or closes."""
    one = Wire(port, version)
    one.connect("sends-anything")
    try:
        one.send(packet, w.packet(w.PINGREQ, 0, b""))
        while one.read().kind != w.PINGRESP:
            pass
    except (Closed, OSError):
        pass
    finally:
        one.close()


@BOTH
def test_malformed_packets_of_every_kind_end_at_most_their_own_connection(wire, version, port):
    chance = random.Random(4)
    bystander = wire(version, f"stands-by-{version}")
    for whole in whole_packets(version):
        body = body_of(whole)
        kind, flags = whole[0] >> 4, whole[0] & 15
        cut = [w.packet(kind, flags, body[:size]) for size in range(len(body))]
        longer = [w.packet(kind, flags, body + b"\0"), w.packet(kind, flags, body + b"\xff" * 40)]
        flagged = [w.packet(kind, other, body) for other in range(16) if other != flags]
        changed = []
        for _ in range(20):
            other = bytearray(body or b"\0")
            other[chance.randrange(len(other))] = chance.randrange(256)
            changed.append(w.packet(kind, flags, bytes(other)))
        for packet in cut + longer + flagged + changed:
            hears_out(port, version, packet)
        bystander.send(w.packet(w.PINGREQ, 0, b""))
        bystander.expect(w.PINGRESP)


@BOTH
def test_bytes_that_are_no_mqtt_close_the_connection(wire, version, port):
    chance = random.Random(5)
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
            one.sendall(bytes([chance.choice([0x00, 0x20, 0xF0, 0x47, 0x16])]) + chance.randbytes(chance.randrange(1, 200)))
            one.shutdown(socket.SHUT_WR)
            try:
                while one.recv(1000):
                    pass
            except ConnectionResetError:
                pass
    wire(version, "comes-after").send(w.packet(w.PINGREQ, 0, b"")).expect(w.PINGRESP)


@BOTH
def test_a_filter_and_a_topic_may_be_deep_but_not_endless(wire, version):
    one = wire(version, f"deep-{version}")
    deep = "/".join("+" * 30)
    endless = "/".join("+" * 20_000)
    assert one.subscribe((deep, 1), (endless, 1)).reasons == [1, 0x97 if version == 5 else 0x80]
    one.send(w.publish("/".join("a" * 30), b"x", qos=1, pid=2, version=version))
    assert {one.read().kind, one.read().kind} == {w.PUBLISH, w.PUBACK}
    one.send(w.publish("/".join("a" * 20_000), b"x", qos=1, pid=3, version=version))
    answer = one.expect(w.PUBACK)
    assert answer.reason == (0x90 if version == 5 else 0)


def test_overlapping_wildcards_by_the_hundred_give_one_copy_and_no_delay(request, wire):
    topic = fresh(request)
    chance = random.Random(6)
    one = wire(5, "weaves")
    filters = {"/".join([topic] + [chance.choice("+a") for _ in range(20)]) for _ in range(900)}
    filters |= {"/".join([topic] + ["+"] * depth + ["#"]) for depth in range(20)}
    listed = sorted(filters)
    for at in range(0, len(listed), 100):
        one.subscribe(*[(each, 0) for each in listed[at:at + 100]])
    speaker = wire(5, "crosses")
    name = "/".join([topic] + ["a"] * 20)
    for number in range(200):
        speaker.send(w.publish(name, str(number)))
    assert [one.expect(w.PUBLISH).payload for _ in range(200)] == [str(number).encode() for number in range(200)]


def test_a_session_may_not_collect_filters_for_ever(wire):
    one = wire(5, "collects")
    reasons = []
    for start in range(0, 1500, 100):
        reasons += one.subscribe(*[(f"f/{i}", 0) for i in range(start, start + 100)]).reasons
    assert reasons[0] == 0 and reasons[-1] == 0x97
    one.send(w.packet(w.PINGREQ, 0, b""))
    one.expect(w.PINGRESP)


def resident_mb(process):
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def test_who_never_reads_costs_no_memory_and_nobody_else_anything(hall_with):
    station = hall_with()
    lazy = Wire(station.mqtt_port, 5)
    lazy.connect("lazy")
    lazy.subscribe(("flood/#", 0), ("kept/#", 1))
    good = Wire(station.mqtt_port, 5)
    good.connect("good")
    good.subscribe(("kept/#", 1))
    speaker = Wire(station.mqtt_port, 5)
    speaker.connect("speaker")
    body = b"x" * 60_000
    before = resident_mb(station.process)
    for number in range(1500):  # 90 MB that nobody takes
        speaker.send(w.publish(f"flood/{number}", body))
        if number % 100 == 0:
            speaker.send(w.publish("kept/x", str(number), qos=1, pid=number % 60_000 + 1))
            assert speaker.expect(w.PUBACK).reason == 0
            got = good.expect(w.PUBLISH)
            assert got.payload == str(number).encode()
            good.send(w.ack(w.PUBACK, got.pid))
    assert resident_mb(station.process) - before < 60
    lazy.socket.settimeout(20)
    kept = []
    while len(kept) < 15:  # it reads at last, and has lost nothing that may not be lost
        got = lazy.expect(w.PUBLISH)
        if got.topic == "kept/x":
            kept.append(int(got.payload))
            lazy.send(w.ack(w.PUBACK, got.pid))
    assert kept == list(range(0, 1500, 100))


def test_a_flood_of_topics_costs_no_memory(hall_with):
    station = hall_with()
    one = Wire(station.mqtt_port, 5)
    one.connect("floods")
    before = resident_mb(station.process)
    for start in range(0, 100_000, 1000):
        one.send(*[w.publish(f"flood/{number}/{'x' * 200}", b"") for number in range(start, start + 1000)])
        one.send(w.packet(w.PINGREQ, 0, b""))
        one.expect(w.PINGRESP)
    assert resident_mb(station.process) - before < 40
