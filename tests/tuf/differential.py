"""Random repositories, honest and tampered with, and what two clients make of each: python-tuf's and ours.

Every repository is a story of a few steps; after each step both clients refresh and look for some targets. They must end
alike: accepted or refused, the same trusted files byte for byte, the same downloads.
"""
import json
import random
import shutil
from pathlib import Path
from urllib.parse import unquote

from tuf.api.metadata import Metadata
from tuf.ngclient import Updater

from simulator import Client, Simulator, TOP, in_days

KINDS = ["ed25519"] * 6 + ["ecdsa"] * 5 + ["rsa"]


class Reference:
    """python-tuf's client, used as the program under test is."""

    def __init__(self, folder, base, root):
        self.metadata_dir = folder / "metadata"
        self.target_dir = folder / "targets"
        self.metadata_dir.mkdir(parents=True)
        self.target_dir.mkdir()
        self.base = base
        self.bootstrap = root

    def updater(self):
        one = Updater(str(self.metadata_dir), f"{self.base}/metadata", str(self.target_dir), f"{self.base}/targets",
                      bootstrap=self.bootstrap)
        self.bootstrap = None
        return one

    def refresh(self):
        try:
            self.updater().refresh()
        except Exception as error:  # whatever it says no with
            return 1, repr(error)
        return 0, ""

    def download(self, path):
        try:
            updater = self.updater()
            found = updater.get_targetinfo(path)
            if found is None:
                return 1, "no such target"
            if updater.find_cached_target(found) is None:
                updater.download_target(found)
        except Exception as error:
            return 1, repr(error)
        return 0, ""

    def stored(self):
        return {unquote(f.name[:-5]): f.read_bytes() for f in self.metadata_dir.glob("*.json")}


def ours_stored(client):
    return {unquote(f.name[:-5]): f.read_bytes() for f in client.metadata_dir.glob("*.json")}


class Story:
    def __init__(self, seed, keyring):
        self.rng = random.Random(seed)
        self.world = Simulator(keyring, consistent=self.rng.random() < 0.8)
        self.world.new_signer = self.pick_key
        self.world.hashes = self.rng.random() < 0.5
        self.paths = ["a", "b/c", "b/d.bin", "models/ducks/1", "models/ducks/2", "x y"]
        self.delegated = []
        for role in ("root", *TOP):
            self.reshape(role)
        for _ in range(self.rng.randrange(4)):
            self.grow()
        for _ in range(self.rng.randint(1, 4)):
            self.add_target()
        self.world.publish("root", *self.delegated, *TOP)

    def pick_key(self, kind=None):
        kind = kind or self.rng.choice(KINDS)
        return self.world.keyring.key(kind, self.rng.randrange(40 if kind != "rsa" else 6))

    def reshape(self, role):
        """New keys and a new threshold; root is signed by old and new."""
        world, rng = self.world, self.rng
        old = dict(world.signers[role])
        world.root.roles[role].keyids.clear()
        world.signers[role].clear()
        for _ in range(rng.randint(1, 3)):
            world.add_key(role)
        world.root.roles[role].threshold = rng.randint(1, len(world.root.roles[role].keyids))
        if role == "root":
            world.signers[role].update(old)

    def grow(self):
        world, rng = self.world, self.rng
        above = rng.choice(["targets", *self.delegated])
        name = rng.choice(["A", "B", "C", "D", "team/ducks"])
        if name == above:
            return
        known = world.signers.get(name)
        signer = next(iter(known.values())) if known and rng.random() < 0.8 else None
        if rng.random() < 0.3:
            world.delegate(above, name, prefixes=[rng.choice("0123456789abcdef") for _ in range(8)],
                           terminating=rng.random() < 0.2, signer=signer)
        else:
            paths = rng.sample(["*", "b/*", "models/*/*", "models/*", "a", "?", "[a-x]", "x*", "b/*.bin"], 2)
            world.delegate(above, name, paths, terminating=rng.random() < 0.2, signer=signer)
        if name not in self.delegated:
            self.delegated.append(name)

    def add_target(self):
        rng = self.rng
        hashes = rng.choice([["sha256"], ["sha512"], ["sha256", "sha512"]])
        self.world.add_artifact(rng.choice(["targets", *self.delegated]), rng.choice(self.paths), rng.randbytes(20), hashes)

    def advance(self):
        """An honest step: something changes and is published."""
        world, rng = self.world, self.rng
        for _ in range(rng.randint(1, 3)):
            act = rng.randrange(6)
            if act == 0:
                self.reshape(rng.choice(["root", *TOP]))
                world.publish("root")
            elif act == 1:
                self.grow()
            elif act == 2:
                self.add_target()
            elif act == 3:
                world.publish("root")
            elif act == 4:
                world.roles[rng.choice(["root", *TOP])].signed.unrecognized_fields["x-note"] = {"b": [1, None], "a": "é\"\\"}
            else:
                world.hashes = not world.hashes
        world.publish(*[role for role in self.delegated if rng.random() < 0.5 or role not in world.files], *TOP)

    def wanted(self):
        """One path that somebody speaks of, when there is one, and one that perhaps nobody does."""
        known = sorted(self.world.artifacts)
        return [self.rng.choice(known or self.paths), self.rng.choice(self.paths)]

    # --- lies; each changes what is served

    def tamper(self):
        rng = self.rng
        name, lie = rng.choice(LIES)
        role = rng.choice(["root", "timestamp", "snapshot", "targets", *self.delegated])
        try:
            lie(self, role)
        except (KeyError, IndexError, AttributeError, StopIteration):
            return "none"  # nothing here that this lie could be told about
        return f"{name} {role}"

    def rewrite(self, role, edit, sign=True, name_it=True):
        """The newest file of a role with its body changed, signed again by those who may, and named by those above."""
        world = self.world
        envelope = json.loads(world.newest_bytes(role))
        edit(envelope)
        if sign:
            metadata = Metadata.from_dict(json.loads(json.dumps(envelope)))
            metadata.signatures.clear()
            for signer in world.signers[role].values():
                metadata.sign(signer, append=True)
            envelope["signatures"] = metadata.to_dict()["signatures"]
        self.replace(role, json.dumps(envelope).encode(), name_it)

    def replace(self, role, data, name_it=True):
        world = self.world
        world.files[role][world.newest[role]] = data
        if name_it and role not in ("root", "timestamp") and world.hashes:
            chain = ("snapshot", "timestamp") if role != "snapshot" else ("timestamp",)
            if role != "snapshot":
                world.snapshot.meta[f"{role}.json"] = world.metafile(role)
            else:
                world.timestamp.snapshot_meta = world.metafile(role)
            world.publish(*chain)


