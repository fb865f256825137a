"""The image that deploy/container makes, run by Podman as the compose file and the manifest of K3s say."""
import json
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests
import yaml

from engines import Podman
from parts import DUCKS, duck_with

SECONDS = 120
STATION = {"station": "line-1", "listen": "127.0.0.1:8000", "models": "/var/lib/oree/models",
           "cameras": {"hand": {"type": "http"}},
           "steps": {"look": {"camera": "hand", "model": "ducks", "rule": {"type": "expected_label", "label": "good"}}}}
NOT_HERE = re.compile("OCI|netavark|iptables|cgroup|overlay|catatonit|CNI")


def base_image(root):
    """What `FROM debian:12-slim` means, from the distribution's archive; kept for the next time."""
    kept = root / "build/machine/container-base.tar"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", "bookworm", part], check=True)
        part.rename(kept)
    return kept


@pytest.fixture(scope="module")
def engine(root, oree, tmp_path_factory):
    for name in ("podman", "mmdebstrap", "dpkg-deb"):
        if not shutil.which(name):
            pytest.skip(f"no {name} on this machine")
    if oree.parent.parent != root / "build/release" or "VERSION_CODENAME=bookworm" not in open("/etc/os-release").read():
        pytest.skip("the package is made of build/release, for this system, and the image is a Debian 12")
    folder = tmp_path_factory.mktemp("image")
    one = Podman(folder, driver="overlay")
    try:
        imported = one.run("import", base_image(root), "localhost/debian:12-slim")
        if imported.returncode and NOT_HERE.search(imported.stderr.decode()):
            pytest.skip(f"no image can be kept here: {imported.stderr.decode()}")
        (folder / "deploy/container").mkdir(parents=True)
        shutil.copy(root / "deploy/container/Containerfile", folder / "deploy/container")
        subprocess.run([root / "deploy/deb/build", "--out", folder / "dist"], check=True, capture_output=True)
        built = one.run("build", "--network", "host", "-f", folder / "deploy/container/Containerfile", "-t", "oree", folder)
        if built.returncode and NOT_HERE.search(built.stderr.decode()):
            pytest.skip(f"no container can run here: {built.stderr.decode()[-300:]}")
        assert built.returncode == 0, built.stderr.decode()[-3000:]
        yield one
    finally:
        one.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(so, what):
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if value := so():
            return value
        time.sleep(0.1)
    raise AssertionError(what)


