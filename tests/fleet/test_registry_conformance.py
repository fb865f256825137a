"""The OCI distribution specification's own conformance suite, and registry clients that are not ours, against a hub.

The suite and oras are Go modules, built here by name and version; without Go, or where the module proxy cannot be
asked, these tests skip. test_registry_face.py holds the same cases short and without either.
"""
import os
import shutil
import subprocess
import tempfile
from xml.etree import ElementTree

import pytest

SUITE = "github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111"  # 1.1
ORAS = "oras.land/oras/cmd/oras@v1.3.6"

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def run(*arguments, **options) -> str:
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """built(module@version) is that Go program."""
    if not shutil.which("go"):
        pytest.skip("no go on this machine")
    folder = tmp_path_factory.mktemp("go")

    def install(module):
        done = subprocess.run(["go", "install", module], capture_output=True, text=True, timeout=600,
                              env={**os.environ, "GOBIN": str(folder), "GOTOOLCHAIN": "local"})
        if done.returncode != 0:
            pytest.skip(f"cannot build {module}: {done.stderr[-300:]}")
        return folder / module.split("@")[0].rsplit("/", 1)[-1]

    return install


@pytest.fixture(params=["open", "with people"])
def works(request, hub):
    """A hub, and what its clients say about themselves."""
    one = hub()
    if request.param == "open":
        return one, ("", "")
    return one, ("anyone", one.user("ann", "engineer")["Authorization"].removeprefix("Bearer "))


def cases(folder) -> dict:
    counts = {}
    for case in ElementTree.parse(folder / "junit.xml").iter("testcase"):
        counts.setdefault(case.get("status"), []).append(case.get("name"))
    return counts


# What the specification leaves open, beyond the suite's own choice: all of it, but for manifests whose parts were never
# pushed, which a hub refuses, because a station could not take them.
OPTIONAL = ("OCI_API_BLOBS_UPLOAD_CANCEL", "OCI_API_BLOBS_DIGEST_HEADER", "OCI_API_MANIFESTS_DIGEST_HEADER",
            "OCI_API_MANIFESTS_TAG_PARAM")


def test_the_public_conformance_suite_passes_in_all_four_workflows(works, built, tmp_path):
    suite = built(SUITE)
    one, (user, password) = works
    said = {"OCI_REGISTRY": one.base_url.removeprefix("http://"), "OCI_TLS": "disabled", "OCI_VERSION": "1.1",
            "OCI_USERNAME": user, "OCI_PASSWORD": password, "OCI_RESULTS_DIR": str(tmp_path / "results"),
            **dict.fromkeys(OPTIONAL, "true")}
    done = subprocess.run([suite], capture_output=True, text=True, timeout=600, cwd=tmp_path, env={**os.environ, **said})
    found = cases(tmp_path / "results")
    assert not found.get("failed") and not found.get("error"), found
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(found["passed"]) > 600, {kind: len(names) for kind, names in found.items()}
    # Blobs are not deleted, which the specification leaves to the registry, and a range that is none is not obeyed.
    assert {name.rsplit("/", 1)[-1] for name in found["skipped"]} == {"blob-delete", "range 500-0"}


def test_oras_pushes_attaches_copies_and_pulls(hub, built, tmp_path):
    oras = built(ORAS)
    address = hub().base_url.removeprefix("http://")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/model.onnx").write_bytes(os.urandom(3 << 20))
    (tmp_path / "in/naïve 100% .txt").write_text("notes")

    def call(*words):
        return run(oras, *words, "--plain-http", cwd=tmp_path / "in")

    call("push", f"{address}/plant/ducks:1", "model.onnx", "naïve 100% .txt:text/plain")
    call("attach", f"{address}/plant/ducks:1", "model.onnx", "--artifact-type", "application/x.note")
    run(oras, "copy", "-r", "--from-plain-http", "--to-plain-http", f"{address}/plant/ducks:1", f"{address}/copy/ducks:1")
    assert "application/x.note" in call("discover", f"{address}/copy/ducks:1")
    call("tag", f"{address}/copy/ducks:1", "newest")
    assert call("repo", "tags", f"{address}/copy/ducks").split() == ["1", "newest"]
    call("pull", f"{address}/copy/ducks:newest", "-o", tmp_path / "out")
    for name in ("model.onnx", "naïve 100% .txt"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
    call("manifest", "delete", "-f", f"{address}/copy/ducks:newest")  # by its digest: all its tags go
    assert call("repo", "tags", f"{address}/copy/ducks").split() == []


def test_podman_pushes_an_image_and_a_list_of_them_and_pulls(hub, tmp_path):
    if not shutil.which("podman"):
        pytest.skip("no podman on this machine")
    address = hub().base_url.removeprefix("http://")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/model.onnx").write_bytes(os.urandom(3 << 20))
    (tmp_path / "in/Containerfile").write_text("FROM scratch\nCOPY model.onnx /model.onnx\n")

    with tempfile.TemporaryDirectory(prefix="pod") as place:  # podman wants short paths
        check_podman(address, tmp_path / "in", ["podman", "--root", f"{place}/i", "--runroot", f"{place}/r",
                                                "--storage-driver", "vfs"])


def check_podman(address, folder, podman):
    def call(*words):
        return run(*podman, *words)

    probe = subprocess.run([*podman, "build", "-q", "-t", "localhost/ducks:1", folder], capture_output=True, text=True,
                           timeout=300)
    if probe.returncode != 0:
        pytest.skip(f"podman cannot build here: {probe.stderr[-200:]}")
    image = probe.stdout.strip()
    for form in ("oci", "v2s2"):
        call("push", "--tls-verify=false", "--format", form, image, f"{address}/plant/ducks:{form}")
    call("manifest", "create", "all")
    call("manifest", "add", "--tls-verify=false", "all", f"docker://{address}/plant/ducks:oci")
    call("manifest", "push", "--all", "--tls-verify=false", "all", f"docker://{address}/plant/list:1")
    call("rmi", "-f", image)
    for reference in ("ducks:oci", "ducks:v2s2", "list:1"):
        assert call("pull", "-q", "--tls-verify=false", f"{address}/plant/{reference}").strip() == image
    listed = call("search", "--list-tags", "--tls-verify=false", f"{address}/plant/ducks").split()
    assert {"oci", "v2s2"} <= set(listed)
