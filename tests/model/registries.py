"""A real registry (CNCF distribution's, from the distribution's package) on a free port."""
import hashlib
import socket
import subprocess
import time
from pathlib import Path

import bcrypt
import requests
import yaml


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class DockerRegistry:
    """Keeps its blobs below `folder`; with a password it wants to know who asks."""

    def __init__(self, folder: Path, password=None, certificate=None):
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        config = {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}, "delete": {"enabled": True}},
            "http": {"addr": self.address},
        }
        if certificate:  # (certificate, key, authority)
            config["http"]["tls"] = {"certificate": str(certificate[0]), "key": str(certificate[1])}
        self.url = f"{'https' if certificate else 'http'}://{self.address}"
        self.verify = str(certificate[2]) if certificate else True
        if password:
            users = folder / "users"
            users.write_text(f"plant:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n")
            config["auth"] = {"htpasswd": {"realm": "plant", "path": str(users)}}
        file = folder / "registry.yml"
        file.write_text(yaml.safe_dump(config))
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(["docker-registry", "serve", str(file)], stdout=self.log, stderr=self.log)
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                if requests.get(f"{self.url}/v2/", timeout=1, verify=self.verify).status_code in (200, 401):
                    return
            except requests.ConnectionError:
                pass
        raise AssertionError("the registry does not answer:\n" + (self.folder / "log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
