"""An authority that is not ours: it signs whatever a test wants it to, and can be made to wait."""
import base64
import hashlib
import http.server
import json
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consortium import now_ms


def public_text(key) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign(key, text) -> str:
    return base64.b64encode(key.sign(text.encode())).decode()


def field(text, name) -> str:
    return next(line for line in text.splitlines() if line.startswith(name + " ")).split(" ", 1)[1]


class Stranger:
    """`say(proposal)` gives changes to an honest decision: authority, order, proposal, decision, code, by, at."""

    def __init__(self, name, say=lambda _proposal: {}, key=None):
        self.name, self.say, self.key = name, say, key or Ed25519PrivateKey.generate()
        self.sign_with, self.free, self.asked, stranger = self.key, threading.Event(), [], self
        self.free.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stranger.asked.append(body["proposal"])
                self.answer(stranger.statement(body["proposal"]))

            def do_GET(self):
                order = self.path.rsplit("/", 1)[-1]
                known = [text for text in stranger.asked if field(text, "order") == order]
                self.answer(stranger.statement(known[-1])) if known else self.send_error(404)

            def answer(self, said):
                stranger.free.wait(timeout=60)
                content = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def statement(self, proposal):
        said = {"authority": self.name, "order": field(proposal, "order"), "proposal": hashlib.sha256(proposal.encode()).hexdigest(),
                "decision": "approve", "code": "ok", "by": "rules", "at": now_ms(), **self.say(proposal)}
        text = said.pop("text", None) or "oree/decision/v1\n" + "".join(f"{key} {value}\n" for key, value in said.items())
        return {"order": said["order"], "status": "approve", "statement": text, "signature": sign(self.sign_with, text), "reason": ""}

    def setting(self):
        return {"name": self.name, "url": f"http://127.0.0.1:{self.server.server_port}", "key": public_text(self.key)}

    def stop(self):
        self.free.set()
        self.server.shutdown()
