"""A fault at each named step of an update: it ends with the new one or the one before, and whoever asks gets answers."""
import statistics
import time
from collections import Counter

import pytest
from duck_packages import ducks_package
from notes import Notes

SHADOW = {"percent": 100, "requests": 3, "at_most_s": 5, "agreement": 0.5}
WATCH = {"for_s": 2, "errors": 0.5, "p95_ratio": 100.0, "drift": 1.0}


class Drill:
    """One station and its hub, through one deployment after the other."""

    def __init__(self, hub, station, questions, notes):
        self.hub, self.station, self.questions, self.notes = hub, station, questions, notes
        self.number, self.serves, self.digest = 1, None, None
        self.back_after = []  # seconds from the decision to the last answer of what was taken back

    def publish(self, **package):
        self.number += 1
        change = package.pop("change", None)
        hardware = package.pop("hardware", ())
        files = ducks_package(self.number, **package)
        if change:
            change(files)
        self.digest = self.hub.add_package("ducks", self.number, files, hardware=hardware)
        return files

    def desire(self, **more):
        self.hub.desire(self.digest, rollout=f"r-{self.number}", shadow=SHADOW, watch=WATCH, **more)

    def until(self, condition, what):
        """A note of this package that says so."""
        self.notes.wait_for(lambda unit: about(unit, self.digest) and condition(unit), what)

    def ends(self, state, code=None):
        said = self.hub.wait_for_state(state, self.digest, seconds=120)
        if code:
            assert said["error"]["code"] == code, said
        if state == "healthy":
            self.until(lambda unit: unit["phase"] == "settled", "settled")
            self.serves = self.digest


def about(unit, digest) -> bool:
    wish, last = unit.get("wish"), unit.get("last")
    return bool(wish and wish["package"]["digest"] == digest) or bool(last and last["package"]["digest"] == digest)


def killed_at(phase):
    """A good release; the process is killed right after the note that begins this phase."""

    def run(drill):
        drill.publish()
        digest = drill.digest
        drill.notes.arm(lambda unit: unit["phase"] == phase and about(unit, digest))
        drill.desire()
        drill.notes.wait_and_start_again()
        drill.ends("healthy")

    return run


def killed_at_roll_back(drill):
    drill.publish(golden="stain")
    digest = drill.digest
    drill.notes.arm(lambda unit: unit["phase"] == "settled" and about(unit, digest))
    drill.desire()
    drill.notes.wait_and_start_again()
    drill.ends("failed", "self_test")


def refused(code, state="failed", **package):
    def run(drill):
        drill.publish(**package)
        drill.desire()
        drill.ends(state, code)

    return run


def damaged(drill):
    """Other bytes than were promised; given up by the hub, which offers what serves again."""
    files = drill.publish()
    for digest, data in list(drill.hub.blobs.items()):
        if data == files["model.yaml"]:
            drill.hub.blobs[digest] = bytes([data[0] ^ 1]) + data[1:]
    drill.desire()
    drill.hub.wait_for_state("failed", drill.digest)
    assert drill.hub.model()["error"]["code"] == "digest"
    give_up(drill)


def unsigned(drill):
    """The hub's metadata lost its right signature."""
    right = dict(drill.hub.trust.files)
    drill.publish()
    files = drill.hub.trust.files
    files["timestamp.json"] = files["timestamp.json"].replace(b'"sig": "', b'"sig": "00')
    drill.desire()
    drill.hub.wait_for_state("failed", drill.digest)
    assert drill.hub.model()["error"]["code"] == "tuf"
    assert right["timestamp.json"] != files["timestamp.json"]
    drill.hub.trust.publish()
    give_up(drill)


def give_up(drill):
    """Something else is wished for: what served before, if the hub brought that."""
    if drill.serves is None:
        drill.hub.desire()
        return
    drill.hub.desire(drill.serves, rollout="back")
    drill.hub.wait_for_state("healthy", drill.serves)


def other_labels(files):
    """Calls good ducks scratched, and says so with its golden picture: only a shadow finds out."""
    files["model.yaml"] = files["model.yaml"].replace(b"[good, missing_eye, scratch", b"[scratch, missing_eye, good")


