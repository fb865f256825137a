"""The client workflow, seen from outside: what is asked for, what is trusted afterwards.

The cases are those of the public conformance suite for TUF clients (areas basic, expiry, rollback), written anew; a
case's name is the suite's.
"""
import json
from urllib.parse import quote

import pytest
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata, MetaFile

from simulator import in_days, TOP

ALL = ("root", *TOP)


# --- basic

def test_basic_refresh_requests(world, client):
    assert client.refresh() == 0
    assert world.asked == [("root", 2), ("timestamp", None), ("snapshot", 1), ("targets", 1)]


def test_basic_refresh_trusted_data(world, client):
    assert client.refresh() == 0
    for role in ALL:
        assert client.stored(role) == world.newest_bytes(role)


def test_refresh_not_consistent_snapshot(world, client):
    world.publish(*TOP)
    assert client.refresh() == 0
    assert world.asked == [("root", 2), ("timestamp", None), ("snapshot", None), ("targets", None)]
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2}


def test_implicit_refresh(world, client):
    assert client.download("nonexistent artifact") == 1
    assert world.asked == [("root", 2), ("timestamp", None), ("snapshot", 1), ("targets", 1)]
    assert client.trusted() == dict.fromkeys(ALL, 1)


def test_invalid_initial_root(world, new_client):
    root = json.loads(world.files["root"][1])
    del root["signed"]["version"]
    new_client.init(json.dumps(root).encode())
    assert new_client.refresh() == 1
    assert world.asked == []


def test_unsigned_initial_root(world, new_client):
    root = json.loads(world.files["root"][1])
    root["signatures"][0]["sig"] = "3045022100" + "ee" * 32 + "02206d" + "77" * 31
    new_client.init(json.dumps(root).encode())
    assert new_client.refresh() == 1
    assert world.asked == []


@pytest.mark.parametrize("role, trusted", [
    ("root", {"root": 1}),
    ("timestamp", {"root": 2}),
    ("snapshot", {"root": 2, "timestamp": 2}),
    ("targets", {"root": 2, "timestamp": 2, "snapshot": 2}),
])
def test_unsigned_metadata(world, client, role, trusted):
    world.signers[role].popitem()
    world.publish("root", *TOP)
    assert client.refresh() == 1
    assert client.trusted() == trusted


@pytest.mark.parametrize("role, trusted", [
    ("root", {"root": 1}),
    ("snapshot", {"root": 2, "timestamp": 2}),
    ("targets", {"root": 2, "timestamp": 2, "snapshot": 2}),
])
def test_url_and_metadata_version_mismatch(world, client, role, trusted):
    for one in ("root", *TOP):
        if one == role:
            world.roles[one].signed.version += 1
        world.publish(one)
        if one == role:  # version 3 of the file under the name of version 2
            world.put(one, 2, world.files[one].pop(3))
            if one != "root":
                above = world.snapshot.meta["targets.json"] if one == "targets" else world.timestamp.snapshot_meta
                above.version = 2
    assert client.refresh() == 1
    assert client.trusted() == trusted


def test_timestamp_content_changes(world, client):
    assert client.refresh() == 0
    world.timestamp.snapshot_meta.version = 100
    world.publish("timestamp", bump=False)
    assert client.refresh() == 0
    assert world.asked[-1] == ("timestamp", None)
    assert Metadata.from_bytes(client.stored("timestamp")).signed.snapshot_meta.version == 1


def test_new_targets_version_mismatch(world, client):
    assert client.refresh() == 0
    world.publish("targets")  # no snapshot names it
    assert client.refresh() == 0
    assert client.trusted()["targets"] == 1
    assert world.asked[-1] == ("timestamp", None)


def test_basic_metadata_hash_support(world, client):
    world.hashes = True
    world.publish(*TOP)
    assert client.refresh() == 0
    world.publish("targets")
    world.snapshot.meta["targets.json"].hashes["sha256"] = "46" * 32
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, "timestamp": 3, "snapshot": 3, "targets": 2}


def test_new_snapshot_hash_mismatch(world, client):
    world.hashes = True
    world.publish(*TOP)
    assert client.refresh() == 0
    world.publish("snapshot")
    world.timestamp.snapshot_meta.hashes["sha256"] = "46" * 32
    world.publish("timestamp")
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, "timestamp": 3, "snapshot": 2, "targets": 2}


def test_metadata_bytes_match(world, client):
    world.put("timestamp", 1, world.newest_bytes("timestamp") + b" ")
    assert client.refresh() == 0
    assert client.stored("timestamp") == world.newest_bytes("timestamp")


def rename(key):
    """Its key id follows from its content."""
    from hashlib import sha256

    key.keyid = sha256(encode_canonical(key.to_dict()).encode()).hexdigest()


