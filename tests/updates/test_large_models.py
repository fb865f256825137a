"""How long a large model that must not run any more goes on answering: until the last good one does."""
import os
import time

import pytest
from drill import WATCH, Drill
from duck_packages import large_network
from notes import Notes


HELD = "is held in memory for the way back"


def taken_back_on(phase):
    def run(drill):
        drill.desire()
        drill.until(lambda unit: unit["phase"] == phase, phase)

    return run


def started_again(drill):
    drill.desire(watch={**WATCH, "for_s": 600})
    drill.until(lambda unit: unit["phase"] == "watch", "watch")
    log = drill.station.log_file
    held = log.read_text().count(HELD)
    drill.questions.kill()
    drill.questions.wait_for_version(str(drill.number), 120)
    end = time.monotonic() + 120
    while log.read_text().count(HELD) == held:
        assert time.monotonic() < end, drill.station.log_tail()
        drill.questions.stopped.wait(0.05)


def just_started(drill):
    """Condemned at its first answer after a start, while the old one still loads."""
    drill.desire(watch={**WATCH, "for_s": 600})
    drill.until(lambda unit: unit["phase"] == "watch", "watch")
    drill.questions.kill()


def another_loads(drill):
    """Condemned while a third one is being tried out beside it."""
    good = drill.serves
    drill.desire()
    drill.ends("healthy")
    condemned, digest = drill.number, drill.digest
    drill.publish_large()
    third = drill.digest
    drill.desire(shadow=None)
    drill.until(lambda unit: unit["phase"] == "installing" and unit["wish"]["package"]["digest"] == third, "installing")
    drill.number, drill.digest, drill.serves = condemned, digest, good


def committed(drill):
    good = drill.serves
    drill.desire()
    drill.ends("healthy")
    drill.serves = good


CASES = {"on trial": taken_back_on("trial"), "watched": taken_back_on("watch"),
         "watched, the station started again meanwhile": started_again,
         "watched, the station has just started": just_started,
         "committed, the watch is over": committed, "committed, another one is loading": another_loads}


def take_back(hub, updated, asking, megabytes, cases, **fleet):
    """{case: seconds from the hub's word to the last answer of what was condemned}; no request failed."""
    one = updated(fleet)
    hub.wait_for(lambda: hub.reports, "a first word")
    with asking(one) as questions, Notes(one, questions) as notes:
        drill = Drill(hub, one, questions, notes)

        def publish():
            network = large_network(megabytes, seed=drill.number)
            drill.publish(change=lambda files: files.update({"model.onnx": network}))

        drill.publish_large = publish
        publish()
        drill.desire()
        drill.ends("healthy")
        for case in cases:
            publish()
            CASES[case](drill)
            drill.condemn()
    assert questions.failures == []
    return dict(zip(cases, drill.back_after))


def test_a_station_that_started_again_takes_a_watched_model_back_and_no_request_fails(hub, updated, asking):
    assert take_back(hub, updated, asking, 4, ["watched, the station started again meanwhile"])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_how_long_a_large_model_takes_to_be_taken_back(hub, updated, asking):
    megabytes = int(os.environ.get("OREE_LARGE_MODEL_MB", "400"))
    print(f"\n{megabytes} MB of weights")
    for case, seconds in take_back(hub, updated, asking, megabytes, CASES).items():
        print(f"| {case} | {seconds:.2f} s |")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_large_model_that_is_always_held_is_back_at_once(hub, updated, asking):
    megabytes = int(os.environ.get("OREE_LARGE_MODEL_MB", "400"))
    cases = ["committed, the watch is over"]
    for case, seconds in take_back(hub, updated, asking, megabytes, cases, hold_last_good="always").items():
        print(f"| {case}, `hold_last_good: always` | {seconds:.2f} s |")
