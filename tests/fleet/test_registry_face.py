"""The hub as a registry: its peers pull and push, and the public conformance suite's cases hold.

The cases are those of the OCI distribution specification's own suite (1.1: pull, push, content discovery, content
management), rebuilt here from its descriptions; the suite itself runs in test_registry_conformance.py.
"""
import hashlib
import json
import os
import shutil
import subprocess

import pytest
import requests
from parts import DUCKS

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(raw: bytes, algorithm="sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, raw).hexdigest()}"


class Registry:
    def __init__(self, hub, name="conformance/one"):
        self.hub, self.name = hub, name

    def call(self, method, path, **options) -> requests.Response:
        url = path if path.startswith("http") else self.hub.url(path if path.startswith("/") else f"/v2/{self.name}/{path}")
        return requests.request(method, url, timeout=30, **options)

    def begin(self) -> str:
        answer = self.call("POST", "blobs/uploads/", headers={"Content-Length": "0"})
        assert answer.status_code == 202 and answer.headers["Location"]
        return answer.headers["Location"]

    def push(self, raw: bytes) -> str:
        answer = self.call("PUT", self.begin(), params={"digest": digest_of(raw)}, data=raw,
                           headers={"Content-Type": "application/octet-stream"})
        assert answer.status_code == 201, answer.text
        return digest_of(raw)

    def manifest(self, tag=None, subject=None, artifact=None, layers=(b"a layer",), annotations=None) -> tuple[bytes, str]:
        config = b"{}"
        body = {"schemaVersion": 2, "mediaType": MANIFEST,
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": self.push(config), "size": 2},
                "layers": [{"mediaType": "application/octet-stream", "digest": self.push(one), "size": len(one)}
                           for one in layers]}
        if artifact:
            body["artifactType"] = artifact
        if annotations:
            body["annotations"] = annotations
        if subject:
            body["subject"] = {"mediaType": MANIFEST, "digest": subject, "size": 1}
        raw = json.dumps(body).encode()
        answer = self.put(raw, tag or digest_of(raw))
        assert answer.status_code == 201, answer.text
        if subject:
            assert answer.headers["OCI-Subject"] == subject
        return raw, digest_of(raw)

    def put(self, raw, reference, media_type=MANIFEST) -> requests.Response:
        return self.call("PUT", f"manifests/{reference}", data=raw, headers={"Content-Type": media_type})


@pytest.fixture
def registry(hub):
    return Registry(hub())


def code(answer) -> str:
    return answer.json()["errors"][0]["code"]


def test_pull(registry):
    raw, digest = registry.manifest("one")
    blob = digest_of(b"a layer")
    assert registry.call("GET", "/v2/").status_code == 200
    for method in ("HEAD", "GET"):
        missing = registry.call(method, f"blobs/{digest_of(b'nothing')}")
        assert missing.status_code == 404
        there = registry.call(method, f"blobs/{blob}")
        assert there.status_code == 200 and there.headers["Docker-Content-Digest"] == blob
        assert there.headers["Content-Length"] == "7"
        for reference in ("one", digest):
            found = registry.call(method, f"manifests/{reference}", headers={"Accept": MANIFEST})
            assert found.status_code == 200 and found.headers["Docker-Content-Digest"] == digest
            assert found.headers["Content-Type"] == MANIFEST and found.headers["Content-Length"] == str(len(raw))
        for reference in ("none", digest_of(b"nothing")):
            assert registry.call(method, f"manifests/{reference}").status_code == 404
    assert registry.call("GET", f"blobs/{blob}").content == b"a layer"
    part = registry.call("GET", f"blobs/{blob}", headers={"Range": "bytes=2-4"})
    assert part.status_code == 206 and part.content == b"lay"
    for said, answer, content in (("-3", 206, b"yer"), ("-99", 206, b"a layer"), ("5-", 206, b"er"), ("5-99", 206, b"er"),
                                  ("7-", 416, None), ("-0", 416, None), ("3-2", 200, b"a layer"), ("-", 200, b"a layer"),
                                  ("x-2", 200, b"a layer"), ("0-1,3-4", 200, b"a layer")):
        part = registry.call("GET", f"blobs/{blob}", headers={"Range": f"bytes={said}"})
        assert part.status_code == answer and (content is None or part.content == content), said
    assert registry.call("GET", "manifests/one").content == raw
    missing = registry.call("GET", "manifests/none")
    assert code(missing) == "MANIFEST_UNKNOWN" and missing.json()["errors"][0]["message"]
    assert code(registry.call("GET", f"blobs/{digest_of(b'nothing')}")) == "BLOB_UNKNOWN"


def test_push_of_a_blob_in_one_piece(registry):
    raw = b"streamed " * 1000
    place = registry.begin()
    streamed = registry.call("PATCH", place, data=raw, headers={"Content-Type": "application/octet-stream"})
    assert streamed.status_code == 202 and streamed.headers["Range"] == f"0-{len(raw) - 1}"
    done = registry.call("PUT", streamed.headers["Location"], params={"digest": digest_of(raw)})
    assert done.status_code == 201 and registry.call("GET", done.headers["Location"]).content == raw
    other = b"in one request"
    single = registry.call("POST", "blobs/uploads/", params={"digest": digest_of(other)}, data=other,
                           headers={"Content-Type": "application/octet-stream"})
    assert single.status_code == 201 and registry.call("GET", single.headers["Location"]).content == other
    wrong = registry.call("PUT", registry.begin(), params={"digest": digest_of(b"other")}, data=raw,
                          headers={"Content-Type": "application/octet-stream"})
    assert wrong.status_code == 400 and code(wrong) == "DIGEST_INVALID"
    assert registry.call("HEAD", f"blobs/{digest_of(b'other')}").status_code == 404
    empty = registry.push(b"")
    assert registry.call("GET", f"blobs/{empty}").content == b""


def test_push_of_a_blob_in_pieces(registry):
    raw = b"0123456789" * 500
    octets = {"Content-Type": "application/octet-stream"}
    place = registry.begin()
    out_of_order = registry.call("PATCH", place, data=raw[3000:], headers={**octets, "Content-Range": "3000-4999"})
    assert out_of_order.status_code == 416
    first = registry.call("PATCH", place, data=raw[:3000], headers={**octets, "Content-Range": "0-2999"})
    assert first.status_code == 202 and first.headers["Range"] == "0-2999"
    asked = registry.call("GET", first.headers["Location"])
    assert asked.status_code == 204 and asked.headers["Range"] == "0-2999"
    again = registry.call("PATCH", place, data=raw[:3000], headers={**octets, "Content-Range": "0-2999"})
    assert again.status_code == 416
    last = registry.call("PUT", first.headers["Location"], params={"digest": digest_of(raw)}, data=raw[3000:],
                         headers={**octets, "Content-Range": "3000-4999"})
    assert last.status_code == 201 and registry.call("GET", last.headers["Location"]).content == raw
    assert registry.call("GET", place).status_code == 404, "an upload ends with its blob"
    given_up = registry.begin()
    assert registry.call("DELETE", given_up).status_code == 204
    assert registry.call("PATCH", given_up, data=b"x", headers=octets).status_code == 404


def test_content_may_be_called_by_its_sha512(registry):
    octets = {"Content-Type": "application/octet-stream"}
    raw, whole = b"in pieces", b"in one request"
    one, other = digest_of(raw, "sha512"), digest_of(whole, "sha512")
    place = registry.begin()
    assert registry.call("PATCH", place, data=raw, headers=octets).status_code == 202
    assert registry.call("PUT", place, params={"digest": one}).status_code == 201
    assert registry.call("POST", "blobs/uploads/", params={"digest": other}, data=whole, headers=octets).status_code == 201
    wrong = registry.call("POST", "blobs/uploads/", params={"digest": other}, data=raw, headers=octets)
    assert wrong.status_code == 400 and code(wrong) == "DIGEST_INVALID"
    wrong = registry.call("PUT", registry.begin(), params={"digest": other}, data=raw, headers=octets)
    assert wrong.status_code == 400 and code(wrong) == "DIGEST_INVALID"
    for name, content in ((one, raw), (digest_of(raw), raw), (other, whole)):
        found = registry.call("GET", f"blobs/{name}")
        assert found.content == content and found.headers["Docker-Content-Digest"] == name
    mounted = registry.call("POST", "blobs/uploads/", params={"mount": one, "from": registry.name})
    assert mounted.status_code == 201 and mounted.headers["Location"].endswith(one)
    body = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": {"mediaType": "application/x", "digest": one, "size": len(raw)}}
    manifest = json.dumps(body).encode()
    name = digest_of(manifest, "sha512")
    pushed = registry.call("PUT", f"manifests/{name}", params=[("tag", "a"), ("tag", "b-1")], data=manifest,
                           headers={"Content-Type": MANIFEST})
    assert pushed.status_code == 201 and pushed.headers["Docker-Content-Digest"] == name
    assert pushed.headers["OCI-Tag"] == "a, b-1"
    registry.hub.restart()
    for reference in (name, "a", "b-1"):
        found = registry.call("GET", f"manifests/{reference}")
        assert found.content == manifest and found.headers["Docker-Content-Digest"] == name
    assert registry.put(manifest, digest_of(b"other", "sha512")).status_code == 400
    assert registry.put(manifest, "sha384:" + "0" * 96).status_code == 400
    body["config"]["digest"] = digest_of(b"nobody pushed it", "sha512")
    lacking = registry.put(json.dumps(body).encode(), "lacking")
    assert lacking.status_code == 404 and code(lacking) == "MANIFEST_BLOB_UNKNOWN"


def test_push_mounts_from_another_repository(registry):
    blob = registry.push(b"shared")
    other = Registry(registry.hub, "conformance/two")
    mounted = other.call("POST", "blobs/uploads/", params={"mount": blob, "from": registry.name})
    assert mounted.status_code == 201 and f"conformance/two/blobs/{blob}" in mounted.headers["Location"]
    assert other.call("GET", mounted.headers["Location"]).content == b"shared"
    unknown = other.call("POST", "blobs/uploads/", params={"mount": digest_of(b"nothing"), "from": registry.name})
    assert unknown.status_code == 202 and unknown.headers["Location"]


def test_push_of_manifests(registry):
    raw, digest = registry.manifest("first", layers=())
    assert registry.put(raw, "second").headers["Docker-Content-Digest"] == digest
    assert registry.put(b"{}" + raw, "third").status_code == 400
    wrong = registry.put(raw, digest_of(b"other"))
    assert wrong.status_code == 400
    lacking = json.loads(raw)
    lacking["layers"] = [{"mediaType": "x/y", "digest": digest_of(b"nobody pushed it"), "size": 3}]
    refused = registry.put(json.dumps(lacking).encode(), "lacking")
    assert refused.status_code == 404 and code(refused) == "MANIFEST_BLOB_UNKNOWN"
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "digest": digest, "size": len(raw)}]}).encode()
    assert registry.put(index, "both", INDEX).status_code == 201
    assert registry.call("GET", "manifests/both").headers["Content-Type"] == INDEX
    assert registry.put(b" " * (5 << 20), "large").status_code == 400
    for name in ("UPPER", "a//b", "-a", "a" * 256):
        assert Registry(registry.hub, name).put(raw, "x").status_code in (400, 404)


