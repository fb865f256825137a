"""Signatures both ways with the reference tool of OpenSSF Model Signing, and changes that must not pass."""
import base64
import json
import random
import shutil
import subprocess
import sys

import pytest
from packages import copied, mutate, random_folder

pytest.importorskip("model_signing", reason="model-signing is not installed")

import model_signing.hashing  # noqa: E402
import model_signing.signing  # noqa: E402
import model_signing.verifying  # noqa: E402

CURVES = ("P-256", "P-384", "P-521")


@pytest.fixture(scope="module")
def keys(words, tmp_path_factory):
    folder = tmp_path_factory.mktemp("curves")
    for curve in CURVES:
        words.good("keygen", "signing", folder / curve, "--curve", curve)
    return folder


def hashing(method):
    config = model_signing.hashing.Config()
    return config.use_shard_serialization(shard_size=1_000) if method == "shards" else config


def sign_there(folder, signature, key, method="files"):
    signer = model_signing.signing.Config().use_elliptic_key_signer(private_key=key)
    signer.set_hashing_config(hashing(method)).sign(folder, signature)


def verify_there(folder, signature, key, method="files"):
    verifier = model_signing.verifying.Config().use_elliptic_key_verifier(public_key=key)
    if method == "shards":
        # Left alone the tool reads its own shard size as 1000.0, and then knows no digest by that name.
        verifier.set_hashing_config(hashing(method))
    verifier.verify(folder, signature)


def payload_of(signature):
    return json.loads(base64.b64decode(json.loads(signature.read_text())["dsseEnvelope"]["payload"]))


def check_one(words, keys, folder, dice, changes):
    """One folder, signed by both and verified by the other; then changes, each of which must be refused."""
    curve, method = dice.choice(CURVES), dice.choice(["files", "files", "shards"])
    private, public = keys / curve, keys / f"{curve}.pub"
    ours, theirs = folder.parent / "ours.json", folder.parent / "theirs.json"
    sign_there(folder, theirs, private, method)
    words.good("verify", folder, "--trust", public, "--signature", theirs)
    words.good("sign", folder, "--key", private, "--signature", ours, "--method", method, "--shard-size", 1_000)
    verify_there(folder, ours, public, method)
    assert payload_of(ours)["subject"] == payload_of(theirs)["subject"]
    for number in range(changes):
        changed = copied(folder, folder.parent / f"changed-{number}")
        signature = folder.parent / f"signature-{number}.json"
        shutil.copy(dice.choice([ours, theirs]), signature)
        kind = mutate(changed, signature, dice)
        done = words.run("verify", changed, "--trust", public, "--signature", signature)
        assert done.returncode in (2, 5, 10), f"{kind} passed: {done.returncode} {done.stdout}{done.stderr}"
        shutil.rmtree(changed)


def check_many(words, keys, tmp_path, folders, changes):
    for seed in range(folders):
        dice = random.Random(seed)
        place = tmp_path / str(seed)
        check_one(words, keys, random_folder(place / "model", dice), dice, changes)
        shutil.rmtree(place)


def test_twenty_folders_are_signed_and_verified_both_ways(words, keys, tmp_path):
    check_many(words, keys, tmp_path, 20, 3)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_two_hundred_folders_both_ways_and_a_thousand_changes_refused(words, keys, tmp_path):
    check_many(words, keys, tmp_path, 200, 5)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_reference_tools_own_program_agrees(words, release_key, tmp_path):
    """Its command line, with what it ignores and where it puts its signature by itself."""
    private, public = release_key
    folder = random_folder(tmp_path / "model", random.Random(1))
    (folder / ".gitignore").write_text("*")
    words.good("sign", folder, "--key", private)
    program = [sys.executable, "-m", "model_signing"]
    verify = ["verify", "key", str(folder), "--public_key", str(public), "--signature", str(folder / "signature.json")]
    done = subprocess.run([*program, *verify], capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "signature.json").unlink()
    sign = ["sign", "key", str(folder), "--private_key", str(private), "--signature", str(folder / "model.sig")]
    done = subprocess.run([*program, *sign], capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    words.good("verify", folder, "--trust", public, "--signature", folder / "model.sig")
    (folder / "evil").write_text("")
    assert "'evil' was never signed" in words.refused(
        10, "verify", folder, "--trust", public, "--signature", folder / "model.sig")


@pytest.mark.parametrize("method", ["files", "shards"])
def test_a_model_that_is_one_file_is_signed_and_verified_both_ways(words, release_key, tmp_path, method):
    private, public = release_key
    model, theirs = tmp_path / "net.onnx", tmp_path / "theirs.json"
    model.write_bytes(bytes(range(256)) * 10)
    sign_there(model, theirs, private, method)
    words.good("verify", model, "--trust", public, "--signature", theirs)
    words.good("sign", model, "--key", private, "--method", method, "--shard-size", 1_000)
    ours = tmp_path / "net.onnx.sig"
    verify_there(model, ours, public, method)
    words.good("verify", model, "--trust", public)
    assert payload_of(ours)["subject"] == payload_of(theirs)["subject"]
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(model, folder / "net.onnx")
    said = words.refused(10, "verify", folder, "--trust", public, "--signature", ours)
    assert "'net.onnx' was never signed" in said
    model.write_bytes(model.read_bytes()[:-1])
    for signature in (ours, theirs):
        assert "was changed" in words.refused(10, "verify", model, "--trust", public, "--signature", signature)


def test_a_certificates_signature_verifies_both_ways(words, certified_key, tmp_path):
    key, chain, root = certified_key
    folder = random_folder(tmp_path / "model", random.Random(2))
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"
    words.good("sign", folder, "--key", key, "--chain", chain, "--signature", ours)
    verifier = model_signing.verifying.Config().use_certificate_verifier(certificate_chain=[root])
    verifier.verify(folder, ours)
    signer = model_signing.signing.Config().use_certificate_signer(
        private_key=key, signing_certificate=chain, certificate_chain=[root])
    signer.sign(folder, theirs)
    for signature in (ours, theirs):
        verdict = words.json("verify", folder, "--trust", root, "--signature", signature)
        assert verdict["signer"] == "CN=release,O=Plant"


def test_a_certificate_of_a_stranger_is_denied(words, certified_key, release_key, tmp_path):
    key, chain, _ = certified_key
    folder = random_folder(tmp_path / "model", random.Random(3))
    words.good("sign", folder, "--key", key, "--chain", chain)
    words.refused(5, "verify", folder, "--trust", release_key[1])
    words.refused(2, "sign", folder, "--key", release_key[0], "--chain", chain)


def test_verifying_needs_no_network(words, release_key, tmp_path):
    """strace sees every system call: no socket is opened."""
    if not shutil.which("strace"):
        pytest.skip("no strace on this machine")
    folder = random_folder(tmp_path / "model", random.Random(4))
    words.good("sign", folder, "--key", release_key[0])
    trace = tmp_path / "trace"
    done = subprocess.run(["strace", "-f", "-e", "trace=network", "-o", trace, words.oree, "model", "verify", folder,
                           "--trust", release_key[1]], capture_output=True, text=True, timeout=60)
    if "ptrace" in done.stderr.lower():
        pytest.skip("this machine lets nobody trace")
    assert done.returncode == 0, done.stderr
    assert "socket(" not in trace.read_text()
