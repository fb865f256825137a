"""A container engine that is none: Docker's API over a socket, its containers processes that sleep.

Behaves as the real one in what a station asks, and can be told to lie, to hang and to refuse.
"""
import json
import os
import re
import socketserver
import threading
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def frame(stream, text):
    body = text.encode()
    return bytes([stream, 0, 0, 0]) + len(body).to_bytes(4, "big") + body


class Container:
    def __init__(self, name, body):
        self.id, self.name, self.body = uuid.uuid4().hex, name, body
        self.state = {"Status": "created", "Running": False, "ExitCode": 0, "OOMKilled": False, "Error": "",
                      "StartedAt": "0001-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"}
        self.log = []

    def start(self):
        self.state.update(Status="running", Running=True, StartedAt=now())
        self.log.append((1, now(), f"hello from {self.name}"))

    def end(self, code):
        self.state.update(Status="exited", Running=False, ExitCode=code, FinishedAt=now())


class Engine:
    def __init__(self, path):
        self.path, self.lock = str(path), threading.Lock()
        self.containers, self.networks, self.images = {}, set(), set()
        self.calls, self.logins, self.mood = [], [], None  # mood: method, path → None, "hang", or (status, bytes)
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                path, query = unquote(parts.path), {key: values[0] for key, values in parse_qs(parts.query).items()}
                engine.calls.append((self.command, path))
                mood = engine.mood(self.command, path) if engine.mood else None
                if mood == "hang":
                    engine.released.wait(60)
                    return
                status, answer = mood or engine.answer(self.command, path, query, body, self.headers)
                if not isinstance(answer, bytes):
                    answer = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(0 if status in (204, 304) else len(answer)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = do

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def get_request(self):
                request, _ = super().get_request()
                return request, ("engine", 0)

        self.released = threading.Event()
        self.server = Server(self.path, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        os.unlink(self.path)

    def named(self, name):
        with self.lock:
            return next((one for one in self.containers.values() if one.name == name), None)

    def answer(self, method, path, query, body, headers):
        with self.lock:
            if path == "/containers/json":
                wanted = json.loads(query.get("filters", "{}")).get("label", [])
                rows = [{"Id": one.id, "Names": ["/" + one.name], "Labels": one.body.get("Labels", {})}
                        for one in self.containers.values()]
                return 200, [row for row in rows if all(
                    row["Labels"].get(label.split("=")[0]) == label.split("=", 1)[1] for label in wanted)]
            if path == "/containers/create":
                return self.create(query["name"], json.loads(body))
            if match := re.fullmatch(r"/containers/([^/]+)(/[a-z]+)?", path):
                one = self.containers.get(match[1])
                if one is None:
                    return 404, {"message": f"No such container: {match[1]}"}
                return self.on_container(one, method, match[2], query)
            if match := re.fullmatch(r"/images/(.+)/json", path):
                return (200, {"Id": "sha256:0"}) if match[1] in self.images else (
                    404, {"message": f"No such image: {match[1]}"})
            if path == "/images/create":
                self.logins.append(headers.get("X-Registry-Auth"))
                return self.pull(query["fromImage"], query.get("tag", "latest"))
            if match := re.fullmatch(r"/networks/(.+)", path):
                if match[1] == "create":
                    self.networks.add(json.loads(body)["Name"])
                    return 201, {"Id": "0"}
                return (200, {}) if match[1] in self.networks else (404, {"message": "no such network"})
        return 404, {"message": "page not found"}

    def create(self, name, body):
        if any(one.name == name for one in self.containers.values()):
            return 409, {"message": f'Conflict. The container name "/{name}" is already in use.'}
        if body["Image"] not in self.images:
            return 404, {"message": f"No such image: {body['Image']}"}
        one = Container(name, body)
        self.containers[one.id] = one
        return 201, {"Id": one.id, "Warnings": []}

    def pull(self, name, tag):
        if name.startswith("refused"):
            return 200, b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"x"},"error":"pull access denied for refused"}\r\n'
        self.images.add(f"{name}:{tag}")
        return 200, b'{"status":"Pulling"}\r\n{"status":"Download complete"}\r\n'

    def on_container(self, one, method, action, query):
        if method == "DELETE":
            del self.containers[one.id]
            return 204, b""
        if action == "/json":
            return 200, {"Id": one.id, "Name": "/" + one.name, "State": one.state, "Config": {"Labels": one.body.get("Labels", {})}}
        if action == "/start":
            if one.state["Running"]:
                return 304, b""
            one.start()
            return 204, b""
        if action == "/stop":
            if not one.state["Running"]:
                return 304, b""
            one.end(0)
            return 204, b""
        if action == "/logs":
            lines = one.log if query["tail"] == "all" else one.log[-int(query["tail"]):]
            return 200, b"".join(frame(stream, f"{stamp} {text}\n") for stream, stamp, text in lines)
        return 404, {"message": "page not found"}
