"""Downloads and the search through delegations; the public conformance suite's areas download and delegations, written
anew, and the one case that both reference clients fail."""
from hashlib import sha256

import pytest
from tuf.api.metadata import Delegations, Metadata, SuccinctRoles, Targets

from simulator import TOP, in_days


# --- download

def test_client_downloads_expected_file(world, client):
    world.add_artifact("targets", "target_file.txt", b"target file contents")
    world.publish(*TOP)
    assert client.refresh() == 0
    assert client.downloaded() == []
    assert client.download("target_file.txt") == 0
    assert client.downloaded() == [b"target file contents"]


def test_client_downloads_expected_file_in_sub_dir(world, client):
    world.add_artifact("targets", "path/to/a/target_file.txt", b"contents")
    world.publish(*TOP)
    assert client.download("path/to/a/target_file.txt") == 0
    assert client.downloaded() == [b"contents"]


@pytest.mark.parametrize("path", ["with space and ?.txt", "../up.txt", "/etc/up.txt", "caf\u00e9/%41.onnx"])
def test_unusual_target_path(world, client, path):
    world.add_artifact("targets", path, b"contents")
    world.publish(*TOP)
    assert client.download(path) == 0
    assert client.downloaded() == [b"contents"]


def test_files_that_moved_are_followed_and_held_against_the_metadata(world, client):
    world.add_artifact("targets", "here", b"contents")
    world.add_artifact("targets", "there", b"contenTs")
    world.publish(*TOP)
    here, there = (f"targets/{sha256(data).hexdigest()}.{name}" for name, data in (("here", b"contents"), ("there", b"contenTs")))
    world.moved = {here: "targets/hop", "targets/hop": there}
    assert client.download("here") == 1 and client.downloaded() == [], "other bytes lie there"
    world.artifacts["plain"] = b"contents"
    world.moved = {here: "targets/hop", "targets/hop": f"targets/{'0' * 64}.plain", "metadata/timestamp.json": "metadata/1.root.json"}
    assert client.download("here") == 1, "a root is no timestamp"
    del world.moved["metadata/timestamp.json"]
    assert client.download("here") == 0 and client.downloaded() == [b"contents"]
    (client.target_dir / "here").unlink()
    world.moved[here] = here
    assert client.download("here") == 1 and "302" in client.last_words
    world.moved[here] = "file:///etc/passwd"
    assert client.download("here") == 1 and client.downloaded() == []


def test_download_not_consistent_snapshot(world, client):
    world.add_artifact("targets", "a/file.txt", b"contents")
    world.publish(*TOP)
    assert client.download("a/file.txt") == 0
    assert world.asked_targets == ["a/file.txt"]


def test_repository_substitutes_target_file(world, client):
    world.add_artifact("targets", "one", b"one")
    world.add_artifact("targets", "two", b"two")
    world.publish(*TOP)
    assert client.download("one") == 0
    world.artifacts["one"] = world.artifacts["two"] = b"bad"
    client.download("one")
    assert client.download("two") == 1
    assert client.downloaded() == [b"one"]


@pytest.mark.parametrize("data", [b"contents and more", b"content", b"CONTENTS"], ids=["longer", "shorter", "other"])
def test_wrong_target_is_not_kept(world, client, data):
    world.add_artifact("targets", "file", b"contents")
    world.publish(*TOP)
    world.artifacts["file"] = data
    assert client.download("file") == 1
    assert client.downloaded() == []


def test_multiple_changes_to_target(world, client):
    world.add_artifact("targets", "file", b"first")
    world.publish(*TOP)
    assert client.download("file") == 0
    seen = [b"first"]
    for i in range(11):
        world.add_artifact("targets", "file", f"changed {i}".encode())
        world.add_artifact("targets", f"new {i}", f"new {i}".encode())
        world.publish(*TOP)
        if i % 5:
            continue
        assert client.download("file") == 0
        seen = sorted([*seen[1:], f"changed {i}".encode()]) if i == 0 else sorted(
            [one for one in seen if not one.startswith(b"changed")] + [f"changed {i}".encode()])
        assert client.downloaded() == sorted(seen)
        assert client.download(f"new {i}") == 0
        seen.append(f"new {i}".encode())
        assert client.downloaded() == sorted(seen)
        world.artifacts["file"] = f"bad {i}".encode()
        client.download("file")
        assert client.downloaded() == sorted(seen)