def test_custom_fields(world, client):
    assert client.refresh() == 0
    signer = world.new_signer()
    signer.public_key.unrecognized_fields["extra-field"] = {"a": 1, "b": 2}
    rename(signer.public_key)
    world.root.unrecognized_fields["custom-field"] = "value"
    world.add_key("root", signer=signer)
    world.root.roles["root"].unrecognized_fields["another-field"] = "value"
    world.publish("root")
    assert client.refresh() == 0
    assert client.trusted()["root"] == 2


def test_deprecated_keyid_hash_algorithms(world, client):
    old = world.root.roles["snapshot"].keyids[0]
    world.root.revoke_key(old, "snapshot")
    del world.signers["snapshot"][old]
    signer = world.new_signer()
    signer.public_key.unrecognized_fields = {"keyid_hash_algorithms": "md5"}
    rename(signer.public_key)
    world.add_key("snapshot", signer=signer)
    world.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.trusted() == {"root": 2, "timestamp": 2, "snapshot": 2, "targets": 1}


def test_snapshot_404(world, client):
    assert client.refresh() == 0
    world.timestamp.snapshot_meta.version += 1
    world.publish("timestamp")
    assert client.refresh() == 1
    assert world.asked[-1] == ("snapshot", 2)
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 1, "targets": 1}


def test_targets_404(world, client):
    assert client.refresh() == 0
    world.snapshot.meta["targets.json"].version += 1
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert world.asked[-1] == ("targets", 2)
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 1}


def test_timestamp_404(world, client):
    assert client.refresh() == 0
    del world.files["timestamp"]
    assert client.refresh() == 1
    assert world.asked[-1] == ("timestamp", None)


def test_incorrect_metadata_type(world, client):
    """A snapshot that is signed by the timestamp's key and has the timestamp's form is no timestamp."""
    signer = next(iter(world.signers["timestamp"].values()))
    world.add_key("snapshot", signer=signer)
    world.snapshot.meta = {"snapshot.json": MetaFile(1)}
    world.publish("root", "snapshot")
    world.put("timestamp", 2, world.newest_bytes("snapshot"))
    assert client.refresh() == 1
    assert client.trusted() == {"root": 2}


def test_bad_intermediate_root(world, client):
    """One bad root strands nobody: what came before it stays, and the next attempt goes on from there."""
    world.publish("root")
    world.publish("root")
    good = world.files["root"][3]
    world.files["root"][3] = good.replace(b'"sig": "', b'"sig": "00')
    assert client.refresh() == 1
    assert client.trusted() == {"root": 2}
    world.files["root"][3] = good
    assert client.refresh() == 0
    assert client.trusted()["root"] == 3


@pytest.mark.parametrize("role", ALL)
@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 100], ids=["empty", "torn", "nulls"])
def test_corrupt_local_file(world, client, role, damage):
    world.publish("root")
    assert client.refresh() == 0
    (client.metadata_dir / f"{role}.json").write_bytes(damage)
    assert client.refresh() == 0
    assert client.stored(role) == world.newest_bytes(role)


# --- expiry

def test_root_expired(world, client):
    assert client.refresh() == 0
    world.root.expires = in_days(-1)
    world.publish("root")
    world.publish("timestamp")
    assert client.refresh() == 1
    assert client.trusted() == {"root": 2, "timestamp": 1, "snapshot": 1, "targets": 1}


def test_expired_intermediate_root(world, client):
    world.root.expires = in_days(-1)
    world.publish("root")
    world.root.expires = in_days(30)
    world.publish("root")
    assert client.refresh() == 0
    assert client.trusted()["root"] == 3


@pytest.mark.parametrize("role, trusted", [
    ("timestamp", {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}),
    ("snapshot", {"root": 1, "timestamp": 2, "snapshot": 1, "targets": 1}),
    ("targets", {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 1}),
])
def test_expired_metadata_is_refused(world, client, role, trusted):
    assert client.refresh() == 0
    world.roles[role].signed.expires = in_days(-5)
    world.publish(*TOP)
    assert client.refresh() == 1
    assert client.trusted() == trusted


def test_faketime(world, client, faketime):
    assert client.refresh(at=in_days(29)) == 0
    assert client.refresh(at=in_days(31)) == 1
    assert client.refresh() == 0


@pytest.mark.parametrize("expiring", ["timestamp", "snapshot", "targets"])
def test_expired_local_metadata_updates(world, client, faketime, expiring):
    """What has expired here still says what must not be rolled back, and is replaced."""
    world.roles[expiring].signed.expires = in_days(7)
    world.publish(*TOP)
    assert client.refresh() == 0
    world.roles[expiring].signed.expires = in_days(25)
    world.publish(*TOP)
    assert client.refresh(at=in_days(18)) == 0
    assert client.trusted() == {"root": 1, "timestamp": 3, "snapshot": 3, "targets": 3}


def test_expired_local_timestamp_still_guards(world, client, faketime):
    world.timestamp.expires = in_days(7)
    world.publish("timestamp")
    world.publish("timestamp")
    assert client.refresh() == 0
    world.newest["timestamp"] = 1
    assert client.refresh(at=in_days(18)) == 1
    assert client.trusted()["timestamp"] == 3


