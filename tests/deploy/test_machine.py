"""The package on a machine of its own: Debian 12 in an emulator, real systemd, every filter of the units in force."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from parts import DUCKS, duck_with

MACHINE = "tests/deploy/machine"
SECONDS = 2400  # emulated, on a machine that may be busy

STATION = """\
station: line-1
listen: 127.0.0.1:8000
models: /var/lib/oree/models
cameras:
  hand: {type: http}
steps:
  look: {camera: hand, model: ducks, rule: {type: expected_label, label: good}}
"""
MODULES = """\
modules:
  manifest: /etc/oree/deployment.json
  images:
    "quiet:*": {command: [sh, -c, "while :; do sleep 1; done"]}
    "greedy:*": {command: [tail, /dev/zero]}
"""


def deployment(root):
    """Two modules with limits; the second takes all the memory there is."""
    document = json.loads((root / "examples/iotedge/deployment.json").read_text())
    desired = document["content"]["modulesContent"]["$edgeAgent"]["properties.desired"]
    desired["modules"] = {
        name: {"type": "docker", "status": "running", "restartPolicy": policy, "version": "1.0",
               "settings": {"image": f"{name}:1", "createOptions": json.dumps({"HostConfig": limits})}}
        for name, policy, limits in [("quiet", "always", {"Memory": 48 << 20, "PidsLimit": 20}),
                                     ("greedy", "never", {"Memory": 32 << 20})]}
    return document


def newer(package, folder):
    """The same package with a later version."""
    subprocess.run(["dpkg-deb", "-R", package, folder / "new"], check=True)
    control = folder / "new/DEBIAN/control"
    control.write_text(re.sub(r"^Version: ([0-9.]+)", r"Version: \1.1", control.read_text(), flags=re.M))
    out = folder / "try/new"
    out.mkdir()
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "-b", folder / "new", out], check=True,
                   capture_output=True)


@pytest.mark.long
@pytest.mark.timeout(2 * SECONDS)
def test_the_package_lives_on_a_machine_with_systemd(root, oree, tmp_path):
    for name in ("mmdebstrap", "qemu-system-x86_64", "mkfs.ext4", "dpkg-deb"):
        if not shutil.which(name):
            pytest.skip(f"no {name} on this machine")
    if os.geteuid() != 0 or oree.parent.parent != root / "build/release":
        pytest.skip("needs root, and the program in build/release")
    if "VERSION_CODENAME=bookworm" not in open("/etc/os-release").read():
        pytest.skip("the package is made for this system, and the machine is a Debian 12")
    tried = tmp_path / "try"
    tried.mkdir()
    subprocess.run([root / "deploy/deb/build", "--out", tried / "old"], check=True, capture_output=True)
    newer(next((tried / "old").glob("*.deb")), tmp_path)
    shutil.copytree(DUCKS / "models", tried / "models")
    for label in ("good", "scratch"):
        shutil.copy(duck_with(label), tried / f"{label}.jpg")
    (tried / "station.yaml").write_text(STATION)
    (tried / "modules.yaml").write_text(MODULES)
    (tried / "deployment.json").write_text(json.dumps(deployment(root)))
    made = subprocess.run([root / MACHINE / "make_disk", tmp_path, tried], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-3000:]
    told = tmp_path / "told"
    with machine(tmp_path, told) as first:
        wait_for(told, "cut the power", first)
    again = tmp_path / "told-again"
    with machine(tmp_path, again) as second:
        wait_for(again, "done", second)
        assert second.wait(SECONDS) == 0
    lines = [line for file in (told, again) for line in said(file)]
    sys.stdout.write("\n".join(lines) + "\n")
    assert [line for line in lines if not line.startswith(("ok ", "# "))] == ["cut the power", "done"], \
        (tmp_path / "console").read_text(errors="replace")[-3000:]
    assert len(lines) > 45


@contextlib.contextmanager
def machine(folder, told):
    """Runs until its power is cut, if it has not ended before."""
    one = subprocess.Popen(
        ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048", "-display", "none",
         "-nic", "none", "-no-reboot", "-drive", f"file={folder}/disk,if=virtio,format=raw,cache=unsafe",
         "-kernel", folder / "kernel", "-initrd", folder / "first-disk",
         "-append", "root=/dev/vda rw console=ttyS0 systemd.show_status=no",
         "-serial", f"file:{folder}/console", "-serial", f"file:{told}"])
    try:
        yield one
    finally:
        one.kill()
        one.wait()


def said(file):
    return file.read_text(errors="replace").replace("\r", "").splitlines() if file.exists() else []


def wait_for(told, line, running):
    until = time.monotonic() + SECONDS
    while True:
        runs = running.poll() is None
        if line in said(told):
            return
        assert runs and time.monotonic() < until, "\n".join(said(told))
        time.sleep(0.5)
