"""Orders while processes die: kill -9 of the station and of authorities at any moment, none missing, none double."""
import random
import signal
import statistics
import time

import pytest

from consortium import now_ms
from halls import wait_for


def run_through_kills(consortium, runs, seed):
    """Each run overheats another oven and kills somebody at a random moment; the ovens whose orders must stand."""
    dice, hops = random.Random(seed), []
    for number in range(runs):
        machine, begun = f"oven-{number}", now_ms()
        consortium.overheat(machine)
        time.sleep(dice.random() * 0.4)
        victim = dice.choice(["station", *consortium.authorities])
        if victim == "station":
            consortium.hall.kill()
            consortium.hall.start()
        else:
            consortium.authorities[victim].stop(signal.SIGKILL)
            consortium.authorities[victim].start()
        order = consortium.order_of(machine, seconds=30)
        done = consortium.wait_state(order["id"], "ordered", seconds=30)
        hops.append(done["history"][-1]["at"] - done["created"])
    return hops


def check(consortium, runs):
    found = consortium.orders(limit=1000)
    assert sorted(order["asset"] for order in found) == sorted(f"oven-{number}" for number in range(runs))
    assert all(order["state"] == "ordered" for order in found)
    entries = consortium.get("/api/v1/ledger/entries", params={"limit": 1000}).json()["entries"]
    assert sorted(entry["order"] for entry in entries) == sorted(order["id"] for order in found)
    for order in found:
        wait_for(lambda order=order: "OrderOrdered" in consortium.listener.types(order["id"]))


def test_orders_survive_the_death_of_anybody(consortium):
    run_through_kills(consortium, 6, 1)
    check(consortium, 6)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hundred_orders_survive_the_death_of_anybody(consortium):
    hops = run_through_kills(consortium, 200, 2)
    check(consortium, 200)
    print(f"created to ordered with kills: p50 {statistics.median(hops)} ms, p95 {sorted(hops)[189]} ms")
