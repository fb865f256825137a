"""What a user installs: units that may do next to nothing, a package that brings what the program needs."""
import json
import re
import shutil
import subprocess

import pytest
import yaml


def tool(name) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"no {name} on this machine")
    return found


@pytest.mark.parametrize("unit", ["oree-station", "oree-hub"])
def test_a_unit_may_do_next_to_nothing(deploy, unit):
    file = deploy / f"systemd/{unit}.service"
    scored = subprocess.run([tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(file)],
                            capture_output=True, text=True)
    if "unknown option" in scored.stderr.lower() or "unrecognized option" in scored.stderr.lower():
        pytest.skip("this systemd cannot score a file")
    said = re.search(r"exposure level for \S+: ([0-9.]+)", scored.stdout)
    assert said, scored.stdout + scored.stderr
    assert float(said[1]) <= 2.0


@pytest.mark.parametrize("unit", ["oree-station", "oree-hub"])
@pytest.mark.parametrize("addition", [None, "modules", "openvino", "tpm"])
def test_a_unit_and_what_is_added_to_it_are_understood(deploy, oree, tmp_path, unit, addition):
    if addition and unit != "oree-station":
        pytest.skip("these are a station's")
    text = (deploy / f"systemd/{unit}.service").read_text().replace("/usr/bin/oree", str(oree))
    (tmp_path / f"{unit}.service").write_text(text)
    if addition:
        folder = tmp_path / f"{unit}.service.d"
        folder.mkdir()
        shutil.copy(deploy / f"systemd/{unit}.service.d/{addition}.conf.example", folder / f"{addition}.conf")
    done = subprocess.run([tool("systemd-analyze"), "verify", "--man=no", str(tmp_path / f"{unit}.service")],
                          capture_output=True, text=True)
    about_us = [line for line in done.stderr.splitlines() if unit in line or str(tmp_path) in line]
    assert about_us == [], done.stderr


def test_manifests_compose_and_role_are_yaml_that_says_what_it_should(deploy):
    kinds = [doc["kind"] for doc in yaml.safe_load_all((deploy / "k3s/station.yaml").read_text())]
    assert kinds == ["Namespace", "ConfigMap", "DaemonSet"]
    compose = yaml.safe_load((deploy / "container/compose.yaml").read_text())
    asked = compose["services"]["station"]["healthcheck"]["test"]
    assert asked == ["CMD", "/usr/bin/oree", "health"], "the station itself is asked, not only the program"
    assert compose["services"]["station"]["read_only"] and compose["services"]["station"]["cap_drop"] == ["ALL"]
    tasks = yaml.safe_load((deploy / "ansible/roles/oree/tasks/main.yaml").read_text())
    assert [next(k for k in task if "." in k) for task in tasks][1] == "ansible.builtin.apt"


def test_the_station_files_that_are_shipped_are_valid(deploy, oree, tmp_path):
    manifest = list(yaml.safe_load_all((deploy / "k3s/station.yaml").read_text()))[1]
    (tmp_path / "station.yaml").write_text(manifest["data"]["station.yaml"])
    for file in (deploy / "deb/station.yaml", tmp_path / "station.yaml"):
        assert subprocess.run([oree, "validate", file]).returncode == 0


def test_the_package_holds_a_program_that_runs_and_names_what_it_needs(deploy, oree, root, tmp_path):
    tool("dpkg-deb")
    if oree.parent.parent != root / "build/release":
        pytest.skip("the program is not in build/release")
    subprocess.run([deploy / "deb/build", "--out", tmp_path], check=True, capture_output=True)
    package = next(tmp_path.glob("oree_*.deb"))
    control = subprocess.run(["dpkg-deb", "--field", package], check=True, capture_output=True, text=True).stdout
    depends = re.search(r"^Depends: (.*)$", control, re.M)[1].split(", ")
    assert re.search(r"^Version: [0-9.]+\+(deb|ubuntu)[0-9.]+$", control, re.M), "it says for which distribution it is"
    assert any(re.fullmatch(r"libc6 \(>= [0-9.]+\)", one) for one in depends)
    if shutil.which("dpkg") and subprocess.run(["dpkg", "-s", "libtss2-dev"], capture_output=True).returncode == 0:
        assert re.search(r"^Recommends: libtss2-esys\S*, libtss2-tctildr\S*, libtss2-mu\S*, libtss2-tcti-device\S*$", control, re.M)
    assert "adduser" in depends and any(one.startswith("libsqlite3") for one in depends)
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path / "root"], check=True)
    program = tmp_path / "root/usr/bin/oree"
    said = subprocess.run([program, "version"], check=True, capture_output=True, text=True).stdout
    assert "oree" in said.lower()
    assert (tmp_path / "root/usr/lib/systemd/system/oree-station.service").exists()


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_a_package_for_arm64_is_made_on_another_architecture(deploy, root, tmp_path):
    for name in ("aarch64-linux-gnu-g++", "apt-get", "dpkg-deb"):
        tool(name)
    subprocess.run([deploy / "deb/cross-arm64", "--work", root / "build/arm64", "--out", tmp_path], check=True)
    package = next(tmp_path.glob("oree_*_arm64.deb"))
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path / "root"], check=True)
    for file in (tmp_path / "root/usr/lib/oree/bin/oree", tmp_path / "root/usr/lib/oree/lib/libonnxruntime.so.1"):
        header = file.read_bytes()[:20]
        assert header[:4] == b"\x7fELF" and int.from_bytes(header[18:20], "little") == 183, f"{file} is not for arm64"
    if shutil.which("qemu-aarch64"):
        program = [*board(tmp_path / "board", root / "build/arm64/sysroot"), tmp_path / "root/usr/lib/oree/bin/oree"]
        assert "oree" in subprocess.run([*program, "version"], check=True, capture_output=True, text=True).stdout.lower()
        story = subprocess.run([*program, "demo", "--once", "--json"], check=True, capture_output=True, text=True, timeout=900)
        told = json.loads(story.stdout)
        assert told["passed"] and told["accuracy"]["decisions"] == 1.0, told


def board(folder, libraries):
    """A board of two Cortex-A72, emulated: what a program finds there instead of this machine's own processor."""
    (folder / "proc").mkdir(parents=True)
    one = ["BogoMIPS : 108.00", "Features : fp asimd evtstrm crc32 cpuid", "CPU implementer : 0x41", "CPU architecture: 8",
           "CPU variant : 0x0", "CPU part : 0xd08", "CPU revision : 3", ""]
    (folder / "proc/cpuinfo").write_text("".join("\n".join([f"processor : {n}", *one, ""]) for n in range(2)))
    for name in ("lib", "usr"):
        (folder / name).symlink_to(libraries / name)
    return ["qemu-aarch64", "-cpu", "cortex-a72", "-L", folder]


def test_the_cross_build_says_what_is_missing(deploy, tmp_path):
    said = subprocess.run([deploy / "deb/cross-arm64", "--until", "lunch"], capture_output=True, text=True)
    assert said.returncode == 2 and "--until is sysroot, configure, build or package, not 'lunch'" in said.stderr
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname", "nproc", "env"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    said = subprocess.run([deploy / "deb/cross-arm64"], capture_output=True, text=True, env={"PATH": str(tmp_path / "bin")})
    assert said.returncode == 1 and "apt install g++-aarch64-linux-gnu" in said.stderr
