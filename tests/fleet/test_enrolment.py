"""Who may join a fleet, and who is found out."""
import json
import secrets
from datetime import datetime, timedelta, timezone

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from station import Station, base64_text


def test_a_station_joins_with_an_invitation_once(hub):
    works = hub()
    token = works.token("--note", "line 1")
    one = Station(works, "line-1", tags=["site=lyon"])
    answer = one.enrol(token)
    assert answer.status_code == 201
    assert answer.json()["device"] == "line-1" and answer.json()["hub"] == "works"
    assert one.enrol(token).status_code == 200, "the same station again hears the same, though the token is used up"
    other = Station(works, "line-2").enrol(token)
    assert other.status_code == 401 and other.json()["code"] == "denied"
    assert "token new" in other.json()["error"]
    device = works.get("/api/v1/devices/line-1").json()
    assert device["tags"] == ["site=lyon"] and device["enrolled_by"] == "invitation line 1"


def test_the_invitation_names_the_root_that_the_hub_serves(hub):
    import hashlib

    works = hub()
    token = works.token()
    root = works.get("/tuf/metadata/1.root.json").content
    assert token.split(".")[2] == hashlib.sha256(root).hexdigest()
    one = Station(works, "line-1")
    one.enrol(token)
    assert one.root == root


def test_unknown_wrong_and_forged_enrolments_are_refused(hub):
    works = hub()
    assert Station(works, "line-1").enrol("nonsense").status_code == 401
    assert Station(works, "..").enrol(works.token()).status_code == 400
    assert Station(works, "line-1", tags=["a b"]).enrol(works.token()).status_code == 400
    assert requests.post(works.url("/api/v1/enrol"), data=b"{", timeout=10).status_code == 400
    liar = Station(works, "line-1")
    body = json.dumps({"name": "line-1", "key": liar.public_key, "hardware": "x", "token": "t"}).encode()
    forged = requests.post(works.url("/api/v1/enrol"), data=body, timeout=10,
                           headers={"Oree-Signature": base64_text(liar.key.sign(b"another body"))})
    assert forged.status_code == 403
    first = Station(works, "line-1")
    assert first.enrol(works.token()).status_code == 201
    assert Station(works, "line-1").enrol(works.token()).status_code == 409, "another key under a known name"


def test_a_flood_of_enrolments_is_slowed_down(hub):
    works = hub(enrolment={"per_minute": 5})
    codes = [Station(works, f"line-{i}").enrol("nonsense").status_code for i in range(12)]
    assert codes[:5] == [401] * 5 and set(codes[7:]) == {429}
    refused = Station(works, "late").enrol("nonsense")
    assert refused.headers["Retry-After"]


def test_a_person_lets_stations_in_where_the_hub_wants_it(hub):
    works = hub(enrolment={"approve": True})
    one = Station(works, "line-1")
    assert one.enrol(works.token()).status_code == 202
    assert one.sync().json()["code"] == "waiting"
    assert works.post("/api/v1/devices/line-1", json={"standing": "admitted"}).status_code == 200
    assert one.enrol("whatever").status_code == 200
    assert one.sync().status_code == 200


def authority(name="Works CA"):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    return key, made


def certificate(ca_key, ca, name, uris=()):
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    builder = (x509.CertificateBuilder()
               .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
               .issuer_name(ca.subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
               .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True))
    if uris:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def by_certificate(works, name, key, pem):
    one = Station(works, name)
    text = f"oree/enrol/v1\n{name}\n{one.public_key}\n".encode()
    return one, one.enrol(certificate=pem, proof=base64_text(key.sign(text, ec.ECDSA(hashes.SHA256()))))