def ready(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/api/v1/health/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def verdict(port, label):
    with duck_with(label).open("rb") as picture:
        return requests.post(f"http://127.0.0.1:{port}/api/v1/trigger", files={"hand": picture}, timeout=60).json()


def rights(engine, name):
    number = engine.say("inspect", name, "--format", "{{.State.Pid}}").decode().strip()
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{number}/status").read().splitlines() if ":\t" in line)
    return status["Uid"].split()[0], status["CapEff"], status["CapBnd"], status["NoNewPrivs"], status["Seccomp"]


LEAST = ("990", "0" * 16, "0" * 16, "1", "2")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_compose_file_runs_a_station_that_may_do_next_to_nothing(engine, deploy, tmp_path):
    service = yaml.safe_load((deploy / "container/compose.yaml").read_text())["services"]["station"]
    (tmp_path / "station.yaml").write_text(yaml.safe_dump(STATION))
    shutil.copytree(DUCKS / "models", tmp_path / "models")
    port = free_port()
    words = ["run", "-d", "--name", "station", "-p", f"127.0.0.1:{port}:8000", "--memory", service["mem_limit"],
             "--pids-limit", service["pids_limit"], "--health-cmd", json.dumps(service["healthcheck"]["test"][1:]),
             "--stop-timeout", service["stop_grace_period"].removesuffix("s")]
    words += ["--read-only"] if service["read_only"] else []
    words += [word for one in service["cap_drop"] for word in ("--cap-drop", one)]
    words += [word for one in service["security_opt"] for word in ("--security-opt", one.removesuffix(":true"))]
    words += [word for one in service["tmpfs"] for word in ("--tmpfs", one)]
    words += [word for one in service["volumes"] for word in ("-v", one.replace("./", f"{tmp_path}/"))]
    engine.say(*words, service["image"])
    try:
        wait(lambda: ready(port), "the station is ready")
        assert rights(engine, "station") == LEAST
        assert engine.run("exec", "station", "touch", "/x").returncode != 0, "its root is read-only"
        item = verdict(port, "good")
        assert (item["decision"], verdict(port, "scratch")["decision"]) == ("OK", "KO")
        assert engine.run("healthcheck", "run", "station").returncode == 0
        number = int(engine.say("inspect", "station", "--format", "{{.State.Pid}}"))
        subprocess.run(["kill", f"-{signal.SIGSTOP}", str(number)], check=True)
        assert engine.run("healthcheck", "run", "station").returncode == 1, "one that hangs is seen"
        subprocess.run(["kill", f"-{signal.SIGCONT}", str(number)], check=True)
        engine.say("stop", "station")
        assert engine.say("inspect", "station", "--format", "{{.State.ExitCode}}") == b"0\n"
        engine.say("start", "station")
        wait(lambda: ready(port), "it is ready again")
        found = requests.get(f"http://127.0.0.1:{port}/api/v1/items/{item['id']}", timeout=30).json()
        assert found["decision"] == "OK"
    finally:
        print(engine.run("logs", "station").stderr.decode()[-2000:])
        engine.run("rm", "-f", "-t", "0", "station")


def play(engine, file):
    """Podman 4.3 may take a container that has just ended for one that still runs; then once more."""
    for _ in range(5):
        played = engine.run("kube", "play", file)
        if played.returncode == 0:
            break
        print(played.stderr.decode(errors="replace"))
        engine.run("pod", "rm", "-f", "-t", "0", "-a")
    return played


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_manifest_of_k3s_starts_on_a_node_whose_folder_belongs_to_root(engine, deploy, tmp_path):
    """The DaemonSet's template as a pod: Podman plays no DaemonSets, and has no kubelet to ask the probes."""
    _, settings, daemons = yaml.safe_load_all((deploy / "k3s/station.yaml").read_text())
    spec = daemons["spec"]["template"]["spec"]
    spec.pop("nodeSelector")
    node, port = tmp_path / "node", free_port()
    next(one for one in spec["volumes"] if "hostPath" in one)["hostPath"]["path"] = str(node)
    probes = [spec["containers"][0].pop(name) for name in ("livenessProbe", "readinessProbe")]
    spec["containers"][0]["ports"][0]["hostPort"] = port
    settings["data"]["station.yaml"] = yaml.safe_dump(STATION)
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": spec,
           "metadata": {"name": "line", "labels": daemons["spec"]["template"]["metadata"]["labels"]}}
    node.mkdir()
    shutil.copytree(DUCKS / "models", node / "models")
    file = tmp_path / "pod.yaml"
    file.write_text(yaml.safe_dump_all([settings, pod]))
    played = play(engine, file)
    if played.returncode and NOT_HERE.search(played.stderr.decode()):
        pytest.skip(f"no pod can run here: {played.stderr.decode()[-300:]}")
    assert played.returncode == 0, played.stderr.decode()
    try:
        wait(lambda: ready(port), "the station is ready")
        for probe in probes:
            asked = requests.get(f"http://127.0.0.1:{port}{probe['httpGet']['path']}", timeout=30)
            assert asked.status_code == 200
        assert rights(engine, "line-station") == LEAST
        assert (node.stat().st_uid, node.stat().st_mode & 0o777) == (990, 0o750)
        item = verdict(port, "scratch")
        assert item["decision"] == "KO"
        engine.say("kube", "down", file)
        assert play(engine, file).returncode == 0
        wait(lambda: ready(port), "it is ready again")
        found = requests.get(f"http://127.0.0.1:{port}/api/v1/items/{item['id']}", timeout=30).json()
        assert found["decision"] == "KO", "its data stayed on the node"
    finally:
        print(engine.run("logs", "line-station").stderr.decode()[-2000:])
        engine.run("kube", "down", file)
