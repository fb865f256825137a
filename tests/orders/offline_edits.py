"""Phones that were offline for a shift and come back at once: what each wrote, and what must have become of it."""
import random
import time
from concurrent.futures import ThreadPoolExecutor

import requests

TEXTS, TICKS = ("note", "technician"), ("task/look", "task/mend", "part/fan")


class Shift:
    """`phones` phones that each edit `edits` different fields of `orders` without knowing of the others.

    In a third of the places all who write say the same: there nothing contradicts.
    """

    def __init__(self, url, orders, phones=20, edits=100, seed=1):
        chance, self.url = random.Random(seed), url
        places = [(order, field) for order in orders for field in (*TEXTS, *TICKS, "started", "finished")]
        assert edits <= len(places), f"{edits} edits need more than {len(orders)} orders"
        self.agreed = {place: self._value(chance, place[1], 0) for place in places[::3]}
        self.batches = {f"phone-{n:02}": [self._operation(chance, n, k, *place) for k, place in enumerate(chance.sample(places, edits))]
                        for n in range(phones)}

    @staticmethod
    def _value(chance, field, phone):
        if field in TEXTS:
            return f"{field} by {phone}"
        return chance.random() < 0.5 if field in TICKS else 1_790_000_000_000 + chance.randrange(3)

    def _operation(self, chance, phone, number, order, field):
        value = self.agreed.get((order, field))
        return {"id": f"01K{phone:04}{number:04}{chance.randrange(10**12):012}", "order": order, "field": field,
                "value": self._value(chance, field, phone) if value is None else value, "seen": "", "at": 1_790_000_000_000 + number,
                "by": f"phone-{phone:02}", "resolves": []}

    def sync(self, phone):
        """What the app does when it is back: all that waits, then what is new. Returns the answer and the seconds."""
        with requests.Session() as line:
            begun = time.perf_counter()
            answer = line.post(self.url + "/api/v1/orders/operations", json={"device": phone, "operations": self.batches[phone]}, timeout=60)
            news = line.get(self.url + "/api/v1/orders", params={"since": 1, "limit": 200}, timeout=60)
            seconds = time.perf_counter() - begun
        assert answer.status_code == news.status_code == 200, answer.text + news.text
        return answer.json(), seconds

    def sync_all(self):
        with ThreadPoolExecutor(len(self.batches)) as pool:
            return dict(zip(self.batches, pool.map(self.sync, self.batches), strict=True))

    def check(self, answers):
        """Every edit has one fate; every value is there; what contradicts stands as a conflict, and nothing else does."""
        for phone, (answer, _) in answers.items():
            fates = [*answer["applied"], *(one["id"] for one in answer["conflicts"])]
            assert answer["refused"] == []
            assert sorted(fates) == sorted(one["id"] for one in self.batches[phone])
        orders = {one["id"]: one for one in requests.get(self.url + "/api/v1/orders", params={"limit": 200}, timeout=60).json()["orders"]}
        written = {}
        for batch in self.batches.values():
            for one in batch:
                written.setdefault((one["order"], one["field"]), set()).add(one["value"])
        conflicts = 0
        for (order, field), values in written.items():
            contested = [one["values"] for one in orders[order]["conflicts"] if one["field"] == field]
            there = {one["value"] for one in contested[0]} if contested else {orders[order]["fields"][field]["value"]}
            assert there == values, (order, field)
            assert bool(contested) == (len(values) > 1), (order, field)
            conflicts += bool(contested)
        assert conflicts == sum(len(one["conflicts"]) for one in orders.values())
        return conflicts
