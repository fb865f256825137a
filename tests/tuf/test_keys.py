"""Keys, thresholds and their rotation; the public conformance suite's areas keys and rotation, written anew."""
import json

import pytest
from tuf.api.metadata import Metadata

from simulator import TOP


def test_snapshot_does_not_meet_threshold(world, client):
    world.root.roles["snapshot"].threshold = 3
    for _ in range(2):
        world.add_key("snapshot")
    world.publish("root", *TOP)
    assert client.refresh() == 0
    world.signers["snapshot"].popitem()
    world.publish(*TOP)
    assert client.refresh() == 1
    assert client.trusted()["snapshot"] == 2


def test_snapshot_has_too_few_keys(world, client):
    for _ in range(4):
        world.add_key("snapshot")
    world.root.roles["snapshot"].threshold = 6
    world.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.trusted()["root"] == 2
    assert "snapshot" not in client.trusted()


def test_duplicate_keys(world, client):
    """One signature nine times is one signature."""
    signer = world.add_key("snapshot")
    world.root.roles["snapshot"].threshold = 6
    world.publish("root", "snapshot", "timestamp")
    snapshot = json.loads(world.newest_bytes("snapshot"))
    one = next(sig for sig in snapshot["signatures"] if sig["keyid"] == signer.public_key.keyid)
    snapshot["signatures"] += [one] * 8
    world.put("snapshot", 2, json.dumps(snapshot).encode())
    assert client.refresh() == 1
    assert "snapshot" not in client.trusted()


def test_duplicate_keys_under_other_ids(world, client):
    """One key under two ids is one key."""
    signer = next(iter(world.signers["snapshot"].values()))
    keyid = signer.public_key.keyid
    world.root.roles["snapshot"].threshold = 2
    world.publish("root")
    root = Metadata.from_bytes(world.newest_bytes("root"))
    copy = Metadata.from_bytes(world.newest_bytes("root")).signed.keys[keyid]
    copy.keyid = "ab" * 32
    root.signed.keys[copy.keyid] = copy
    root.signed.roles["snapshot"].keyids.append(copy.keyid)
    root.signatures.clear()
    for one in world.signers["root"].values():
        root.sign(one, append=True)
    world.put("root", 2, root.to_bytes())
    world.publish("snapshot", "timestamp")
    snapshot = json.loads(world.newest_bytes("snapshot"))
    snapshot["signatures"].append({"keyid": copy.keyid, "sig": snapshot["signatures"][0]["sig"]})
    world.put("snapshot", 2, json.dumps(snapshot).encode())
    assert client.refresh() == 1
    assert "snapshot" not in client.trusted()


def test_duplicate_sig_keyids(world, client):
    snapshot = json.loads(world.newest_bytes("snapshot"))
    snapshot["signatures"].append(snapshot["signatures"][0])
    world.put("snapshot", 1, json.dumps(snapshot).encode())
    assert client.refresh() == 1
    assert "snapshot" not in client.trusted()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_keytype_and_scheme(world, client, kind):
    signer = world.new_signer(kind)
    world.add_key("root", signer=signer)
    world.root.roles["root"].threshold += 1
    world.publish("root")
    assert client.refresh() == 0
    assert client.trusted()["root"] == 2
    world.publish("root")
    root = Metadata.from_bytes(world.newest_bytes("root"))
    # Of the right form, over other bytes.
    root.signatures[signer.public_key.keyid].signature = signer.sign(b"something else").signature
    world.put("root", 3, root.to_bytes())
    assert client.refresh() == 1
    assert client.trusted()["root"] == 2


@pytest.mark.parametrize("sig", ["of another version", ""], ids=["plausible", "empty"])
def test_invalid_sig_in_valid_metadata(world, client, sig):
    """What one key spoils, the threshold of others makes good."""
    old = next(iter(world.signers["timestamp"]))
    first = Metadata.from_bytes(world.newest_bytes("timestamp")).signatures[old]
    world.add_key("timestamp")
    world.publish("root", "timestamp")
    timestamp = Metadata.from_bytes(world.newest_bytes("timestamp"))
    timestamp.signatures[old].signature = first.signature if sig else ""
    world.put("timestamp", 2, timestamp.to_bytes())
    assert client.refresh() == 0
    assert client.trusted()["timestamp"] == 2


