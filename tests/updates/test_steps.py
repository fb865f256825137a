"""A fault at each named step of an update: it ends with the new one or the one before, and whoever asks gets answers."""
import statistics
from collections import Counter

import pytest
from drill import Drill, about, told
from notes import Notes


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


def play(hub, updated, asking, deployments, faults):
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
           ("load beside", "does not load")]
    table, _, answers = play(hub, updated, asking, len(few), {step: FAULTS[step] for step in few})
    assert sum(table.values()) == len(few) and answers > 0


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_300_deployments_with_a_fault_at_each_step(hub, updated, asking):
    table, back_after, answers = play(hub, updated, asking, 300, FAULTS)
    print(f"\n300 deployments, {answers} requests answered, none failed; taken back after "
          f"{statistics.median(back_after):.2f} s in the median, {max(back_after):.2f} s at most of {len(back_after)}")
    print("| step | fault | new | previous |\n|---|---|---:|---:|")
    for step, what in FAULTS:
        print(f"| {step} | {what} | {table[(step, what, 'new')]} | {table[(step, what, 'previous')]} |")
