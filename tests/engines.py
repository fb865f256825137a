"""Podman and Docker for the tests, each with a store of its own, so that nothing is found or left in the machine's."""
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

SECONDS = 30
# A machine whose own limits are lower than an engine's defaults runs containers all the same.
SETTINGS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
pids_limit = 0
[network]
network_config_dir = "{near}/networks"
"""


class Podman:
    """close() takes everything away that it made."""

    def __init__(self, folder: Path, driver="vfs"):
        # It takes no path beyond 50 characters.
        self.near = Path(tempfile.mkdtemp(prefix="oree-"))
        settings = folder / "containers.conf"
        settings.write_text(SETTINGS.format(near=self.near))
        self.words = ["podman", "--root", self.near / "root", "--runroot", self.near / "run", "--storage-driver", driver,
                      "--cgroup-manager", "cgroupfs"] + (["--runtime", "runc"] if shutil.which("runc") else [])
        self.environment = {**os.environ, "CONTAINERS_CONF": str(settings)}
        self.socket = folder / "podman.sock"
        self.service = None

    def serve(self) -> "Podman":
        """Speaks Docker's language on `socket`."""
        self.service = subprocess.Popen([*self.words, "system", "service", "--time", "0", f"unix://{self.socket}"],
                                        env=self.environment)
        until = time.monotonic() + SECONDS
        while not self.socket.exists() and time.monotonic() < until:
            time.sleep(0.05)
        return self

    def run(self, *words, **options) -> subprocess.CompletedProcess:
        return subprocess.run([*self.words, *map(str, words)], env=self.environment, capture_output=True, **options)

    def say(self, *words, **options) -> bytes:
        done = self.run(*words, **options)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
        return done.stdout

    def close(self):
        self.run("pod", "rm", "-f", "-t", "0", "-a")
        self.run("rm", "-f", "-t", "0", "-a")
        self.run("network", "rm", "-f", "azure-iot-edge")
        if self.service:
            self.service.terminate()
            self.service.wait(timeout=SECONDS)
        subprocess.run(["umount", self.near / "root/overlay"], capture_output=True)
        shutil.rmtree(self.near, ignore_errors=True)


class Docker:
    """The daemon where it is installed, with nothing of the machine's network but what a test asks for."""

    def __init__(self, folder: Path):
        self.near = Path(tempfile.mkdtemp(prefix="oree-"))
        self.socket = self.near / "docker.sock"
        self.log = folder / "dockerd.log"
        self.service = None

    def serve(self) -> "Docker":
        words = ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--data-root", self.near / "root",
                 "--exec-root", self.near / "exec", "--pidfile", self.near / "pid", "--host", f"unix://{self.socket}"]
        with self.log.open("w") as log:
            self.service = subprocess.Popen([*map(str, words)], stdout=log, stderr=log)
        until = time.monotonic() + 2 * SECONDS
        while self.run("version").returncode and self.service.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        return self

    def run(self, *words, **options) -> subprocess.CompletedProcess:
        return subprocess.run(["docker", "--host", f"unix://{self.socket}", *map(str, words)], capture_output=True, **options)

    def say(self, *words, **options) -> bytes:
        done = self.run(*words, **options)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
        return done.stdout

    def close(self):
        made = self.run("ps", "-a", "-q").stdout.decode().split()
        if made:
            self.run("rm", "-f", *made)
        self.run("network", "rm", "azure-iot-edge")
        self.service.terminate()
        self.service.wait(timeout=2 * SECONDS)
        subprocess.run(["umount", self.near / "exec/netns/default"], capture_output=True)
        shutil.rmtree(self.near, ignore_errors=True)
