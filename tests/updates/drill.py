"""One station and its hub through one deployment after the other, seen from outside."""
import time

from duck_packages import ducks_package

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
        self.hub.desire(self.digest, **{"rollout": f"r-{self.number}", "shadow": SHADOW, "watch": WATCH, **more})

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

    def condemn(self):
        """It serves, and the hub says that it must not; how long that takes is kept."""
        new = str(self.number)
        self.questions.wait_for_version(new)
        decided = time.monotonic()
        self.hub.desire(*([self.serves] if self.serves else []), bad=[self.digest])
        self.until(lambda unit: (unit.get("last") or {}).get("outcome") == "rolled_back", "taken back")
        # The note comes first, and what is not in memory is loaded after it.
        self.hub.wait_for(lambda: self.questions.versions[-1][1] != new, "an answer of the one before", 120)
        before = self.questions.answers
        self.hub.wait_for(lambda: self.questions.answers > before + 1, "more answers")
        self.back_after.append(max(when for when, version in self.questions.versions if version == new) - decided)


def about(unit, digest) -> bool:
    wish, last = unit.get("wish"), unit.get("last")
    return bool(wish and wish["package"]["digest"] == digest) or bool(last and last["package"]["digest"] == digest)


def told(phase):
    """The hub condemns it while it is on trial, or watched."""

    def run(drill):
        drill.publish()
        drill.desire()
        drill.until(lambda unit: unit["phase"] == phase, phase)
        drill.condemn()

    return run
