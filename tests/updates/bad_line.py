"""A bad line between a station and its hub: slow, cut after so many bytes, silent; and it counts what went over it."""
import socket
import threading
import time


class Line:
    def __init__(self, port, bytes_per_second=None):
        self.port_behind = port
        self.rate = bytes_per_second
        self.cuts = []  # connections are cut when so many bytes more have come from the hub, one after the other
        self.down = 0  # bytes from the hub that a station could receive
        self.up = 0
        self.done_cuts = 0
        self.closed = False
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def close(self):
        self.closed = True
        self.listener.close()

    def _accept(self):
        while not self.closed:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source, sink, from_hub):
        try:
            while data := source.recv(16384):
                if not from_hub:
                    with self.lock:
                        self.up += len(data)
                    sink.sendall(data)
                    continue
                cut = False
                with self.lock:
                    if self.cuts and self.cuts[0] <= len(data):
                        data, cut = data[: self.cuts.pop(0)], True
                        self.done_cuts += 1
                    elif self.cuts:
                        self.cuts[0] -= len(data)
                    self.down += len(data)
                sink.sendall(data)
                if self.rate:
                    time.sleep(len(data) / self.rate)
                if cut:
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if from_hub:
            source.close()
            sink.close()
