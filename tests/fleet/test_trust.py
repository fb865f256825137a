"""Whom the hub believes, and how others check what it says: signatures of the reference tool, TUF's own client."""
import hashlib
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

FILES = {"model.onnx": b"a network", "model.yaml": b"task: classification\n"}


def key_pair(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.key", folder / f"{name}.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def signed(folder, files, private) -> dict:
    """The files with `model.sig`, made by the reference tool."""
    folder.mkdir()
    for path, raw in files.items():
        (folder / path).write_bytes(raw)
    subprocess.run([sys.executable, "-m", "model_signing", "sign", "key", str(folder), "--private_key", str(private),
                    "--signature", str(folder / "model.sig")], check=True, capture_output=True, timeout=60)
    return {**files, "model.sig": (folder / "model.sig").read_bytes()}


def test_only_packages_of_somebody_trusted_are_taken(hub, tmp_path):
    pytest.importorskip("model_signing", reason="model-signing is not installed")
    release, release_pem = key_pair(tmp_path, "release")
    stranger, _ = key_pair(tmp_path, "stranger")
    works = hub(packages={"signers": [str(release_pem)]})

    def offered(version, files):
        with pytest.raises(AssertionError) as refused:
            works.publish(version=version, files=files)
        return str(refused.value)

    assert "not signed" in offered("1", FILES)
    assert "signature" in offered("1", signed(tmp_path / "other", FILES, stranger))
    good = signed(tmp_path / "good", FILES, release)
    assert "signature" in offered("1", {**good, "model.onnx": b"another network"})
    assert "never signed" in offered("1", {**good, "evil.so": b"x"})
    works.publish(version="1", files=good)
    package = works.get("/api/v1/packages").json()["packages"][0]
    assert package["version"] == "1" and package["signer"].startswith("key ")


def test_tufs_own_client_finds_and_verifies_the_package(hub, tmp_path):
    ngclient = pytest.importorskip("tuf.ngclient", reason="python-tuf is not installed")
    works = hub()
    package = works.publish(version="1")
    works.publish(version="2")
    root = works.get("/tuf/metadata/1.root.json").content
    assert works.token().split(".")[2] == hashlib.sha256(root).hexdigest()
    for folder in ("metadata", "targets"):
        (tmp_path / folder).mkdir()
    client = ngclient.Updater(metadata_dir=str(tmp_path / "metadata"), target_dir=str(tmp_path / "targets"),
                              metadata_base_url=works.url("/tuf/metadata/"), target_base_url=works.url("/tuf/targets/"),
                              bootstrap=root)
    client.refresh()
    target = client.get_targetinfo("ducks/1/package.json")
    with open(client.download_target(target), "rb") as index:
        assert f"sha256:{hashlib.sha256(index.read()).hexdigest()}" == package
    assert client.get_targetinfo("ducks/2/package.json").custom["release"] == 2
    assert client.get_targetinfo("geese/1/package.json") is None


def test_the_audit_log_is_one_that_others_can_read(hub):
    works = hub()
    works.publish(version="1")
    checkpoint = works.get("/audit/checkpoint").text.splitlines()
    assert checkpoint[0] == "oree/works/fleet" and int(checkpoint[1]) == works.get("/api/v1/audit").json()["size"]
    key = works.get("/api/v1/hub").json()["audit_key"]
    assert key.startswith("oree/works/fleet+")
    assert works.get("/audit/../hub.key").status_code in (400, 404)
