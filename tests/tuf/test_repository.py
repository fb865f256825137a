"""`oree tuf repo` makes repositories that python-tuf's client trusts, and keeps online and offline keys apart."""
import functools
import http.server
import json
import stat
import subprocess
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater


@pytest.fixture
def served(tmp_path):
    """A folder, and its address."""
    folder = tmp_path / "repo"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def repo(oree, served, tmp_path):
    """repo("add", "file") runs `oree tuf repo add FOLDER file`; code=… is how it must end."""
    secret = tmp_path / "secret.txt"
    secret.write_text("correct horse\n")

    def run(verb, *words, code=0):
        done = subprocess.run(
            [oree, "tuf", "repo", verb, str(served[0]), *map(str, words), "--passphrase-file", str(secret)],
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, f"{verb} {words}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    run("new", "--offline-keys", tmp_path / "offline")
    return run


@pytest.fixture
def reader(served, tmp_path):
    """reader(path) is what python-tuf downloads under that path; it trusts the first root."""
    metadata, targets = tmp_path / "python-metadata", tmp_path / "python-targets"
    metadata.mkdir()
    targets.mkdir()

    def read(path):
        first = (served[0] / "metadata/1.root.json").read_bytes() if not (metadata / "root.json").exists() else None
        updater = Updater(str(metadata), f"{served[1]}/metadata", str(targets), f"{served[1]}/targets", bootstrap=first)
        found = updater.get_targetinfo(path)
        if found is None:
            return None
        with open(updater.download_target(found), "rb") as file:
            return file.read()

    return read


def make_key(file):
    """By somebody else's program, without a passphrase."""
    file.parent.mkdir(exist_ok=True)
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def release(repo, tmp_path, name, content, *words):
    file = tmp_path / name
    file.write_bytes(content)
    repo("add", file, *words)
    repo("sign", "targets", "--key", tmp_path / "offline/targets.pem")
    repo("fresh")


def test_python_tuf_downloads_what_was_released(repo, reader, tmp_path):
    assert reader("ducks.oci") is None
    release(repo, tmp_path, "ducks.oci", b"quack", "--path", "models/ducks.oci", "--custom", '{"release_counter": 3}')
    assert reader("models/ducks.oci") == b"quack"
    release(repo, tmp_path, "ducks.oci", b"quack quack", "--path", "models/ducks.oci")
    assert reader("models/ducks.oci") == b"quack quack"
    repo("remove", "models/ducks.oci")
    repo("sign", "targets", "--key", tmp_path / "offline/targets.pem")
    repo("fresh")
    assert reader("models/ducks.oci") is None


def test_every_key_can_be_rotated(repo, reader, tmp_path):
    release(repo, tmp_path, "a", b"1")
    assert reader("a") == b"1"
    for role in ("targets", "root"):
        new = tmp_path / f"offline/{role}-2.pem"
        repo("rotate", role, "--key", new)
        repo("sign", role, "--key", new)
        repo("sign", "root", "--key", tmp_path / "offline/root.pem")
    root = tmp_path / "offline/root-2.pem"
    for role in ("snapshot", "timestamp"):
        key = tmp_path / f"online-2/{role}.pem"
        make_key(key)
        repo("rotate", role, "--key", key)
        repo("sign", "root", "--key", root)
    repo("fresh", code=5)  # the hub's old keys have no say any more
    repo("fresh", "--online-keys", tmp_path / "online-2")
    assert reader("a") == b"1"
    file = tmp_path / "b"
    file.write_bytes(b"2")
    repo("add", file)
    repo("sign", "targets", "--key", tmp_path / "offline/targets.pem", code=5)
    repo("sign", "targets", "--key", tmp_path / "offline/targets-2.pem")
    repo("fresh", "--online-keys", tmp_path / "online-2")
    assert reader("b") == b"2"


def test_a_threshold_of_two_waits_for_both(repo, reader, tmp_path):
    keys = [tmp_path / "offline/anna.pem", tmp_path / "offline/bert.pem"]
    repo("rotate", "targets", "--key", keys[0], "--key", keys[1], "--threshold", 2)
    repo("sign", "root", "--key", tmp_path / "offline/root.pem")
    assert "more signatures are needed" in repo("sign", "targets", "--key", keys[0])
    assert "is published" in repo("sign", "targets", "--key", keys[1])
    repo("fresh")
    assert reader("nothing") is None


def test_the_hubs_keys_sign_no_release(repo, served, tmp_path):
    file = tmp_path / "evil"
    file.write_bytes(b"evil")
    repo("add", file)
    for key in ("snapshot", "timestamp"):
        repo("sign", "targets", "--key", served[0] / f"online/{key}.pem", code=5)


def test_keys_of_people_are_encrypted_and_private(repo, served, tmp_path):
    for name in ("root", "targets"):
        key = tmp_path / f"offline/{name}.pem"
        assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        load_pem_private_key(key.read_bytes(), b"correct horse")  # other programs open it as well
    assert stat.S_IMODE((served[0] / "online/timestamp.pem").stat().st_mode) == 0o600
    repo("renew", "targets")
    (tmp_path / "secret.txt").write_text("battery staple\n")
    assert "passphrase" in repo("sign", "targets", "--key", tmp_path / "offline/targets.pem", code=5)


def test_a_delegated_team_speaks_of_its_paths(repo, reader, tmp_path):
    team = tmp_path / "offline/team.pem"
    make_key(team)
    repo("delegate", "team-ducks", "--key", team, "--pattern", "ducks/*")
    for path in ("ducks/1", "geese/1"):
        file = tmp_path / path.replace("/", "-")
        file.write_bytes(path.encode())
        repo("add", file, "--role", "team-ducks", "--path", path)
    repo("sign", "targets", "--key", tmp_path / "offline/targets.pem")
    repo("sign", "team-ducks", "--key", team)
    repo("fresh")
    assert reader("ducks/1") == b"ducks/1"
    assert reader("geese/1") is None


def test_expiry_defaults(repo, served):
    from datetime import datetime, timedelta, timezone

    days = {"1.root": 365, "1.targets": 365, "1.snapshot": 7, "timestamp": 1}
    for name, wanted in days.items():
        expires = Metadata.from_file(str(served[0] / f"metadata/{name}.json")).signed.expires
        left = expires - datetime.now(timezone.utc)
        assert timedelta(days=wanted, minutes=-10) < left <= timedelta(days=wanted)


def test_show_says_what_waits(repo, oree, served):
    repo("renew", "targets")
    roles = {row["role"]: row for row in json.loads(repo("show", "--json"))["roles"]}
    assert roles["targets"]["version"] == 1 and roles["targets"]["staged"]
    assert roles["root"] == {"role": "root", "version": 1, "expires": roles["root"]["expires"], "staged": False}


def test_tampering_on_the_server_is_noticed(repo, served, reader, tmp_path):
    release(repo, tmp_path, "a", b"1")
    snapshot = served[0] / "metadata/2.snapshot.json"
    snapshot.write_bytes(snapshot.read_bytes().replace(b'"version": 2', b'"version": 3'))
    with pytest.raises(RepositoryError):
        reader("a")


def test_words_that_do_not_fit(repo, oree):
    assert "did you mean 'rotate'" in repo("rotat", "root", code=2)
    done = subprocess.run([oree, "tuf", "refersh"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "did you mean 'refresh'" in done.stderr
