"""MQTT over TLS, with and without client certificates, and over WebSocket."""
import base64
import os
import socket
import ssl
import struct
import subprocess

import paho.mqtt.client as paho
import pytest

import mqtt_wire as w
from halls import Hall, telemetry, wait_for


def openssl(folder, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two authorities; a server and a client of the first, a stranger of the second."""
    folder = tmp_path_factory.mktemp("keys")
    for authority in ("ca", "other"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={authority}", "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
    for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other")):
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-days", "2",
                "-extfile", "names", "-out", f"{name}.pem")
    return folder


@pytest.fixture(scope="module")
def ports(oree, tmp_path_factory, keys):
    tls = {"certificate": str(keys / "server.pem"), "key": str(keys / "server.key")}
    config = telemetry()
    config["telemetry"]["mqtt"] = {"listeners": [
        {"listen": "127.0.0.1:0"},
        {"listen": "127.0.0.1:0", "tls": tls},
        {"listen": "127.0.0.1:0", "tls": {**tls, "client_ca": str(keys / "ca.pem"), "require_client_certificate": True}},
        {"listen": "127.0.0.1:0", "transport": "websocket"},
        {"listen": "127.0.0.1:0", "transport": "websocket", "tls": tls}]}
    station = Hall(oree, tmp_path_factory.mktemp("hall"), config).start()
    found = station.mqtt_listeners(5)
    assert [scheme for scheme, _ in found] == ["mqtt", "mqtts", "mqtts", "ws", "wss"]
    yield dict(zip(("tcp", "tls", "mutual", "ws", "wss"), (int(port) for _, port in found)))
    station.stop()


def session(port, name, transport="tcp", tls=None, version=paho.MQTTv5):
    got, ready = [], []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=version, transport=transport)
    if transport == "websockets":
        client.ws_set_options(path="/mqtt")
    if tls:
        client.tls_set(**tls)
    client.on_connect = lambda *_: client.subscribe("t/#", 2)
    client.on_subscribe = lambda *_: ready.append(1)
    client.on_message = lambda _c, _u, message: got.append((message.topic, message.payload))
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        wait_for(lambda: ready)
        bodies = [b"", b"x" * 70_000, bytes(range(256))]
        for qos, body in enumerate(bodies):
            client.publish(f"t/{qos}", body, qos=qos).wait_for_publish(10)
        wait_for(lambda: len(got) == 3)
        assert sorted(got) == [(f"t/{qos}", body) for qos, body in enumerate(bodies)]
    finally:
        client.disconnect()
        client.loop_stop()


VERSIONS = pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5], ids=["3.1.1", "5.0"])


@VERSIONS
@pytest.mark.parametrize("way", ["tls", "mutual", "ws", "wss"])
def test_a_session_over_each_transport(ports, keys, way, version):
    tls = None if way == "ws" else {"ca_certs": str(keys / "ca.pem")}
    if way == "mutual":
        tls.update(certfile=str(keys / "client.pem"), keyfile=str(keys / "client.key"))
    session(ports[way], f"over-{way}", "websockets" if way.startswith("ws") else "tcp", tls, version)


@pytest.mark.parametrize("who", [None, "stranger"])
def test_whoever_has_no_certificate_of_ours_does_not_come_in(ports, keys, who):
    context = ssl.create_default_context(cafile=str(keys / "ca.pem"))
    if who:
        context.load_cert_chain(keys / f"{who}.pem", keys / f"{who}.key")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with context.wrap_socket(socket.create_connection(("127.0.0.1", ports["mutual"]), timeout=5), server_hostname="127.0.0.1") as one:
            one.sendall(w.connect("nobody"))
            if not one.recv(1):
                raise ConnectionError("closed")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_below_1_2_is_not_spoken(ports, keys):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(socket.create_connection(("127.0.0.1", ports["tls"]), timeout=5))


def test_plain_bytes_on_a_tls_port_do_no_harm(ports, keys):
    with socket.create_connection(("127.0.0.1", ports["tls"]), timeout=5) as one:
        one.sendall(w.connect("lost") * 10)
        try:
            while one.recv(1000):
                pass
        except ConnectionResetError:
            pass
    session(ports["tls"], "still-there", tls={"ca_certs": str(keys / "ca.pem")})


class Frames:
    """A WebSocket by hand (RFC 6455)."""

    def __init__(self, port, protocol="mqtt", path="/mqtt"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        key = base64.b64encode(os.urandom(16)).decode()
        wanted = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{wanted}\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            more = self.socket.recv(1)
            assert more, head
            head += more
        self.head = head.decode()

    def send(self, payload, opcode=2, last=True, masked=True):
        mask = os.urandom(4) if masked else b""
        length = len(payload)
        size = bytes([length]) if length < 126 else b"\x7e" + struct.pack("!H", length)
        size = bytes([size[0] | (0x80 if masked else 0)]) + size[1:]
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(bytes([(0x80 if last else 0) | opcode]) + size + mask + body)
        return self

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise w.Closed
            data += more
        return data

    def read(self):
        first, second = self.take(2)
        assert not second & 0x80, "a server does not mask"
        length = second & 127
        if length == 126:
            length = struct.unpack("!H", self.take(2))[0]
        return first & 15, self.take(length)


def test_frames_cut_a_packet_and_packets_share_a_frame(ports):
    one = Frames(ports["ws"])
    assert "101" in one.head and "Sec-WebSocket-Protocol: mqtt" in one.head
    whole = w.connect("pieces") + w.publish("t", b"x", qos=1, pid=5)
    one.send(whole[:3], last=False)
    one.send(b"ping", opcode=9)
    one.send(whole[3:20], opcode=0, last=False).send(whole[20:30], opcode=0).send(whole[30:])
    got, pong = b"", False
    while len(got) < 2 or len(got) < got[1] + 2 + 4:  # CONNACK, and a PUBACK of at least four bytes behind it
        opcode, payload = one.read()
        pong = pong or (opcode == 10 and payload == b"ping")
        got += payload if opcode == 2 else b""
    puback = got[got[1] + 2:]
    assert pong and got[0] >> 4 == w.CONNACK and puback[0] >> 4 == w.PUBACK and puback[2:4] == b"\x00\x05"


@pytest.mark.parametrize("what", ["a text frame", "a frame without a mask", "a reserved opcode"])
def test_frames_that_are_not_allowed_end_the_connection(ports, what):
    one = Frames(ports["ws"])
    one.send(w.connect("wrong"), opcode={"a text frame": 1, "a reserved opcode": 5}.get(what, 2), masked="mask" not in what)
    with pytest.raises((w.Closed, ConnectionResetError)):
        while True:
            opcode, payload = one.read()
            assert opcode == 8, "nothing but a goodbye"


def test_a_websocket_of_another_protocol_is_refused(ports):
    assert " 101 " not in Frames(ports["ws"], protocol="chat").head.splitlines()[0]


def upstream_station(oree, folder, port, tls):
    folder.mkdir()
    return Hall(oree, folder, telemetry(routes={"all": "FROM /* INTO $upstream"},
                                        upstream={"mqtt": f"mqtts://127.0.0.1:{port}", "prefix": "site/", "tls": tls})).start()


def test_upstream_shows_its_certificate_and_checks_the_hubs(oree, ports, keys, tmp_path):
    got, ready = [], []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="upstream-listener", protocol=paho.MQTTv5)
    listener.on_message = lambda _c, _u, message: got.append((message.topic, message.payload))
    listener.on_subscribe = lambda *_: ready.append(True)
    listener.connect("127.0.0.1", ports["tcp"])
    listener.subscribe("site/#", 1)
    listener.loop_start()
    wait_for(lambda: ready)
    own = {"certificate": str(keys / "client.pem"), "key": str(keys / "client.key")}
    trusting = upstream_station(oree, tmp_path / "trusting", ports["mutual"], {"ca": str(keys / "ca.pem"), **own})
    wary = upstream_station(oree, tmp_path / "wary", ports["mutual"], {"ca": str(keys / "other.pem"), **own})
    try:
        for station, word in ((trusting, b"through"), (wary, b"never")):
            sender = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="press", protocol=paho.MQTTv5)
            sender.connect("127.0.0.1", station.mqtt_port)
            sender.loop_start()
            sender.publish("press/state", word, qos=1).wait_for_publish(20)
            sender.loop_stop()
        wait_for(lambda: ("site/press/state", b"through") in got)
        # Whose hub shows a certificate that it does not trust keeps what it has, and says why.
        wait_for(lambda: "certificate" in wary.log_tail(200))
        assert ("site/press/state", b"never") not in got
    finally:
        listener.loop_stop()
        trusting.stop()
        wary.stop()