def test_content_discovery(registry):
    raw, _ = registry.manifest("test0")
    for number in range(1, 5):
        registry.put(raw, f"test{number}")
    tags = [f"test{number}" for number in range(5)]
    assert registry.call("GET", "tags/list").json() == {"name": registry.name, "tags": tags}
    some = registry.call("GET", "tags/list", params={"n": 2})
    assert some.json()["tags"] == tags[:2] and 'rel="next"' in some.headers["Link"]
    following = registry.call("GET", some.headers["Link"].split("<")[1].split(">")[0])
    assert following.json()["tags"] == tags[2:4]
    assert registry.call("GET", "tags/list", params={"n": 2, "last": tags[3]}).json()["tags"] == tags[4:]
    assert registry.call("GET", "tags/list", params={"n": 0}).json()["tags"] == []
    assert Registry(registry.hub, "no/body").call("GET", "tags/list").status_code == 404
    assert registry.name in registry.call("GET", "/v2/_catalog").json()["repositories"]


def test_referrers(registry):
    _, subject = registry.manifest("subject")
    empty = registry.call("GET", f"referrers/{subject}")
    assert empty.status_code == 200 and empty.headers["Content-Type"] == INDEX and empty.json()["manifests"] == []
    _, first = registry.manifest(subject=subject, artifact="application/a", annotations={"who": "x"})
    _, second = registry.manifest(subject=subject, artifact="application/b")
    _, third = registry.manifest(subject=subject, layers=(b"of the config's type",))
    found = {one["digest"]: one for one in registry.call("GET", f"referrers/{subject}").json()["manifests"]}
    assert set(found) == {first, second, third}
    assert found[first]["artifactType"] == "application/a" and found[first]["annotations"] == {"who": "x"}
    assert found[third]["artifactType"] == "application/vnd.oci.empty.v1+json"
    some = registry.call("GET", f"referrers/{subject}", params={"artifactType": "application/b"})
    assert [one["digest"] for one in some.json()["manifests"]] == [second]
    assert some.headers["OCI-Filters-Applied"] == "artifactType"
    _, early = registry.manifest(subject=digest_of(b"not pushed yet"), artifact="application/a")
    later = registry.call("GET", f"referrers/{digest_of(b'not pushed yet')}").json()["manifests"]
    assert [one["digest"] for one in later] == [early]
    assert registry.call("GET", "referrers/nonsense").status_code == 400


