"""MQTT packets made and read byte by byte, so that a test can say what no client library would."""
import socket
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = 8, 9, 10, 11, 12, 13, 14, 15

# Properties by identifier: how the value is written.
BYTE, TWO, FOUR, VAR, TEXT, PAIR = range(6)
KINDS = {0x01: BYTE, 0x02: FOUR, 0x03: TEXT, 0x08: TEXT, 0x09: TEXT, 0x0B: VAR, 0x11: FOUR, 0x12: TEXT, 0x13: TWO,
         0x15: TEXT, 0x16: TEXT, 0x17: BYTE, 0x18: FOUR, 0x19: BYTE, 0x1A: TEXT, 0x1C: TEXT, 0x1F: TEXT, 0x21: TWO,
         0x22: TWO, 0x23: TWO, 0x24: BYTE, 0x25: BYTE, 0x26: PAIR, 0x27: FOUR, 0x28: BYTE, 0x29: BYTE, 0x2A: BYTE}
(PAYLOAD_FORMAT, MESSAGE_EXPIRY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION, SUBSCRIPTION_ID, SESSION_EXPIRY, ASSIGNED_ID,
 SERVER_KEEP_ALIVE, AUTH_METHOD, WILL_DELAY, REASON_STRING, RECEIVE_MAXIMUM, ALIAS_MAXIMUM, TOPIC_ALIAS, MAXIMUM_QOS,
 RETAIN_AVAILABLE, USER, MAXIMUM_PACKET, REQUEST_PROBLEM, REQUEST_RESPONSE) = (
    0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x11, 0x12, 0x13, 0x15, 0x18, 0x1F, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x17, 0x19)


def var(number):
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(raw)) + raw


def properties(pairs):
    body = b""
    for key, value in pairs:
        kind = KINDS.get(key, BYTE)
        body += var(key)
        body += {BYTE: lambda: bytes([value]), TWO: lambda: struct.pack("!H", value), FOUR: lambda: struct.pack("!I", value),
                 VAR: lambda: var(value), TEXT: lambda: text(value),
                 PAIR: lambda: text(value[0]) + text(value[1])}[kind]()
    return var(len(body)) + body


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + var(len(body)) + body


def connect(name="c", version=5, clean=True, keep_alive=60, props=(), will=None, user=None, password=None, flags=None,
            protocol="MQTT"):
    """will: (topic, payload, qos, retain, properties)."""
    bits = 0x02 if clean else 0
    payload = text(name)
    if will:
        bits |= 0x04 | will[2] << 3 | (0x20 if will[3] else 0)
        payload += (properties(will[4]) if version == 5 else b"") + text(will[0]) + text(will[1])
    if user is not None:
        bits |= 0x80
        payload += text(user)
    if password is not None:
        bits |= 0x40
        payload += text(password)
    head = text(protocol) + bytes([version, bits if flags is None else flags]) + struct.pack("!H", keep_alive)
    return packet(CONNECT, 0, head + (properties(props) if version == 5 else b"") + payload)


def publish(topic, payload=b"", qos=0, pid=None, retain=False, dup=False, props=(), version=5):
    flags = (8 if dup else 0) | qos << 1 | (1 if retain else 0)
    body = text(topic) + (struct.pack("!H", pid) if pid is not None else b"")
    body += properties(props) if version == 5 else b""
    return packet(PUBLISH, flags, body + (payload if isinstance(payload, bytes) else payload.encode()))


def subscribe(pid, filters, version=5, props=(), flags=2):
    """filters: (filter, options) pairs."""
    body = struct.pack("!H", pid) + (properties(props) if version == 5 else b"")
    return packet(SUBSCRIBE, flags, body + b"".join(text(name) + bytes([options]) for name, options in filters))


def unsubscribe(pid, filters, version=5, flags=2):
    body = struct.pack("!H", pid) + (properties(()) if version == 5 else b"")
    return packet(UNSUBSCRIBE, flags, body + b"".join(map(text, filters)))


def ack(kind, pid, reason=None, props=None, flags=None):
    body = struct.pack("!H", pid)
    if reason is not None:
        body += bytes([reason])
        if props is not None:
            body += properties(props)
    return packet(kind, (2 if kind == PUBREL else 0) if flags is None else flags, body)


