"""kill -9 of the station under load: what was acknowledged is delivered, QoS 2 once, and nothing that nobody sent."""
import random
import threading
import time

import pytest

import mqtt_wire as w
from mqtt_wire import Closed, Wire

WINDOW = 50


class Speaker:
    """Sends numbers at one QoS, a window at a time, over as many lives of the broker as there are."""

    def __init__(self, name, qos):
        self.name, self.qos = name, qos
        self.sent, self.acked = 0, set()
        self.waiting = {}  # packet identifier -> [number, released]
        self.pid = 0

    def one_life(self, port):
        try:
            wire = Wire(port, 5)
            wire.connect(self.name, clean=False, props=[(w.SESSION_EXPIRY, 600), (w.RECEIVE_MAXIMUM, 1000)])
            for pid, (number, released) in list(self.waiting.items()):
                wire.send(w.ack(w.PUBREL, pid) if released else self.packet(number, pid, dup=True))
            while True:
                while len(self.waiting) < WINDOW:
                    self.pid = self.pid % 60_000 + 1
                    if self.pid in self.waiting:
                        continue
                    number, self.sent = self.sent, self.sent + 1
                    self.waiting[self.pid] = [number, False]
                    wire.send(self.packet(number, self.pid))
                self.take(wire, wire.read())
        except (Closed, OSError):
            pass

    def packet(self, number, pid, dup=False):
        return w.publish(f"load/{self.name}", str(number), qos=self.qos, pid=pid, dup=dup)

    def take(self, wire, answer):
        number, _ = self.waiting[answer.pid]
        # After a crash the identifier of a PUBREL may be done with already (MQTT 5.0, 3.7.2.1).
        assert answer.reason < 0x80 or (answer.kind == w.PUBCOMP and answer.reason == 0x92)
        self.acked.add(number)
        if answer.kind == w.PUBREC:
            self.waiting[answer.pid][1] = True
            wire.send(w.ack(w.PUBREL, answer.pid))
        else:
            del self.waiting[answer.pid]


def received(port, until):
    """Everything that waits for the keeper, acknowledged; ends when `until` has come."""
    wire = Wire(port, 5, timeout=30)
    wire.connect("keeper", clean=False, props=[(w.SESSION_EXPIRY, 600)])
    got = []
    while True:
        one = wire.read()
        if one.kind == w.PUBREL:
            wire.send(w.ack(w.PUBCOMP, one.pid))
            continue
        assert one.kind == w.PUBLISH
        wire.send(w.ack(w.PUBACK if one.qos == 1 else w.PUBREC, one.pid))
        if one.topic == until:
            return got
        got.append((one.topic.removeprefix("load/"), int(one.payload)))


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("kills", [8, pytest.param(300, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_nothing_acknowledged_is_lost_and_nothing_appears(hall_with, kills):
    chance = random.Random(7)
    speakers = [Speaker("once-or-more", 1), Speaker("exactly-once", 2)]
    station = hall_with()
    keeper = Wire(station.mqtt_port, 5)
    keeper.connect("keeper", clean=False, props=[(w.SESSION_EXPIRY, 600)])
    keeper.subscribe(("load/#", 2), ("end", 2))
    keeper.close()
    for _ in range(kills):
        port = station.mqtt_port
        threads = [threading.Thread(target=one.one_life, args=(port,)) for one in speakers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.02, 0.2))  # any moment will do
        station.kill()
        for thread in threads:
            thread.join()
        station = hall_with()
    last = Wire(station.mqtt_port, 5)
    last.connect("last")
    # Of QoS 2 as well: order is kept within one QoS.
    last.send(w.publish("end", b"0", qos=2, pid=1))
    last.expect(w.PUBREC)
    got = received(station.mqtt_port, "end")
    for one in speakers:
        numbers = [number for name, number in got if name == one.name]
        assert one.acked, "nothing was acknowledged: the test shows nothing"
        assert one.acked <= set(numbers), f"{len(one.acked - set(numbers))} acknowledged messages are lost"
        assert set(numbers) <= set(range(one.sent)), "a message that nobody sent"
        if one.qos == 2:
            assert len(numbers) == len(set(numbers)), "a message of QoS 2 came twice"
        firsts = list(dict.fromkeys(numbers))
        assert firsts == sorted(firsts), "out of order"