def test_a_station_joins_with_a_certificate(hub, tmp_path):
    ca_key, ca = authority()
    (tmp_path / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    works = hub(enrolment={"authorities": str(tmp_path / "ca.pem")})
    key, pem = certificate(ca_key, ca, "line-1")
    one, answer = by_certificate(works, "line-1", key, pem)
    assert answer.status_code == 201, answer.text
    assert one.sync().status_code == 200
    key, pem = certificate(ca_key, ca, "anything", ["spiffe://works/line-2"])
    assert by_certificate(works, "line-2", key, pem)[1].status_code == 201


def test_certificates_of_others_are_refused(hub, tmp_path):
    ca_key, ca = authority()
    (tmp_path / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    works = hub(enrolment={"authorities": str(tmp_path / "ca.pem")})
    other_key, other = authority("Somebody else")
    key, pem = certificate(other_key, other, "line-1")
    assert by_certificate(works, "line-1", key, pem)[1].status_code == 401
    key, pem = certificate(ca_key, ca, "line-1")
    assert by_certificate(works, "line-2", key, pem)[1].status_code == 403, "the certificate of another station"
    assert by_certificate(works, "line-1", certificate(ca_key, ca, "line-1")[0], pem)[1].status_code == 403
    key, pem = certificate(ca_key, ca, "line-1", ["spiffe://works/line-1", "spiffe://works/line-2"])
    assert by_certificate(works, "line-1", key, pem)[1].status_code == 403, "two URI SANs"


def test_a_replayed_call_changes_nothing(hub):
    works = hub()
    one = Station(works, "line-1")
    one.enrol(works.token())
    assert one.sync().status_code == 200
    path = "/api/v1/devices/line-1/sync"
    raw = json.dumps(one.report()).encode()
    headers = one.headers(path, raw)
    assert requests.post(works.url(path), data=raw, headers=headers, timeout=10).status_code == 200
    again = requests.post(works.url(path), data=raw, headers=headers, timeout=10)
    assert again.status_code == 409 and again.json() == {**again.json(), "code": "counter", "counter": one.counter}
    altered = requests.post(works.url(path), data=raw + b" ", headers=one.headers(path, raw), timeout=10)
    assert altered.status_code == 401 and altered.json()["code"] == "signature"
    assert requests.post(works.url(path), data=raw, timeout=10).status_code == 401


def test_no_counter_is_taken_twice_even_when_the_hub_is_killed(hub):
    works = hub()
    one = Station(works, "line-1")
    one.enrol(works.token())
    path = "/api/v1/devices/line-1/sync"
    raw = json.dumps(one.report()).encode()
    headers = one.headers(path, raw)
    assert requests.post(works.url(path), data=raw, headers=headers, timeout=10).status_code == 200
    works.kill()
    works.start()
    assert requests.post(works.url(path), data=raw, headers=headers, timeout=10).status_code == 409
    assert one.sync().status_code == 200, "the station itself goes on above the number it is told"


def test_a_cloned_station_is_found_and_both_are_left_alone(hub):
    works = hub()
    one = Station(works, "line-1")
    one.enrol(works.token())
    assert one.sync().status_code == 200
    clone = Station(works, "line-1", key=one.key)
    clone.counter = one.counter
    assert clone.sync().status_code == 200, "one after another they look like a restart"
    caught = one.sync()
    assert caught.status_code == 403 and caught.json()["code"] == "cloned"
    assert clone.sync().status_code == 403
    assert works.get("/api/v1/devices/line-1").json()["standing"] == "cloned"
    assert any(entry["what"] == "cloned" for entry in works.get("/api/v1/audit").json()["entries"])
    works.post("/api/v1/devices/line-1", json={"standing": "admitted"})
    assert one.sync().status_code == 200


def test_a_restarted_station_is_no_clone(hub):
    works = hub()
    one = Station(works, "line-1")
    one.enrol(works.token())
    for _ in range(40):
        one.instance = secrets.token_hex(16)
        assert one.sync().status_code == 200


def test_roles_decide_what_people_may_do(hub):
    works = hub()
    assert works.get("/api/v1/devices").status_code == 200, "nobody is named: this machine may ask"
    watcher, engineer = works.user("nadia", "operator"), works.user("paul", "engineer")
    assert works.get("/api/v1/devices").status_code == 401
    assert works.get("/api/v1/devices", headers=watcher).status_code == 200
    wish = {"note": "for line 9"}
    assert works.post("/api/v1/invitations", json=wish, headers=watcher).status_code == 403
    invited = works.post("/api/v1/invitations", json=wish, headers=engineer)
    assert invited.status_code == 201
    assert Station(works, "line-9").enrol(invited.json()["token"]).status_code == 201
    assert works.get("/api/v1/people", headers=engineer).status_code == 403
    assert works.get("/api/v1/people", headers=works.user("root", "admin")).status_code == 200
    assert works.get("/api/v1/devices", headers={"Authorization": "Bearer nonsense"}).status_code == 401