class Packet:
    """What came: kind, flags, and the parts that its kind has."""

    def __init__(self, first, body, version):
        self.kind, self.flags, self.body, self.version = first >> 4, first & 15, body, version
        self.props, self.at = [], 0
        self.reason = self.pid = None
        getattr(self, f"read_{self.kind}", lambda: None)()

    def take(self, size):
        part = self.body[self.at:self.at + size]
        assert len(part) == size, f"packet {self.kind} ends early: {self.body.hex()}"
        self.at += size
        return part

    def two(self):
        return struct.unpack("!H", self.take(2))[0]

    def var(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return value

    def take_text(self):
        return self.take(self.two())

    def take_properties(self):
        if self.version != 5 or self.at >= len(self.body):
            return
        end = self.var() + self.at
        while self.at < end:
            key = self.var()
            kind = KINDS[key]
            value = {BYTE: lambda: self.take(1)[0], TWO: self.two, FOUR: lambda: struct.unpack("!I", self.take(4))[0],
                     VAR: self.var, TEXT: lambda: self.take_text(), PAIR: lambda: (self.take_text(), self.take_text())}[kind]()
            self.props.append((key, value))
        assert self.at == end

    def prop(self, key):
        return next((value for found, value in self.props if found == key), None)

    def all(self, key):
        return [value for found, value in self.props if found == key]

    def read_2(self):
        self.session_present, self.reason = self.take(1)[0], self.take(1)[0]
        self.take_properties()

    def read_3(self):
        self.qos, self.retain, self.dup = self.flags >> 1 & 3, self.flags & 1, self.flags >> 3
        self.topic = self.take_text().decode()
        if self.qos:
            self.pid = self.two()
        self.take_properties()
        self.payload = self.body[self.at:]

    def read_ack(self):
        self.pid = self.two()
        self.reason = self.take(1)[0] if self.at < len(self.body) else 0
        self.take_properties()

    read_4 = read_5 = read_6 = read_7 = read_ack

    def read_9(self):
        self.pid = self.two()
        self.take_properties()
        self.reasons = list(self.body[self.at:])

    read_11 = read_9

    def read_14(self):
        self.reason = self.take(1)[0] if self.body else 0
        self.take_properties()


class Closed(Exception):
    """The broker closed the connection."""


class Wire:
    """One connection. Everything that comes is read in order."""

    def __init__(self, port, version=5, timeout=5):
        self.version = version
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *packets):
        self.socket.sendall(b"".join(packets))
        return self

    def take(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise Closed
            data += more
        return data

    def read(self):
        first = self.take(1)[0]
        length = shift = 0
        while True:
            byte = self.take(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                break
        return Packet(first, self.take(length), self.version)

    def expect(self, kind):
        one = self.read()
        assert one.kind == kind, f"packet {one.kind} ({one.body.hex()}) instead of {kind}"
        return one

    def connect(self, name="c", **more):
        self.send(connect(name, version=self.version, **more))
        return self.expect(CONNACK)

    def subscribe(self, *filters, pid=1, **more):
        self.send(subscribe(pid, [one if isinstance(one, tuple) else (one, 2) for one in filters], version=self.version, **more))
        return self.expect(SUBACK)

    def settled(self):
        """What is delivered until a message of our own is durable: nothing said before it is still on its way."""
        self.send(publish("settled", b"", qos=1, pid=65001, version=self.version))
        got = []
        while (one := self.read()).kind != PUBACK or one.pid != 65001:
            got.append(one)
        self.send(packet(PINGREQ, 0, b""))
        while (one := self.read()).kind != PINGRESP:
            got.append(one)
        return got

    def nothing_more(self):
        assert not (got := self.settled()), f"packet {got[0].kind} came"

    def refused(self, *reasons):
        """The connection ends, with one of these reasons where the version can say why."""
        try:
            while True:
                one = self.read()
                if one.kind in (CONNACK, DISCONNECT):
                    assert not reasons or one.reason in reasons, f"reason {one.reason:#x}"
        except Closed:
            pass

    def close(self):
        self.socket.close()


def fresh(request):
    """A topic of the test's own."""
    return request.node.name.replace("[", "/").replace("]", "").replace("#", "").replace("+", "")
