"""The evaluator of the route language against a second one (oracle.py), on generated routes and messages."""
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

import oracle

SOURCES = ["/*", "/messages", "/messages/*", "/messages/modules/*", "/messages/modules/Press",
           "/messages/modules/press/outputs/*", "/messages/modules/pre", "/messages/topics/a/b", "/MESSAGES/modules/m"]
PLACES = ["/messages", "/messages/modules/press", "/messages/modules/press/outputs/alarm", "/messages/topics/a/b",
          "/twinChangeNotifications", "/messages/modules/m/outputs/o"]
TEXTS = ["", "a", "A", "abc", "hello", "3", "-4.5", " 1e2 ", "0x10", "true", "é", "\U0001f600x", "\uff5e", "a'b", 'q"r',
         "back\\slash", "12abc", "1.", ".5", "+7", "nan"]
NUMBERS = ["0", "1", "2", "3.5", ".25", "1e3", "0x1F", "7", "10", "0.1", "1e308", "2."]
NAMES = ["level", "name", "missing", "empty", "count", "_x1"]
DOLLARS = ["$messageId", "$connectionDeviceId", "$contentType", "$own", "$nothing", "{$own}", "{$messageId}", "{$level}"]
BODIES = ["$body", "$body.t", "$body.on", "$body.text", "$body.nothing", "$body.deep.list[0]", "$body.deep.list[1].x",
          "$body.deep", "$body.missing.a", "$body.deep.list[7]", "$body.n", "$body.t.u", "$BODY.t"]
BINARY = ["+", "-", "*", "/", "%", "||", "<", "<=", ">", ">=", "=", "!=", "<>", "AND", "or", "??", "And", "OR"]
CASES = [str.lower, str.upper, str.title, lambda s: s]


def quoted(text, dice):
    quote = dice.choice("'\"")
    out = ""
    for c in text:
        if c in (quote, "\\") or (c in "'\"" and dice.random() < 0.3):
            out += "\\" + c
        elif dice.random() < 0.1:
            out += "".join(f"\\u{int.from_bytes(unit, 'big'):04x}" for unit in oracle.units(c))
        else:
            out += c
    return quote + out + quote


def leaf(dice):
    kind = dice.randrange(7)
    if kind == 0:
        return dice.choice(NUMBERS)
    if kind == 1:
        return quoted(dice.choice(TEXTS), dice)
    if kind == 2:
        return dice.choice(CASES)(dice.choice(["true", "false", "null", "undefined"]))
    if kind == 3:
        return dice.choice(DOLLARS)
    if kind == 4:
        return dice.choice(BODIES)
    return dice.choice(NAMES)


def condition(dice, depth):
    if depth == 0 or dice.random() < 0.15:
        return leaf(dice)
    kind = dice.randrange(10)
    if kind == 0:
        return f"NOT {condition(dice, depth - 1)}"
    if kind == 1:
        return f"-{condition(dice, depth - 1)}"
    if kind == 2:
        return f"({condition(dice, depth - 1)})"
    if kind == 3:
        return f"{condition(dice, depth - 1)} /* note */ {dice.choice(BINARY)} {condition(dice, depth - 1)}"
    if kind in (4, 5):
        name = dice.choice(list(oracle.FUNCTIONS))
        least, most, _ = oracle.FUNCTIONS[name]
        count = dice.randint(least, min(most, 4)) + (dice.random() < 0.02)
        return dice.choice(CASES)(name) + "(" + ", ".join(condition(dice, depth - 1) for _ in range(count)) + ")"
    if kind == 6:  # a comparison of like with like, so that not everything is undefined
        a, b = (dice.choice(NAMES + BODIES[:4]) for _ in range(2))
        return dice.choice([f"as_number({a}) {dice.choice(BINARY[6:13])} {dice.choice(NUMBERS)}",
                            f"{a} {dice.choice(BINARY[6:13])} {quoted(dice.choice(TEXTS), dice)}",
                            f"length({a}) > length({b})"])
    return f"{condition(dice, depth - 1)} {dice.choice(BINARY)} {condition(dice, depth - 1)}"


def damaged(text, dice):
    at = dice.randrange(len(text))
    return text[:at] + dice.choice(["", "'", "(", ")", "=", "a", "1", " ", "?", "\\", "$", "{", "."]) + text[at + 1:]


def message(dice):
    body = {"t": dice.choice([20.5, 3, -1, "3", None]), "on": dice.choice([True, False]), "text": dice.choice(TEXTS),
            "nothing": None, "deep": {"list": [dice.choice([1, "x", False]), {"x": dice.choice(TEXTS)}]},
            "n": dice.randint(-5, 5)}
    text = dice.choice([json.dumps(body), json.dumps(body, ensure_ascii=False), "[1,2]", "plain", "5", '"s"', "{bad"])
    system = {"messageId": dice.choice(TEXTS), "own": "system", "connectionDeviceId": "dev-1"}
    if dice.random() < 0.8:
        system["contentType"] = dice.choice(["application/json", "Application/JSON", "text/plain"])
    if dice.random() < 0.8:
        system["contentEncoding"] = dice.choice(["utf-8", "UTF-8", "ascii"])
    properties = {name: dice.choice(TEXTS) for name in ("level", "name", "count", "_x1") if dice.random() < 0.8}
    properties["empty"] = ""
    if dice.random() < 0.3:
        properties["$own"] = "application"
    if dice.random() < 0.1:
        properties["$body.t"] = "shadow"
    return {"source": dice.choice(PLACES), "properties": properties, "system": system, "body": text}


def pairs(count, seed):
    dice = random.Random(seed)
    for _ in range(count):
        where = f" WHERE {condition(dice, dice.randint(1, 4))}" if dice.random() < 0.97 else ""
        source = dice.choice(SOURCES[:3]) if dice.random() < 0.7 else dice.choice(SOURCES)
        route = dice.choice(["FROM ", "SELECT * FROM ", "select *\nfrom "]) + source + where + " INTO $upstream"
        if dice.random() < 0.05:
            route = damaged(route, dice)
        yield {"route": route, "message": message(dice), "sniff": dice.random() < 0.3}


def expected(pair):
    try:
        return oracle.evaluate(pair["route"], pair["message"], pair["sniff"])
    except oracle.RouteError:
        return "error"


@pytest.fixture(scope="session")
def route_eval(root):
    named = os.environ.get("OREE_BINARY")
    binary = Path(named).parent / "oree-route-eval" if named else root / "build/release/bin/oree-route-eval"
    if not binary.exists():
        pytest.skip(f"{binary} is not built; run ./run build")
    return binary


def check(program, count, seed):
    generated = list(pairs(count, seed))
    lines = "".join(json.dumps(pair) + "\n" for pair in generated)
    run = subprocess.run([program], input=lines.encode(), capture_output=True, timeout=600)
    assert run.returncode == 0, run.stderr.decode()
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == count
    seen = {}
    for pair, answer in zip(generated, answers):
        ours = answer.get("result", "error")
        theirs = expected(pair)
        assert ours == theirs, f"{json.dumps(pair, indent=1)}\nsays {answer}, the oracle says {theirs}"
        seen[ours] = seen.get(ours, 0) + 1
    # The generator must try every outcome, or agreement would mean little.
    for outcome in ("true", "false", "undefined", "not from there", "error"):
        assert seen.get(outcome, 0) > count / 100, seen


def test_agrees_with_the_oracle(route_eval):
    check(route_eval, 2_000, seed=1)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_agrees_with_the_oracle_on_a_hundred_thousand_pairs(route_eval):
    check(route_eval, 100_000, seed=2)
