"""A TUF repository that a test bends as it likes, written with python-tuf, and the client under test beside it.

`Simulator` holds what would be published next (`roles`, python-tuf's objects) and what is published (`files`, bytes by
role and version). `publish()` signs and moves the one to the other; a test that wants to lie changes `files`.
"""
import datetime
import http.server
import os
import subprocess
import threading
from copy import deepcopy
from pathlib import Path
from urllib.parse import quote, unquote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

ENTRY = Path(__file__).parent / "oree-tuf"
TOP = ("targets", "snapshot", "timestamp")
MAKERS = {
    "ecdsa": CryptoSigner.generate_ecdsa,
    "ed25519": CryptoSigner.generate_ed25519,
    "rsa": CryptoSigner.generate_rsa,
}


def in_days(days):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)


class Keyring:
    """Keys made once for the whole run; each repository takes copies, so that it may bend them."""

    def __init__(self):
        self.made = {kind: [] for kind in MAKERS}

    def key(self, kind, number):
        while len(self.made[kind]) <= number:
            self.made[kind].append(MAKERS[kind]())
        one = self.made[kind][number]
        return CryptoSigner(one._private_key, deepcopy(one.public_key))


class Simulator:
    def __init__(self, keyring, consistent=True):
        self.keyring = keyring
        self.taken = dict.fromkeys(MAKERS, 0)
        self.signers = {}  # role -> {keyid: signer}
        self.files = {}  # role -> {version: bytes}
        self.newest = {}  # role -> version
        self.artifacts = {}  # path -> bytes
        self.hashes = False  # in snapshot and timestamp
        self.asked = []  # (role, version or None), as clients asked
        self.asked_targets = []  # paths below targets/
        self.refusals = {}  # file name -> status
        self.moved = {}  # path below the repository -> where it is now
        self.roles = {
            "root": Metadata(Root(expires=in_days(30), consistent_snapshot=consistent)),
            "targets": Metadata(Targets(expires=in_days(30))),
            "snapshot": Metadata(Snapshot(expires=in_days(30))),
            "timestamp": Metadata(Timestamp(expires=in_days(30))),
        }
        for role in ("root", *TOP):
            self.add_key(role)
        self.publish("root", *TOP)

    root = property(lambda self: self.roles["root"].signed)
    targets = property(lambda self: self.roles["targets"].signed)
    snapshot = property(lambda self: self.roles["snapshot"].signed)
    timestamp = property(lambda self: self.roles["timestamp"].signed)

    def new_signer(self, kind="ecdsa"):
        self.taken[kind] += 1
        return self.keyring.key(kind, self.taken[kind] - 1)

    def add_signer(self, role, signer):
        self.signers.setdefault(role, {})[signer.public_key.keyid] = signer

    def add_key(self, role, delegator="root", signer=None):
        signer = signer or self.new_signer()
        self.roles[delegator].signed.add_key(signer.public_key, role)
        self.add_signer(role, signer)
        return signer

    def rotate(self, role):
        self.root.roles[role].keyids.clear()
        self.signers[role].clear()
        for _ in range(self.root.roles[role].threshold):
            self.add_key(role)

    def publish(self, *roles, bump=True):
        """Signs the roles in the order given; a snapshot and a timestamp name what was published last."""
        for role in roles:
            metadata = self.roles[role]
            if bump and role in self.files:
                metadata.signed.version += 1
            metadata.signatures.clear()
            for signer in self.signers.get(role, {}).values():
                metadata.sign(signer, append=True)
            self.put(role, metadata.signed.version, metadata.to_bytes(JSONSerializer()))
            if role not in ("root", "snapshot", "timestamp"):
                self.snapshot.meta[f"{role}.json"] = self.metafile(role)
            elif role == "snapshot":
                self.timestamp.snapshot_meta = self.metafile(role)

    def metafile(self, role):
        version, data = self.newest[role], self.newest_bytes(role)
        return MetaFile.from_data(version, data, ["sha256"]) if self.hashes else MetaFile(version)

    def put(self, role, version, data):
        self.files.setdefault(role, {})[version] = data
        self.newest[role] = version

    def newest_bytes(self, role):
        return self.files[role][self.newest[role]]

    def add_artifact(self, role, path, data, algorithms=("sha256",)):
        self.roles[role].signed.targets[path] = TargetFile.from_data(path, data, list(algorithms))
        self.artifacts[path] = data

    def delegate(self, delegator, name, paths=("*",), prefixes=None, terminating=False, signer=None):
        above = self.roles[delegator].signed
        if above.delegations is None:
            above.delegations = Delegations({}, {})
        above.delegations.roles[name] = DelegatedRole(
            name, [], 1, terminating, None if prefixes is not None else list(paths), prefixes
        )
        self.roles.setdefault(name, Metadata(Targets(expires=in_days(30))))
        return self.add_key(name, delegator, signer)

    def fetch(self, path):
        """The answer to GET /<repository>/<path>: bytes, or None for 404."""
        folder, _, name = path.partition("/")
        if folder == "metadata" and name.endswith(".json"):
            stem = name[: -len(".json")]
            version, _, role = stem.partition(".")
            numbered = role and version.isdigit() and (role == "root" or self.root.consistent_snapshot)
            role, version = (role, int(version)) if numbered else (stem, None)
            self.asked.append((role, version))
            if name in self.refusals:
                return None
            known = self.files.get(unquote(role), {})
            return known.get(version if version is not None else self.newest.get(unquote(role)))
        if folder == "targets":
            self.asked_targets.append(name)
            parent, slash, last = name.rpartition("/")
            plain = unquote(name)
            if self.root.consistent_snapshot:
                plain = unquote(parent + slash + last.partition(".")[2])
            return self.artifacts.get(plain)
        return None