def lie_signature(story, role):
    def edit(envelope):
        sig = story.rng.choice(envelope["signatures"])
        sig["sig"] = story.rng.choice(["", "00" * 64, sig["sig"][:-2], sig["sig"][:-2] + "00", "zz"])
    story.rewrite(role, edit, sign=False)


def lie_drop_signature(story, role):
    story.rewrite(role, lambda e: e["signatures"].pop(), sign=False)


def lie_duplicate_signature(story, role):
    story.rewrite(role, lambda e: e["signatures"].append(e["signatures"][0]), sign=False)


def lie_stranger(story, role):
    stranger = story.world.keyring.key("ed25519", 60)
    metadata = Metadata.from_bytes(story.world.newest_bytes(role))
    metadata.signatures.clear()
    metadata.sign(stranger)
    story.replace(role, metadata.to_bytes())


def lie_version(story, role):
    step = story.rng.choice([-1, 1, 5])

    def edit(envelope):
        envelope["signed"]["version"] = max(1, envelope["signed"]["version"] + step)
    story.rewrite(role, edit)


def lie_odd_version(story, role):
    odd = story.rng.choice([0, -3])
    story.rewrite(role, lambda e: e["signed"].update(version=odd), sign=False)


def lie_expired(story, role):
    story.rewrite(role, lambda e: e["signed"].update(expires=in_days(-2).strftime("%Y-%m-%dT%H:%M:%SZ")))


def lie_type(story, role):
    story.rewrite(role, lambda e: e["signed"].update(_type="timestamp" if role != "timestamp" else "snapshot"), sign=False)


def lie_spec(story, role):
    story.rewrite(role, lambda e: e["signed"].update(spec_version=story.rng.choice(["2.0.0", "1.0", "1.99.3", "x", "1"])), sign=False)


def lie_bytes(story, role):
    data = bytearray(story.world.newest_bytes(role))
    place = story.rng.randrange(len(data))
    data[place] ^= 1 << story.rng.randrange(7)
    story.replace(role, bytes(data))


def lie_truncated(story, role):
    data = story.world.newest_bytes(role)
    story.replace(role, data[: story.rng.randrange(len(data))])


def lie_space(story, role):
    story.replace(role, story.world.newest_bytes(role) + b"\n ", name_it=story.rng.random() < 0.5)


def lie_missing(story, role):
    del story.world.files[role][story.world.newest[role]]


def lie_rollback(story, role):
    older = story.world.newest[role] - 1
    story.world.files[role][story.world.newest[role]] = story.world.files[role][older]