def test_content_management(registry):
    raw, digest = registry.manifest("gone")
    registry.put(raw, "stays")
    assert registry.call("DELETE", "manifests/gone").status_code == 202
    assert registry.call("GET", "manifests/gone").status_code == 404
    assert registry.call("GET", "manifests/stays").status_code == 200
    assert registry.call("DELETE", f"manifests/{digest}").status_code == 202
    for reference in (digest, "stays"):
        assert registry.call("GET", f"manifests/{reference}").status_code == 404
    assert registry.call("DELETE", f"manifests/{digest}").status_code == 404
    assert registry.call("DELETE", f"blobs/{digest_of(b'a layer')}").status_code == 405, "the suite allows both"


def test_only_engineers_push_and_whoever_may_look_pulls(hub):
    works = hub()
    roles = {role: works.user(role, role)["Authorization"].removeprefix("Bearer ") for role in ("operator", "engineer")}
    place = works.url("/v2/plant/x/blobs/uploads/")
    nobody = requests.post(place, timeout=10)
    assert nobody.status_code == 401 and nobody.headers["WWW-Authenticate"].startswith("Basic ")
    assert requests.post(place, auth=("any", roles["operator"]), timeout=10).status_code == 403
    assert requests.post(place, auth=("any", roles["engineer"]), timeout=10).status_code == 202
    assert requests.get(works.url("/v2/"), auth=("any", roles["operator"]), timeout=10).status_code == 200
    assert requests.get(works.url("/v2/"), auth=("any", "wrong"), timeout=10).status_code == 401


