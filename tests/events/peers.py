"""Foreign services on loopback that events go to: PostgreSQL and an Azure Blob service."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from halls import wait_for

# The emulator's published account, which every copy of it has.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def find_azurite(root) -> list[str] | None:
    node = shutil.which("node")
    script = root / "tests/peers/azurite/node_modules/azurite/dist/src/blob/main.js"
    return [node, str(script)] if node and script.exists() else None


class Azurite:
    """Kept on its port over restarts."""

    def __init__(self, program, folder):
        self.program, self.folder, self.port, self.process = program, folder, free_port(), None

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self):
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.endpoint};"

    def start(self):
        log = self.folder / "log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [*self.program, "--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--location", str(self.folder / "data"),
                 "--skipApiVersionCheck", "--disableTelemetry"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)

        def listens():
            assert self.process.poll() is None, log.read_text()
            return "successfully listens" in log.read_text()

        wait_for(listens, 120)
        return self

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def find_postgres() -> Path | None:
    """The folder of the newest server's programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")] if Path("/usr/lib/postgresql").is_dir() else []
    beside = shutil.which("initdb")
    found += [Path(beside).parent] if beside else []
    return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], default=None) if shutil.which("psql") else None


class Postgres:
    """A server of its own below /tmp, run by whoever is not root; kept on its port over restarts."""

    def __init__(self, programs):
        self.programs, self.port, self.process = programs, free_port(), None
        self.folder = Path(tempfile.mkdtemp(prefix="oree-postgres-"))
        self.as_whom = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        made = subprocess.run([programs / "initdb", "-D", self.folder / "data", "-U", "oree", "-A", "trust", "-N"], cwd=self.folder,
                              capture_output=True, text=True, **self.as_whom)
        assert made.returncode == 0, made.stderr

    @property
    def connection(self):
        return f"host=127.0.0.1 port={self.port} user=oree dbname=postgres"

    def start(self):
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder,
             "-c", "fsync=off"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **self.as_whom)
        wait_for(lambda: self.ask("select 1", check=False) == "1", 60)
        return self

    def ask(self, sql, check=True):
        """By psql, which is not ours."""
        done = subprocess.run(["psql", "-XAtq", self.connection, "-c", sql], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # at once, as in a power cut
            self.process.wait()
            self.process = None

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
