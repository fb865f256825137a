"""A station that listens to machines, and foreign MQTT clients to speak to it."""
import json
import re
import time

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from stations import Station

PATIENCE = 15
LISTENER = re.compile(r"(mqtts?|wss?)://127\.0\.0\.1:(\d+)\b")


def wait_for(what, seconds=PATIENCE):
    """The first true answer of `what`, asked until then."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return answer


def telemetry(**more):
    return {"station": "hall", "storage": {"max_bytes": "100MB"}, "telemetry": {"mqtt": {"listen": "127.0.0.1:0"}, **more}}


class Hall(Station):
    """Knows where its messages go."""

    starts = 0

    def start(self):
        self.starts = self.log_tail(1000).count("messages to mqtt://") + 1
        return super().start()

    @property
    def mqtt_port(self):
        return int(wait_for(lambda: re.findall(r"messages to mqtt://127\.0\.0\.1:(\d+)", self.log_tail(1000))[self.starts - 1 :])[-1])


    def mqtt_listeners(self, count):
        """(scheme, port) of each MQTT listener, in the configuration's order, once all of them are told."""
        return wait_for(lambda: (told := LISTENER.findall(self.log_tail(1000))) and len(told) >= count and told[:count])


class Client:
    """paho, with what came kept in order."""

    def __init__(self, port, name, version=paho.MQTTv5, clean=True, expiry=3600, will=None):
        self.messages, self.acked, self.connected, self.granted = [], set(), [], {}
        session = {} if version == paho.MQTTv5 else {"clean_session": clean}
        self.paho = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=version, **session)
        self.paho.on_message = lambda _c, _u, message: self.messages.append(message)
        self.paho.on_publish = lambda _c, _u, mid, *_: self.acked.add(mid)
        self.paho.on_connect = lambda _c, _u, flags, reason, _p: self.connected.append((flags.session_present, reason))
        self.paho.on_subscribe = lambda _c, _u, mid, reasons, _p: self.granted.update({mid: reasons})
        if will:
            self.paho.will_set(*will)
        more = {}
        if version == paho.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 0 if clean else expiry
            more = {"clean_start": clean, "properties": properties}
        self.paho.connect("127.0.0.1", port, keepalive=30, **more)
        self.paho.loop_start()
        wait_for(lambda: self.connected)

    @property
    def session_present(self):
        return self.connected[-1][0]

    def publish(self, topic, payload, qos=1, retain=False):
        """Returns once it is acknowledged."""
        mid = self.paho.publish(topic, payload, qos=qos, retain=retain).mid
        wait_for(lambda: mid in self.acked)

    def publish_json(self, topic, value, qos=1):
        """Says that it is JSON, as routes that look into a body ask."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.ContentType = "application/json"
        properties.PayloadFormatIndicator = 1
        mid = self.paho.publish(topic, json.dumps(value), qos=qos, properties=properties).mid
        wait_for(lambda: mid in self.acked)

    def subscribe(self, topic, qos=1):
        mid = self.paho.subscribe(topic, qos)[1]
        return wait_for(lambda: self.granted.get(mid))

    def received(self, count, seconds=PATIENCE):
        wait_for(lambda: len(self.messages) >= count, seconds)
        return [(message.topic, message.payload.decode()) for message in self.messages]

    def vanish(self):
        """Without a word: the broker sends the will."""
        self.paho.loop_stop()
        self.paho.socket().close()

    def leave(self):
        self.paho.disconnect()
        self.paho.loop_stop()
