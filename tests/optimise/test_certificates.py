"""oree optimise verify: a certificate is for one network, one kind of machine, one set of samples, and by one key."""
import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nets import oree_optimise, small_net, small_samples

DENIED = 5


@pytest.fixture(scope="module")
def made(oree, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certified")
    data = small_samples(folder / "data")
    np.save(data / "labels.npy", np.zeros(120, "u1"))
    oree_optimise(oree, "run", small_net(folder / "net.onnx"), "--data", data, "--out", folder / "out", "--key", folder / "key.pem",
                  "--target", "avx2", "--json", "--min-speedup", 0, "--min-memory", -1000, "--max-variation", 1000, "--min-accuracy", 0)
    return folder


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


def verify(oree, folder, *words):
    return subprocess.run([str(w) for w in (oree, "optimise", "verify", folder / "out/net.avx2.certificate.json", "--key", folder / "key.pem", *words)],
                          capture_output=True, text=True, timeout=60)


def test_as_it_was_made_it_is_verified_with_all_that_it_names(oree, copy):
    done = verify(oree, copy, "--data", copy / "data", "--target", "avx2", "--trust", copy / "key.pem")
    assert done.returncode == 0, done.stderr
    assert "net.avx2.onnx is the network that it is for" in done.stdout


def test_the_signature_is_one_that_others_can_check(copy):
    text = (copy / "out/net.avx2.certificate.json").read_text()
    whole = json.loads(text)
    without_spaces = re.sub(r'("(?:\\.|[^"\\])*")|\s+', r"\1", text)
    signed = without_spaces.removeprefix('{"certificate":').partition(',"key":"' + whole["key"])[0]
    assert json.loads(signed) == whole["certificate"]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(whole["key"]))
    key.verify(base64.b64decode(whole["signature"]), signed.encode())  # raises when it does not fit
    own = serialization.load_pem_private_key((copy / "key.pem").read_bytes(), None)
    assert own.public_key().public_bytes_raw() == key.public_bytes_raw()


def test_another_network_in_its_place_is_denied(oree, copy):
    file = copy / "out/net.avx2.onnx"
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(content)
    done = verify(oree, copy)
    assert done.returncode == DENIED and "net.avx2.onnx" in done.stderr and "SHA-256" in done.stderr


def test_the_float_network_is_not_what_it_is_for(oree, copy):
    assert verify(oree, copy, "--network", copy / "net.onnx").returncode == DENIED


def test_another_machine_is_denied(oree, copy):
    done = verify(oree, copy, "--target", "vnni")
    assert done.returncode == DENIED and "avx2" in done.stderr and "vnni" in done.stderr


@pytest.mark.parametrize("changed", ["inputs.npy", "labels.npy"])
def test_other_samples_or_labels_are_denied(oree, copy, changed):
    rows = np.load(copy / "data" / changed)
    rows[7] = 1
    np.save(copy / "data" / changed, rows)
    done = verify(oree, copy, "--data", copy / "data")
    assert done.returncode == DENIED and "digest" in done.stderr


def test_somebody_elses_signature_is_denied_where_a_key_is_trusted(oree, copy):
    stranger = Ed25519PrivateKey.generate()
    public = stranger.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (copy / "stranger.pem").write_bytes(public)
    done = verify(oree, copy, "--trust", copy / "stranger.pem")
    assert done.returncode == DENIED and "signed with the key" in done.stderr


def members(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, (*path, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from members(inner, (*path, i))
    else:
        yield path


@pytest.mark.parametrize("path", [("target",), ("model", "sha256"), ("source", "sha256"), ("data", "sha256"), ("holds",),
                                  ("score", "kept"), ("gates", 0, "verdict"), ("issued",)])
def test_a_changed_member_is_denied(oree, copy, path):
    """Each member that the certificate binds; all others, one by one, in certificate_test.cc."""
    file = copy / "out/net.avx2.certificate.json"
    whole = json.loads(file.read_text())
    assert path in list(members(whole["certificate"]))
    at = whole["certificate"]
    for step in path[:-1]:
        at = at[step]
    old = at[path[-1]]
    at[path[-1]] = (not old) if isinstance(old, bool) else old * 0.999 if isinstance(old, float) else old[::-1]
    assert at[path[-1]] != old
    file.write_text(json.dumps(whole, indent=2))
    assert verify(oree, copy).returncode == DENIED