# For each root version: keys, threshold, who signs. The last entry says whether the last version is accepted.
ROOTS = {
    "1-of-1-key-rotation": ([([1], 1, [1]), ([2], 1, [2, 1]), ([2], 1, [2])], True),
    "1-of-1-key-rotation-unused-signatures": (
        [([1], 1, [3, 1, 4]), ([2], 1, [3, 2, 1, 4]), ([2], 1, [3, 2, 4])], True),
    "3-of-5-sign-with-different-keycombos": (
        [([0, 1, 2, 3, 4], 3, s) for s in ([0, 2, 4], [0, 4, 1], [0, 1, 3], [0, 1, 3])], True),
    "3-of-5-one-key-rotated": ([([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 1])], True),
    "3-of-5-one-key-rotated-with-intermediate-step": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4, 5]), ([0, 1, 3, 4, 5], 3, [0, 4, 5])], True),
    "3-of-5-all-keys-rotated-with-intermediate-step": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]), ([5, 6, 7, 8, 9], 3, [5, 6, 7])],
        True),
    "1-of-3-threshold-increase-to-2-of-3": ([([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [1, 2])], True),
    "2-of-3-threshold-decrease-to-1-of-3": (
        [([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1, 2]), ([1, 2, 3], 1, [1])], True),
    "1-of-2-threshold-increase-to-2-of-2": ([([1], 1, [1]), ([1, 2], 2, [1, 2])], True),
    "1-of-1-key-rotation-fail-not-signed-with-old-key": ([([1], 1, [1]), ([2], 1, [2, 3, 4])], False),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": ([([1], 1, [1]), ([2], 1, [1, 3, 4])], False),
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4])], False),
    "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 5])], False),
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached": (
        [([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [2])], False),
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-reached": (
        [([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1])], False),
}


@pytest.mark.parametrize("versions, accepted", ROOTS.values(), ids=ROOTS.keys())
def test_root_rotation(world, new_client, keyring, versions, accepted):
    signers = [keyring.key("ed25519", n) for n in range(10)]
    world.files["root"].clear()
    for number, (keys, threshold, sigs) in enumerate(versions, start=1):
        world.root.roles["root"].keyids.clear()
        world.signers["root"].clear()
        world.root.roles["root"].threshold = threshold
        for key in keys:
            world.root.add_key(signers[key].public_key, "root")
        for key in sigs:
            world.add_signer("root", signers[key])
        world.root.version = number
        world.publish("root", bump=False)
    assert new_client.init(world.files["root"][1]) == 0
    assert new_client.refresh() == (0 if accepted else 1)
    assert new_client.stored("root") == world.files["root"][len(versions) - (0 if accepted else 1)]


OTHERS = {
    "1-of-1-key-rotation": ([2], 1, [2], True),
    "1-of-1-key-rotation-unused-signatures": ([1], 1, [3, 1, 4], True),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": ([2], 1, [1, 3, 4], False),
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys": ([0, 1, 3, 4, 5], 3, [0, 2, 4], False),
    "2-of-5-one-key-signature-missing-threshold-not-reached": ([0, 1, 3, 4, 5], 3, [0, 4], False),
    "3-of-5-sign-first-combo": ([0, 1, 2, 3, 4], 3, [0, 2, 4], True),
    "3-of-5-sign-second-combo": ([0, 1, 2, 3, 4], 3, [0, 4, 1], True),
    "3-of-5-sign-third-combo": ([0, 1, 2, 3, 4], 3, [0, 1, 3], True),
    "3-of-5-sign-fourth-combo": ([0, 1, 2, 3, 4], 3, [1, 2, 3], True),
    "3-of-5-sign-fifth-combo": ([0, 1, 2, 3, 4], 3, [2, 3, 4], True),
}


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("keys, threshold, sigs, accepted", OTHERS.values(), ids=OTHERS.keys())
def test_non_root_rotations(world, client, keyring, role, keys, threshold, sigs, accepted):
    signers = [keyring.key("ed25519", n) for n in range(10)]
    world.root.roles[role].keyids.clear()
    world.signers[role].clear()
    world.root.roles[role].threshold = threshold
    for key in keys:
        world.root.add_key(signers[key].public_key, role)
    for key in sigs:
        world.add_signer(role, signers[key])
    world.publish("root", *TOP)
    assert client.refresh() == (0 if accepted else 1)
    assert client.stored(role) == (world.newest_bytes(role) if accepted else None)