def test_delegated_targets_expired(world, client):
    world.delegate("targets", "delegated", ["path/*"])
    world.roles["delegated"].signed.expires = in_days(-1)
    world.add_artifact("delegated", "path/target", b"delegated")
    world.publish("delegated", *TOP)
    assert client.refresh() == 0
    assert client.download("path/target") == 1
    assert client.downloaded() == []
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2}


def test_expired_local_delegated_targets(world, client, faketime):
    world.delegate("targets", "delegated", ["path/*"])
    world.roles["delegated"].signed.expires = in_days(7)
    world.add_artifact("delegated", "path/first", b"first")
    world.add_artifact("delegated", "path/second", b"second")
    world.publish("delegated", *TOP)
    assert client.download("path/first") == 0
    assert client.download("path/second", at=in_days(18)) == 1
    assert client.downloaded() == [b"first"]
    world.roles["delegated"].signed.expires = in_days(21)
    world.publish("delegated", "snapshot", "timestamp")
    assert client.download("path/second", at=in_days(18)) == 0
    assert client.downloaded() == [b"first", b"second"]


# --- rollback

def test_new_timestamp_version_rollback(world, client):
    world.publish("timestamp")
    assert client.refresh() == 0
    world.newest["timestamp"] = 1
    assert client.refresh() == 1
    assert client.trusted()["timestamp"] == 2
    assert world.asked[-1] == ("timestamp", None)


def test_simple_snapshot_rollback(world, client):
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    world.newest["snapshot"] = 1
    assert client.refresh() == 0
    assert client.trusted()["snapshot"] == 2
    assert world.asked[-1] == ("timestamp", None)


@pytest.mark.parametrize("hashes", [False, True], ids=["basic", "with hashes"])
def test_snapshot_rollback(world, client, hashes):
    world.hashes = hashes
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    world.newest["snapshot"] = 1
    world.timestamp.snapshot_meta = world.metafile("snapshot")
    world.publish("timestamp")
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 1}
    assert world.asked[-1] == ("timestamp", None)


@pytest.mark.parametrize("hashes", [False, True], ids=["basic", "with hashes"])
def test_targets_rollback(world, client, hashes):
    world.hashes = hashes
    world.publish("targets")
    world.publish(*TOP)
    assert client.refresh() == 0
    world.newest["targets"] = 2
    world.snapshot.meta["targets.json"] = world.metafile("targets")
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, "timestamp": 3, "snapshot": 2, "targets": 3}


def test_role_removed_from_snapshot(world, client):
    world.delegate("targets", "delegated", ["path/*"])
    world.publish("delegated", *TOP)
    assert client.refresh() == 0
    del world.snapshot.meta["delegated.json"]
    world.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.trusted()["snapshot"] == 2


def test_new_snapshot_version_mismatch(world, client):
    assert client.refresh() == 0
    world.snapshot.version = 5
    world.publish("snapshot", bump=False)
    world.put("snapshot", 2, world.files["snapshot"].pop(5))
    world.timestamp.snapshot_meta.version = 2
    world.publish("timestamp")
    assert client.refresh() == 1
    assert client.trusted()["snapshot"] == 1


def test_new_timestamp_fast_forward_recovery(world, client):
    world.timestamp.version = 99
    world.publish("timestamp")
    assert client.refresh() == 0
    assert client.trusted()["timestamp"] == 100
    world.rotate("timestamp")
    world.publish("root")
    world.timestamp.version = 1
    world.publish("timestamp", bump=False)
    assert client.refresh() == 0
    assert client.trusted()["timestamp"] == 1


def test_new_snapshot_fast_forward_recovery(world, client):
    world.snapshot.version = 99_999
    world.publish("snapshot", "timestamp", bump=False)
    world.publish("timestamp")
    assert client.refresh() == 0
    assert client.trusted()["snapshot"] == 99_999
    world.rotate("snapshot")
    world.rotate("timestamp")
    world.publish("root")
    world.snapshot.version = 1
    world.publish("snapshot", bump=False)
    world.publish("timestamp")
    assert client.refresh() == 0
    assert client.trusted()["snapshot"] == 1


def test_new_targets_fast_forward_recovery(world, client):
    world.targets.version = 99
    world.publish(*TOP)
    assert client.refresh() == 0
    assert client.trusted()["targets"] == 100
    world.rotate("snapshot")
    world.publish("root")
    world.targets.version = 1
    world.publish(*TOP)
    assert client.refresh() == 0
    assert client.trusted()["targets"] == 2


# --- quoting

@pytest.mark.parametrize("role", ["?", "#", "/delegatedrole", "../delegatedrole"])
def test_unusual_role_name(world, client, role):
    world.delegate("targets", role)
    world.publish(role, *TOP)
    assert client.download("nonexistent") == 1
    assert (quote(role, ""), 1) in world.asked
    assert len(client.trusted()) == 5
    assert not (client.metadata_dir.parent / "delegatedrole.json").exists()
