"""A hub that lies to its stations: every lie has a name, nothing of it serves, and the truth is taken afterwards."""
import json
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from duck_packages import ducks_package


def rollback(hub):
    """An older timestamp than the station has seen, signed rightly in its day."""
    hub.trust.files["timestamp.json"] = hub.trust.older


def freeze(hub):
    """Nothing new for ever: what was right once, and is over."""
    hub.trust.lifetime = timedelta(hours=-1)
    hub.trust.publish()


def mix_and_match(hub):
    """A snapshot of another day under today's timestamp."""
    trust = hub.trust
    trust.publish()
    stamp = json.loads(trust.files["timestamp.json"])["signed"]
    meta = stamp["meta"]
    meta["snapshot.json"] = {"version": trust.version}  # named without its digest, so that only versions tell
    trust.files["timestamp.json"] = trust.signed({"_type": "timestamp", "version": trust.version, "meta": meta})
    trust.files[f"{trust.version}.snapshot.json"] = trust.files[f"{trust.version - 1}.snapshot.json"]


def endless(hub):
    """A timestamp that does not end."""
    hub.trust.files["timestamp.json"] = hub.trust.files["timestamp.json"] + b" " * (32 << 20)


def signature(hub):
    """Signed by somebody whom the root does not name."""
    right, hub.trust.key = hub.trust.key, Ed25519PrivateKey.generate()
    hub.trust.publish()
    hub.trust.key = right


LIES = {"rollback": rollback, "freeze": freeze, "mix_and_match": mix_and_match, "endless": endless,
        "signature": signature}


def test_every_lie_about_what_is_vouched_for_has_a_name_and_costs_nothing(hub, updated, asking):
    hub.trust.older = hub.trust.files["timestamp.json"]
    one = updated()
    served = hub.add_package("ducks", 2, ducks_package(2))
    hub.desire(served)
    hub.wait_for_state("healthy", served)
    with asking(one) as questions:
        for version, (name, lie) in enumerate(LIES.items(), start=3):
            wanted = hub.add_package("ducks", version, ducks_package(version))
            lie(hub)
            hub.desire(wanted, rollout=name)
            hub.wait_for(lambda: any(a["code"] == name for r in hub.reports for a in r["attacks"]), f"the attack {name}")
            said = hub.model()
            assert said["slots"]["current"]["package"] == f"sha256:{served}", said
            hub.trust.lifetime = timedelta(days=7)
            hub.trust.publish()  # the truth again
            hub.wait_for_state("healthy", wanted)
            served = wanted
    assert questions.failures == []


def test_a_hub_that_offers_another_package_than_it_names_or_an_older_release_is_not_obeyed(hub, updated):
    updated()
    two, three = (hub.add_package("ducks", v, ducks_package(v)) for v in (2, 3))
    hub.desire(three)
    hub.wait_for_state("healthy", three)
    hub.desire(two, rollout="r-2")  # vouched for, and of an older release
    assert "is older than 3" in hub.wait_for_state("failed", two)["error"]["message"]
    four, five = (hub.add_package("ducks", v, ducks_package(v)) for v in (4, 5))
    hub.packages[five].update(version="6", release=6)  # says 6, and vouches for 5
    hub.desire(five, rollout="r-3")
    assert hub.wait_for_state("failed", five)["error"]["code"] == "tuf"
    assert hub.model()["slots"]["current"]["version"] == "3"
    hub.desire(four, rollout="r-4")
    hub.wait_for_state("healthy", four)


def test_files_of_another_size_than_was_said_never_serve(hub, updated):
    updated()
    files = ducks_package(2)
    short = hub.add_package("ducks", 2, files)
    right = dict(hub.blobs)
    for digest, data in right.items():
        hub.blobs[digest] = data[:-1]
    hub.desire(short)
    hub.wait_for(lambda: (hub.model() or {}).get("state") == "failed", "a refusal")
    assert hub.model()["error"]["code"] == "size" and hub.model()["slots"]["current"] is None
    for digest, data in right.items():
        hub.blobs[digest] = data + b"and more without end" * 1000
    hub.desire(short, rollout="r-2")
    hub.wait_for(lambda: hub.model()["error"] and hub.model()["error"]["code"] in ("size", "digest"), "a refusal")
    hub.blobs.update(right)
    hub.wait_for_state("healthy", short)