def no_network(files):
    files["model.onnx"] = b"no network at all"


def told(phase):
    """The hub condemns it while it is on trial, or watched."""

    def run(drill):
        drill.publish()
        drill.desire()
        drill.until(lambda unit: unit["phase"] == phase, phase)
        new = str(drill.number)
        drill.questions.wait_for_version(new)
        decided = time.monotonic()
        drill.hub.desire(*([drill.serves] if drill.serves else []), bad=[drill.digest])
        drill.until(lambda unit: unit["phase"] == "settled", "taken back")
        before = drill.questions.answers
        drill.hub.wait_for(lambda: drill.questions.answers > before + 1, "more answers")
        drill.back_after.append(max(when for when, version in drill.questions.versions if version == new) - decided)

    return run


FAULTS = {  # step, fault: (ends new, what happens)
    ("download", "killed right after its note"): (True, killed_at("downloading")),
    ("download", "damaged bytes, given up"): (False, damaged),
    ("download", "metadata signed by nobody, given up"): (False, unsigned),
    ("download", "made for other hardware"): (False, refused("hardware", hardware=["riscv64"])),
    ("verify", "killed right after its note"): (True, killed_at("installing")),
    ("load beside", "does not load"): (False, refused("load", change=no_network)),
    ("self-test", "another answer to a golden input"): (False, refused("self_test", golden="stain")),
    ("shadow", "killed right after its note"): (True, killed_at("shadow")),
    ("shadow", "disagrees with what serves"): (False, refused("shadow", golden="scratch", change=other_labels)),
    ("take over", "killed right after its note"): (True, killed_at("trial")),
    ("take over", "condemned by the hub on trial"): (False, told("trial")),
    ("commit", "killed right after its note"): (True, killed_at("watch")),
    ("watch", "condemned by the hub"): (False, told("watch")),
    ("settle", "killed right after its note"): (True, killed_at("settled")),
    ("roll back", "killed right after its note"): (False, killed_at_roll_back),
}


def drill(hub, updated, asking, deployments, faults):
    """Every deployment has one fault; the answers that failed are none."""
    one = updated()
    hub.wait_for(lambda: hub.reports, "a first word")
    table, back_after = Counter(), []
    with asking(one) as questions, Notes(one, questions) as notes:
        now = Drill(hub, one, questions, notes)
        now.publish()
        now.desire()
        now.ends("healthy")
        for i in range(deployments):
            step = list(faults)[i % len(faults)]
            ends_new, run = faults[step]
            before = now.serves
            run(now)
            assert now.serves == (now.digest if ends_new else before), step
            serving(hub, one, now.serves)
            table[(*step, "new" if ends_new else "previous")] += 1
        back_after = now.back_after
    assert questions.failures == []
    return table, back_after, questions.answers


def serving(hub, station, digest):
    """It says that this serves."""
    def says():
        unit = next(u for u in station.get("/api/v1/station").json()["fleet"]["units"] if u["name"] == "ducks")
        current = unit["slots"]["current"]
        return unit["phase"] == "settled" and (current and current["package"]) == f"sha256:{digest}"

    hub.wait_for(says, f"{digest} serves")


def test_a_fault_at_a_step_ends_with_the_new_one_or_the_one_before(hub, updated, asking):
    few = [("shadow", "disagrees with what serves"), ("commit", "killed right after its note"),
           ("watch", "condemned by the hub"), ("load beside", "does not load")]
    table, _, answers = drill(hub, updated, asking, len(few), {step: FAULTS[step] for step in few})
    assert sum(table.values()) == len(few) and answers > 0


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_300_deployments_with_a_fault_at_each_step(hub, updated, asking):
    table, back_after, answers = drill(hub, updated, asking, 300, FAULTS)
    print(f"\n300 deployments, {answers} requests answered, none failed; taken back after "
          f"{statistics.median(back_after):.2f} s in the median, {max(back_after):.2f} s at most of {len(back_after)}")
    print("| step | fault | new | previous |\n|---|---|---:|---:|")
    for step, what in FAULTS:
        print(f"| {step} | {what} | {table[(step, what, 'new')]} | {table[(step, what, 'previous')]} |")
