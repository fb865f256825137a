"""The company around a station, as a process that may be killed at any moment: an ERP that takes orders with an
idempotency key, and a webhook's far end that consents and keeps each event. What it answered is in its file first.

usage: company.py FILE PORT [--fail-every N]     (every Nth new order is kept, and then answered with 500)
"""
import argparse
import http.server
import json
import sqlite3
import threading

TABLES = """
CREATE TABLE IF NOT EXISTS orders(number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events(arrival INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, "order" TEXT NOT NULL);
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=None, **headers):
        content = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_OPTIONS(self):
        self.answer(200, **{"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"})

    def do_POST(self):
        with self.server.lock, self.server.file as file:
            if self.path == "/events":
                event = json.loads(self.body())
                file.execute('INSERT INTO events(id, type, "order") VALUES(?,?,?)', (event["id"], event["type"], event["data"]["id"]))
                status, said = 204, None
            else:
                key, body = self.headers["Idempotency-Key"], self.body().decode()
                fresh = file.execute("INSERT OR IGNORE INTO orders(key, body, state) VALUES(?,?,'open')", (key, body)).rowcount
                number = file.execute("SELECT number FROM orders WHERE key = ?", (key,)).fetchone()[0]
                every = self.server.fail_every
                status, said = (500, {"error": "lost my mind"}) if fresh and every and number % every == 0 else (201, {"number": str(number)})
        self.answer(status, said)

    def do_GET(self):
        if self.path == "/alive":
            return self.answer(200, {})
        with self.server.lock:
            row = self.server.file.execute("SELECT state FROM orders WHERE number = ?", (self.path.rsplit("/", 1)[-1],)).fetchone()
        return self.answer(200, {"state": row[0]}) if row else self.answer(404, {})

    def log_message(self, *_):
        pass


def main():
    words = argparse.ArgumentParser()
    words.add_argument("file")
    words.add_argument("port", type=int)
    words.add_argument("--fail-every", type=int, default=0)
    options = words.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.file = sqlite3.connect(options.file, check_same_thread=False)
    server.file.executescript(TABLES)
    server.lock, server.fail_every = threading.Lock(), options.fail_every
    server.serve_forever()


if __name__ == "__main__":
    main()
