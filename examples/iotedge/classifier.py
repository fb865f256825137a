"""Stands in for the container that Custom Vision exports: its first words, and its answer to GET /."""
import http.server
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = b"CustomVision.ai model host harness"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def main():
    print("Loading model...Success!", flush=True)
    print("Loading labels...2 found. Success!", flush=True)
    server = http.server.HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
    print(f" * Running on http://127.0.0.1:{server.server_port}/ (Press CTRL+C to quit)", file=sys.stderr, flush=True)
    server.serve_forever()


main()