class Server:
    """Serves simulators by name on a free port of loopback."""

    def __init__(self):
        worlds = self.worlds = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name, _, path = self.path.lstrip("/").partition("/")
                if moved := worlds[name].moved.get(path):
                    self.send_response(302)
                    self.send_header("Location", moved if "://" in moved else f"/{name}/{moved}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = worlds[name].fetch(path)
                if data is None:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a client that has seen enough hangs up

        self.httpd = Quiet(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.thread = threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def address(self, name):
        return f"http://127.0.0.1:{self.httpd.server_address[1]}/{name}"

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()


class Client:
    """The program under test, by the words of the public conformance suite."""

    def __init__(self, folder, base, entry=ENTRY):
        self.metadata_dir = folder / "metadata"
        self.target_dir = folder / "targets"
        self.metadata_dir.mkdir(parents=True)
        self.target_dir.mkdir()
        self.base = base
        self.entry = str(entry)
        self.last_words = ""

    def run(self, *words, at=None):
        command = [self.entry, "--metadata-dir", str(self.metadata_dir), *words]
        if at is not None:
            command = ["faketime", at.strftime("%Y-%m-%d %H:%M:%S"), *command]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "TZ": "UTC"}
        )
        self.last_words = done.stderr
        assert done.returncode in (0, 1), f"{command} ended with {done.returncode}: {done.stderr}"
        return done.returncode

    def init(self, root):
        file = self.metadata_dir.parent / "trusted.json"
        file.write_bytes(root)
        return self.run("init", str(file))

    def refresh(self, at=None):
        return self.run("--metadata-url", f"{self.base}/metadata", "refresh", at=at)

    def download(self, *names, at=None):
        chosen = [word for name in names for word in ("--target-name", name)]
        return self.run(
            "--metadata-url", f"{self.base}/metadata", *chosen,
            "--target-base-url", f"{self.base}/targets", "--target-dir", str(self.target_dir), "download", at=at,
        )

    def trusted(self):
        """Role -> version of what it trusts."""
        found = {}
        for file in self.metadata_dir.glob("*.json"):
            found[unquote(file.name[: -len(".json")])] = Metadata.from_bytes(file.read_bytes()).signed.version
        return found

    def stored(self, role):
        file = self.metadata_dir / f"{quote(role, '')}.json"
        return file.read_bytes() if file.exists() else None

    def downloaded(self):
        return sorted(file.read_bytes() for file in self.target_dir.iterdir())