@pytest.mark.parametrize("hashes", [["sha256"], ["sha512"], ["sha256", "sha512"]])
def test_download_with_hash_algorithms(world, client, hashes):
    world.add_artifact("targets", "file", b"contents", hashes)
    world.publish(*TOP)
    assert client.download("file") == 0
    assert client.downloaded() == [b"contents"]
    assert len(world.asked_targets) == 1
    assert world.asked_targets[0].removesuffix(".file") in world.targets.targets["file"].hashes.values()


def test_download_with_unknown_hash_algorithm(world, client):
    world.add_artifact("targets", "file", b"contents", ["sha512"])
    hashes = world.targets.targets["file"].hashes
    hashes["unknown-hash"] = hashes.pop("sha512")
    world.publish(*TOP)
    assert client.download("file") == 1
    assert client.downloaded() == []


def test_artifact_cache(world, client):
    world.add_artifact("targets", "file", b"contents")
    world.publish(*TOP)
    assert client.download("file") == 0
    assert client.download("file") == 0
    assert len(world.asked_targets) == 1


# --- delegations: who delegates to whom (terminating, paths), and whom a client then asks for "missingpath"

GRAPHS = {
    "basic-delegation": ([("targets", "A")], "A"),
    "single-level-delegations": ([("targets", "A"), ("targets", "B")], "AB"),
    "two-level-delegations": ([("targets", "A"), ("targets", "B"), ("B", "C")], "ABC"),
    "two-level-test-DFS-order-of-traversal": ([("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")], "ACDB"),
    "three-level-delegation-test-DFS-order-of-traversal": (
        [("targets", "A"), ("targets", "B"), ("A", "C"), ("C", "D")], "ACDB"),
    "two-level-terminating-ignores-all-but-roles-descendants": (
        [("targets", "A"), ("targets", "B"), ("A", "C", True), ("A", "D")], "AC"),
    "three-level-terminating-ignores-all-but-roles-descendants": (
        [("targets", "A"), ("targets", "B"), ("A", "C", True), ("C", "D")], "ACD"),
    "two-level-ignores-all-branches-not-matching-paths": (
        [("targets", "A", False, "*.py"), ("targets", "B"), ("A", "C")], "B"),
    "three-level-ignores-all-branches-not-matching-paths": (
        [("targets", "A"), ("targets", "B"), ("A", "C", False, "*.py"), ("C", "D")], "AB"),
    "cyclic-graph": ([("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B")], "ABCD"),
    "two-roles-delegating-to-a-third": ([("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C")], "ACB"),
    "two-roles-delegating-to-a-third-different-paths": (
        [("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C", False, "*.py")], "ABC"),
}


def build(world, delegations):
    signers = {}
    for delegator, name, *more in delegations:
        terminating = more[0] if more else False
        paths = more[1].split("|") if len(more) > 1 else ["*"]
        signers[name] = world.delegate(delegator, name, paths, terminating=terminating, signer=signers.get(name))
    world.publish(*signers, *TOP)


@pytest.mark.parametrize("delegations, visited", GRAPHS.values(), ids=GRAPHS.keys())
def test_graph_traversal(world, client, delegations, visited):
    build(world, delegations)
    assert client.download("missingpath") == 1
    assert world.asked[4:] == [(role, 1) for role in visited]


@pytest.mark.parametrize("path, found, visited", [
    ("targetfile", True, ""),
    ("README.md", True, "A"),
    ("releases/x/x_v1", True, "BC"),
    ("releases/y/y_v1.zip", True, "BD"),
    ("releases/z/z_v1.zip", False, "B"),
], ids=["no delegations", "targetpath matches wildcard", "targetpath with separators x",
        "targetpath with separators y", "targetpath is not delegated by all roles in the chain"])
def test_targetfile_search(world, client, path, found, visited):
    delegations = [
        ("targets", "A", False, "*.doc|*.md"),
        ("targets", "B", False, "releases/*/*"),
        ("B", "C", False, "releases/x/*"),
        ("B", "D", False, "releases/y/*.zip"),
    ]
    build(world, delegations)
    for role, name in [("targets", "targetfile"), ("A", "README.md"), ("C", "releases/x/x_v1"),
                       ("D", "releases/y/y_v1.zip"), ("D", "releases/z/z_v1.zip")]:
        world.add_artifact(role, name, f"{name} by {role}".encode())
    for role in ("A", "B", "C", "D"):
        world.roles[role].signed.version = 0
        world.files.pop(role)
        world.roles[role].signed.version = 1
        world.publish(role)
    world.publish(*TOP)
    assert client.download(path) == (0 if found else 1)
    assert client.downloaded() == ([world.artifacts[path]] if found else [])
    assert world.asked[4:] == [(role, 1) for role in visited]


