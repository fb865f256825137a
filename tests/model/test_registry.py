"""Packages pushed to and pulled from a real registry, looked at with a client that is not ours, over a way that breaks."""
import json
import random
import shutil
import socket
import subprocess
import threading

import pytest
import requests
from packages import ducks_package
from registries import DockerRegistry, digest


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    if not shutil.which("docker-registry"):
        pytest.skip("no docker-registry on this machine")
    one = DockerRegistry(tmp_path_factory.mktemp("registry"))
    yield one
    one.stop()


@pytest.fixture
def package(words, release_key, tmp_path):
    package = ducks_package(words, tmp_path / "packed", 3)
    words.good("sign", package, "--key", release_key[0])
    return package


def files_of(package):
    apart = ("signature.json", "history.jsonl")
    return {str(file.relative_to(package)): file.read_bytes() for file in package.rglob("*")
            if file.is_file() and file.name not in apart}


def manifest_of(registry, name, tag):
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    answer = requests.get(f"http://{registry.address}/v2/{name}/manifests/{tag}", headers=accept, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_package_is_pushed_and_pulled_with_its_signature(words, registry, package, release_key, tmp_path):
    reference = f"{registry.address}/plant/ducks:3"
    pushed = words.json("push", package, reference)
    assert pushed["attached"] == ["signature", "provenance"]
    out = tmp_path / "pulled/ducks/3"
    pulled = words.json("pull", reference, out, "--trust", release_key[1])
    assert pulled["digest"] == pushed["digest"] and pulled["signer"].startswith("key ")
    assert files_of(out) == files_of(package)
    words.good("verify", out, "--trust", release_key[1])
    events = [event["what"] for event in words.json("history", package)["events"]]
    assert events == ["packed", "signed", "pushed"]
    assert [event["what"] for event in words.json("history", out)["events"]] == ["pulled"]
    by_digest = tmp_path / "by-digest/ducks/3"
    for other in ("ducks/9", "geese/3"):  # a tag says what it likes, the package what it is
        said = words.refused(4, "pull", reference, tmp_path / "wrong" / other)
        assert "is ducks version" in said and not list((tmp_path / "wrong").glob("*/*"))
    words.good("pull", f"{registry.address}/plant/ducks@{pushed['digest']}", by_digest, "--trust", release_key[1])
    assert files_of(by_digest) == files_of(package)


def test_history_of_what_lies_in_a_registry(words, registry, package, release_key):
    reference = f"{registry.address}/plant/told:3"
    pushed = words.json("push", package, reference)
    told = words.json("history", reference, "--trust", release_key[1])
    assert told["digest"] == pushed["digest"] and told["packed"]["version"] == "3"
    assert {one["type"] for one in told["attached"]} == {"application/vnd.dev.sigstore.bundle.v0.3+json",
                                                         "application/vnd.in-toto+json"}
    assert [one["checked"][:4] for one in told["signatures"]] == ["made"]
    assert "signed: by key" in words.good("history", reference).stdout


def test_the_artefact_says_what_modelpack_says(words, registry, package):
    words.good("push", package, f"{registry.address}/plant/words:3")
    manifest = manifest_of(registry, "plant/words", "3")
    assert manifest["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.model.config.v1+json"
    layers = {layer["annotations"]["org.cncf.model.filepath"]: layer for layer in manifest["layers"]}
    assert layers["model.onnx"]["mediaType"] == "application/vnd.cncf.model.weight.v1.raw"
    assert layers["model.onnx"]["digest"] == digest((package / "model.onnx").read_bytes())
    config = requests.get(f"http://{registry.address}/v2/plant/words/blobs/{manifest['config']['digest']}", timeout=10).json()
    assert config["descriptor"]["name"] == "ducks" and config["config"]["format"] == "onnx"
    assert config["modelfs"]["diffIds"] == [layer["digest"] for layer in manifest["layers"]]


def test_skopeo_looks_at_it_and_copies_it(words, registry, package, release_key, tmp_path):
    if not shutil.which("skopeo"):
        pytest.skip("no skopeo on this machine")
    pushed = words.json("push", package, f"{registry.address}/plant/copied:3")
    source = f"docker://{registry.address}/plant/copied:3"
    raw = subprocess.run(["skopeo", "inspect", "--raw", "--tls-verify=false", source], capture_output=True, timeout=60)
    assert raw.returncode == 0, raw.stderr
    assert digest(raw.stdout) == pushed["digest"]
    copy = subprocess.run(["skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false",
                           source, f"docker://{registry.address}/plant/copy:3"], capture_output=True, text=True, timeout=60)
    assert copy.returncode == 0, copy.stderr
    out = tmp_path / "copy/ducks/3"
    words.good("pull", f"{registry.address}/plant/copy:3", out)
    assert files_of(out) == files_of(package)
    # The signature is another artefact about this one, and skopeo copied only the one it was told to.
    words.refused(5, "pull", f"{registry.address}/plant/copy:3", tmp_path / "no/ducks/3", "--trust", release_key[1])


def test_what_a_stranger_signed_is_not_taken(words, registry, package, tmp_path):
    words.good("push", package, f"{registry.address}/plant/strange:3")
    words.good("keygen", "signing", tmp_path / "stranger.key")
    out = tmp_path / "out/ducks/3"
    words.refused(5, "pull", f"{registry.address}/plant/strange:3", out, "--trust", tmp_path / "stranger.key.pub")
    assert not out.exists() or not list(out.iterdir())


def test_a_registry_with_a_password(words, package, tmp_path):
    if not shutil.which("docker-registry"):
        pytest.skip("no docker-registry on this machine")
    one = DockerRegistry(tmp_path, password="secret")
    try:
        credentials = tmp_path / "credentials"
        credentials.write_text("plant:secret\n")
        words.refused(5, "push", package, f"{one.address}/ducks:3")
        words.good("push", package, f"{one.address}/ducks:3", "--credentials", credentials)
        credentials.write_text("plant:wrong\n")
        words.refused(5, "pull", f"{one.address}/ducks:3", tmp_path / "out/ducks/3", "--credentials", credentials)
    finally:
        one.stop()


@pytest.fixture
def certificate(tmp_path):
    """(certificate, key, authority) for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-subj", "/CN=plant", "-days", "2", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tls.key", "-out", "tls.csr",
            "-subj", "/CN=127.0.0.1")
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "tls.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "tls.pem")
    return tmp_path / "tls.pem", tmp_path / "tls.key", tmp_path / "ca.pem"


def test_a_registry_over_tls_is_believed_when_its_authority_is(words, package, certificate, tmp_path):
    if not shutil.which("docker-registry"):
        pytest.skip("no docker-registry on this machine")
    one = DockerRegistry(tmp_path, certificate=certificate)
    try:
        reference = f"https://{one.address}/ducks:3"
        words.refused(5, "push", package, reference)
        words.good("push", package, reference, "--ca", certificate[2])
        words.good("pull", reference, tmp_path / "out/ducks/3", "--ca", certificate[2])
        assert files_of(tmp_path / "out/ducks/3") == files_of(package)
    finally:
        one.stop()


class BadWay:
    """Between a client and a registry: cuts a connection once it has carried so many bytes, so many times.

    With `stall_after` it stops carrying there, until go_on().
    """

    def __init__(self, port: int, cut_after: int = 1 << 40, cuts: int = 0, stall_after: int = 1 << 40):
        self.target, self.cut_after, self.cuts, self.stall_after = port, cut_after, cuts, stall_after
        self.carried = 0
        self.stalled, self.may_go_on = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            left = {"bytes": self.cut_after}
            for here, there in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=(here, there, client, server, left), daemon=True).start()

    def carry(self, here, there, client, server, left):
        try:
            while data := here.recv(65536):
                with self.lock:
                    self.carried += len(data)
                    left["bytes"] -= len(data)
                    cut = left["bytes"] < 0 and self.cuts > 0
                    self.cuts -= cut
                if cut:
                    break
                there.sendall(data)
                if self.carried > self.stall_after:
                    self.stalled.set()
                    self.may_go_on.wait()
        except OSError:
            pass
        for one in (client, server):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def go_on(self):
        self.stall_after = 1 << 40
        self.may_go_on.set()

    def close(self):
        self.go_on()
        self.listener.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("megabytes, cuts", [(9, 2), pytest.param(32, 6, marks=pytest.mark.long)])
def test_a_way_that_breaks_is_taken_up_where_it_broke(words, registry, tmp_path, megabytes, cuts):
    package = ducks_package(words, tmp_path / "packed", 4)
    (package / "weights.data").write_bytes(random.Random(megabytes).randbytes(megabytes << 20))
    words.good("pack", package)
    name = f"plant/large-{megabytes}"
    way = BadWay(registry.port, 3 << 20, cuts)
    words.good("push", package, f"127.0.0.1:{way.port}/{name}:4")
    assert way.cuts == 0, "the way was never cut"
    way.close()
    back = BadWay(registry.port, 3 << 20, cuts)
    out = tmp_path / "out/ducks/4"
    words.good("pull", f"127.0.0.1:{back.port}/{name}:4", out)
    assert back.cuts == 0, "the way was never cut"
    back.close()
    assert files_of(out) == files_of(package)


def test_a_pull_that_was_killed_goes_on(words, registry, oree, tmp_path):
    package = ducks_package(words, tmp_path / "packed", 5)
    (package / "weights.data").write_bytes(random.Random(5).randbytes(18 << 20))
    words.good("pack", package)
    words.good("push", package, f"{registry.address}/plant/killed:5")
    way = BadWay(registry.port, stall_after=14 << 20)
    out = tmp_path / "out/ducks/5"
    reference = f"127.0.0.1:{way.port}/plant/killed:5"
    process = subprocess.Popen([str(oree), "model", "pull", reference, str(out)], stdout=subprocess.DEVNULL)
    assert way.stalled.wait(60)
    process.kill()
    process.wait()
    way.go_on()
    before = way.carried
    words.good("pull", reference, out)
    assert files_of(out) == files_of(package)
    whole = sum(len(content) for content in files_of(package).values())
    assert way.carried - before < whole - (8 << 20), "it began anew"
    way.close()
    assert json.loads((out / "package.json").read_text())["version"] == "5"