def run(*arguments) -> str:
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
    return done.stdout


def files_of(folder) -> dict:
    apart = ("signature.json", "history.jsonl")
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name not in apart}


def test_our_own_client_pushes_and_pulls_with_the_signature(hub, oree, tmp_path):
    works = hub()
    run(oree, "model", "keygen", "signing", tmp_path / "release.key")
    package = tmp_path / "packed/ducks/4"
    run(oree, "model", "pack", DUCKS / "models/ducks/1", "--out", package)
    (package / "weights.data").write_bytes(os.urandom(9 << 20))  # in pieces
    run(oree, "model", "pack", package)
    run(oree, "model", "sign", package, "--key", tmp_path / "release.key")
    reference = works.base_url.removeprefix("http://") + "/plant/ducks:4"
    run(oree, "model", "push", package, reference)
    works.restart()
    run(oree, "model", "pull", reference, tmp_path / "out/ducks/4", "--trust", tmp_path / "release.key.pub")
    assert files_of(tmp_path / "out/ducks/4") == files_of(package)


def test_skopeo_copies_what_was_published_away_and_back(hub, tmp_path):
    if not shutil.which("skopeo"):
        pytest.skip("no skopeo on this machine")
    works = hub()
    network = os.urandom(3 << 20)
    works.publish("ducks", "1", files={"model.onnx": network})
    address = works.base_url.removeprefix("http://")
    said = json.loads(run("skopeo", "--insecure-policy", "inspect", "--raw", "--tls-verify=false", f"docker://{address}/ducks:1"))
    assert said["layers"][0]["annotations"]["org.opencontainers.image.title"] == "model.onnx"
    run("skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", f"docker://{address}/ducks:1", f"oci:{tmp_path / 'away'}:1")
    blob = tmp_path / "away/blobs/sha256" / hashlib.sha256(network).hexdigest()
    assert blob.read_bytes() == network
    run("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", f"oci:{tmp_path / 'away'}:1", f"docker://{address}/copy/ducks:1")
    tags = json.loads(run("skopeo", "--insecure-policy", "list-tags", "--tls-verify=false", f"docker://{address}/copy/ducks"))
    assert tags["Tags"] == ["1"]
    run("skopeo", "--insecure-policy", "delete", "--tls-verify=false", f"docker://{address}/copy/ducks:1")
    assert requests.get(works.url("/v2/copy/ducks/manifests/1"), timeout=10).status_code == 404
    assert requests.get(works.url("/v2/ducks/manifests/1"), timeout=10).status_code == 200