@pytest.mark.parametrize("covered", [True, False])
def test_path_hash_prefixes(world, client, covered):
    digest = sha256(b"models/ducks").hexdigest()
    prefix = digest[:3] if covered else digest[:2] + "0123456789abcdef"[(int(digest[2], 16) + 1) % 16]
    world.delegate("targets", "bin", prefixes=[prefix])
    world.add_artifact("bin", "models/ducks", b"quack")
    world.publish("bin", *TOP)
    assert client.download("models/ducks") == (0 if covered else 1)


@pytest.mark.parametrize("bits", [1, 3, 4, 9])
def test_succinct_hash_bins(world, client, bits):
    """TAP 15, as python-tuf's repositories have it: each path has one bin, which nobody else's keys may sign."""
    signer = world.new_signer()
    bins = SuccinctRoles([signer.public_key.keyid], 1, bits, "bin")
    world.targets.delegations = Delegations({signer.public_key.keyid: signer.public_key}, None, bins)
    names = [f"models/duck-{number}" for number in range(6)]
    roles = sorted({bins.get_role_for_target(name) for name in names})
    for role in roles:
        world.roles[role] = Metadata(Targets(expires=in_days(30)))
        world.add_signer(role, signer)
    for name in names:
        world.add_artifact(bins.get_role_for_target(name), name, name.encode())
    world.publish(*roles, *TOP)
    assert client.download(*names) == 0
    assert client.downloaded() == sorted(name.encode() for name in names)
    assert {role for role, _ in world.asked[4:]} == set(roles), "no other bin was asked for"
    assert client.download("models/swan") == 1
    world.signers[roles[0]] = {}
    world.add_signer(roles[0], world.new_signer())
    world.publish(roles[0], *TOP)
    assert client.download(next(name for name in names if bins.get_role_for_target(name) == roles[0])) == 1
    assert "signed by 0 of the 1" in client.last_words


def test_delegated_role_by_someone_else(world, client):
    world.delegate("targets", "A")
    world.add_artifact("A", "file", b"contents")
    world.signers["A"].clear()
    world.add_signer("A", world.new_signer())
    world.publish("A", *TOP)
    assert client.download("file") == 1
    assert "A" not in client.trusted()


def test_delegated_role_not_in_snapshot(world, client):
    world.delegate("targets", "A")
    world.add_artifact("A", "file", b"contents")
    world.publish("A", "targets")
    del world.snapshot.meta["A.json"]
    world.publish("snapshot", "timestamp")
    assert client.download("file") == 1


def test_endless_chain_of_delegations(world, client):
    """A client looks at a limited number of roles, and then the target is not found."""
    chain = [f"role-{i}" for i in range(40)]
    signer = None
    for above, below in zip(["targets", *chain], chain):
        signer = world.delegate(above, below, signer=signer)
    world.add_artifact(chain[-1], "file", b"contents")
    world.publish(*reversed(chain), *TOP)
    assert client.download("file") == 1
    assert len(world.asked[4:]) == 32


@pytest.mark.parametrize("first_stored", [False, True], ids=["one client", "what an earlier one stored"])
def test_cached_role_is_verified_against_current_delegator(world, client, first_stored):
    """C is delegated to by A (its own key) and by B (another key). What A vouches for says nothing about B's paths.

    python-tuf 7.0.0 and go-tuf fail this case: they remember a verified role by its name."""
    world.delegate("targets", "A", ["a/*"])
    world.delegate("targets", "B", ["b/*"])
    world.delegate("A", "C", ["a/*"])
    world.delegate("B", "C", ["b/*"])
    good, other = world.signers["C"].values()
    world.signers["C"] = {good.public_key.keyid: good}
    world.add_artifact("C", "a/file", b"a")
    world.add_artifact("C", "b/file", b"b")
    world.publish("C", "A", "B", *TOP)
    if first_stored:
        assert client.download("a/file") == 0
        assert client.download("b/file") == 1
    else:
        assert client.download("a/file", "b/file") == 1
    assert client.downloaded() == [b"a"]
    assert other.public_key.keyid != good.public_key.keyid