def lie_rollback_named(story, role):
    """An old version, honestly named by whoever holds the online keys."""
    world = story.world
    if role in ("root", "timestamp"):
        world.newest[role] = max(1, world.newest[role] - 1)
        return
    world.newest[role] -= 1
    world.files[role][world.newest[role]]  # KeyError: there is none
    if role == "snapshot":
        world.timestamp.snapshot_meta = world.metafile(role)
        world.publish("timestamp")
    else:
        world.snapshot.meta[f"{role}.json"] = world.metafile(role)
        world.publish("snapshot", "timestamp")


def lie_forget_role(story, role):
    del story.world.snapshot.meta[f"{role}.json"]
    story.world.publish("snapshot", "timestamp")


def lie_hash(story, role):
    world = story.world
    entry = world.timestamp.snapshot_meta if role == "snapshot" else world.snapshot.meta[f"{role}.json"]
    entry.hashes = {story.rng.choice(["sha256", "sha512", "nonsense"]): "ab" * 32}
    world.publish(*(("timestamp",) if role == "snapshot" else ("snapshot", "timestamp")))


def lie_length(story, role):
    world = story.world
    entry = world.timestamp.snapshot_meta if role == "snapshot" else world.snapshot.meta[f"{role}.json"]
    entry.length = len(world.newest_bytes(role)) + story.rng.choice([-1, 0, 1])
    world.publish(*(("timestamp",) if role == "snapshot" else ("snapshot", "timestamp")))


def lie_large(story, role):
    story.replace(role, story.world.newest_bytes(role) + b" " * story.rng.choice([20_000, 600_000]), name_it=False)


def lie_root_without_old_keys(story, role):
    world = story.world
    world.root.roles["root"].keyids.clear()
    world.signers["root"].clear()
    world.add_key("root", signer=world.keyring.key("ed25519", 61))
    world.root.roles["root"].threshold = 1
    world.publish("root")


def lie_threshold(story, role):
    story.world.root.roles[role].threshold += 2
    story.world.publish("root", *TOP)


def lie_artifact(story, role):
    path = story.rng.choice(sorted(story.world.artifacts))
    data = story.world.artifacts[path]
    story.world.artifacts[path] = story.rng.choice([data + b"!", data[:-1], b"", bytes(len(data))])


def lie_swap(story, role):
    other = story.rng.choice(["root", "timestamp", "snapshot", "targets"])
    story.world.files[role][story.world.newest[role]] = story.world.newest_bytes(other)


LIES = [(name[4:], function) for name, function in sorted(globals().items()) if name.startswith("lie_")]


def explained(python, ours):
    """What differs between the trusted files although both were right; '' when something is left."""
    for role in set(python) | set(ours):
        if python.get(role) == ours.get(role):
            continue
        # §5.3.11: what no longer verifies under the root that both trust is deleted here, and only ignored there.
        if role in ("timestamp", "snapshot") and role not in ours:
            root = Metadata.from_bytes(python["root"]).signed
            stale = Metadata.from_bytes(python[role])
            if not root.get_verification_result(role, stale.signed_bytes, stale.signatures):
                continue
        return f"{role} differs"
    return ""


def play(seed, keyring, server, folder, entry):
    """One repository from beginning to end. The differences found, and how often each outcome came."""
    folder = Path(folder)
    story = Story(seed, keyring)
    server.worlds[f"story-{seed}"] = story.world
    base = server.address(f"story-{seed}")
    root = story.world.files["root"][1]
    ours = Client(folder / "ours", base, entry)
    python = Reference(folder / "python", base, root)
    differences, outcomes = [], []
    assert ours.init(root) == 0
    for step in range(story.rng.randint(2, 4)):
        lie = "honest"
        if step > 0:
            story.advance()
        if story.rng.random() < 0.45:
            lie = story.tamper()
        acts = [(None, "refresh")] + [(path, "download") for path in story.wanted()]
        for path, act in acts:
            mine = ours.refresh() if path is None else ours.download(path)
            theirs, reason = python.refresh() if path is None else python.download(path)
            outcomes.append((act, mine, theirs))
            what = ""
            if mine != theirs:
                what = f"ours ended with {mine} ({ours.last_words.strip()}), python-tuf with {theirs} ({reason})"
            else:
                what = explained(python.stored(), ours_stored(ours))
            if what:
                differences.append(f"seed {seed}, step {step}, {lie}, {act} {path or ''}: {what}")
                break
        if differences:
            break
        mine = {unquote(f.name): f.read_bytes() for f in ours.target_dir.iterdir()}
        theirs = {unquote(f.name): f.read_bytes() for f in python.target_dir.iterdir()}
        if mine != theirs:
            differences.append(f"seed {seed}, step {step}, {lie}: other downloads")
            break
    del server.worlds[f"story-{seed}"]
    shutil.rmtree(folder)
    return differences, outcomes
