"""The route language a second time: a tree-walking evaluator over a recursive-descent parser, written from the
description in src/services/routes/route.h and not from the C++ code. Slow and plain on purpose.

Numbers are doubles, texts are compared and counted in UTF-16 units, logic is three-valued (None is undefined).
"""
import json
import math
import re

UNDEFINED = type("Undefined", (), {"__repr__": lambda self: "undefined"})()
NULL = type("Null", (), {"__repr__": lambda self: "null"})()


class RouteError(Exception):
    pass


# --- words

WORDS = re.compile(
    r"""(?P<blank>\s+|/\*.*?\*/)
      |(?P<string>'(?:[^'\\]|\\['"\\]|\\u[0-9a-fA-F]{4})*'|"(?:[^"\\]|\\['"\\]|\\u[0-9a-fA-F]{4})*")
      |(?P<hex>0[xX][0-9a-fA-F]{1,16})(?!\w)
      |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\w)
      |(?P<braced>\{\$[A-Za-z_]\w*\})
      |(?P<dollar>\$[A-Za-z_]\w*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<sign><=|>=|<>|!=|\|\||\?\?|[=<>+\-*/%(),.\[\]])""",
    re.X | re.S | re.A,
)


def words(text):
    at, out = 0, []
    while at < len(text):
        found = WORDS.match(text, at)
        if not found:
            raise RouteError(f"cannot read at {at}: {text[at:at + 20]!r}")
        at = found.end()
        if found.lastgroup != "blank":
            out.append((found.lastgroup, found.group()))
    return out + [("end", "")]


def unquote(text):
    units = re.sub(r"\\(u[0-9a-fA-F]{4}|['\"\\])",
                   lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "u" else m[1], text[1:-1])
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


# --- the tree: tuples of a kind and its parts

LADDER = [["??"], ["or"], ["and"], ["=", "!=", "<>"], ["<", "<=", ">", ">="], ["+", "-", "||"], ["*", "/", "%"]]
RESERVED = {"select", "from", "where", "into", "and", "or", "not"}
CONSTANTS = {"true": True, "false": False, "null": NULL, "undefined": UNDEFINED}


class Parser:
    def __init__(self, text):
        self.rest = words(text)

    def peek(self):
        kind, text = self.rest[0]
        return text.lower() if kind in ("word", "sign") else None

    def take(self, wanted=None):
        if wanted is not None and self.peek() != wanted:
            raise RouteError(f"expected {wanted}, found {self.rest[0]}")
        return self.rest.pop(0)

    def level(self, depth=0):
        if depth == len(LADDER):
            return self.unary()
        left = self.level(depth + 1)
        while self.peek() in LADDER[depth]:
            sign = self.take()[1].lower()
            left = ("binary", sign, left, self.level(depth + 1))
        return left

    def unary(self):
        if self.peek() == "-":
            self.take()
            return ("negate", self.unary())
        if self.peek() == "not":
            self.take()
            return ("not", self.unary())
        return self.primary()

    def primary(self):
        kind, text = self.take()
        if kind == "string":
            return ("literal", unquote(text))
        if kind == "hex":
            return ("literal", float(int(text, 16)))
        if kind == "number":
            value = float(text)
            if math.isinf(value):
                raise RouteError("too large")
            return ("literal", value)
        if kind == "braced":
            return ("system", text[2:-1])
        if kind == "dollar":
            if text.lower() == "$body":
                return ("body", text, self.path())
            return ("dollar", text)
        if text == "(":
            inside = self.level()
            self.take(")")
            return inside
        if kind != "word" or text.lower() in RESERVED:
            raise RouteError(f"expected a value, found {text!r}")
        if self.peek() == "(":
            return self.call(text.lower())
        if text.lower() in CONSTANTS:
            return ("literal", CONSTANTS[text.lower()])
        return ("property", text)

    def path(self):
        steps = []
        while self.peek() in (".", "["):
            if self.take()[1] == ".":
                kind, text = self.take()
                if kind != "word":
                    raise RouteError("expected a name")
                steps.append(text)
            else:
                kind, text = self.take()
                if kind != "number" or not text.isdigit() or int(text) >= 2**32:
                    raise RouteError("expected an index")
                steps.append(int(text))
                self.take("]")
        return steps

    def call(self, name):
        if name not in FUNCTIONS:
            raise RouteError(f"no function {name}")
        self.take("(")
        arguments = []
        while self.peek() != ")":
            if arguments:
                self.take(",")
            arguments.append(self.level())
        self.take(")")
        least, most, _ = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise RouteError(f"{name} takes {least} to {most} arguments")
        return ("call", name, arguments)


def parse(text):
    head = re.match(r"\s*(?:select\s*\*\s*)?from\s*(/\S+)", text, re.I)
    if not head:
        raise RouteError("no source")
    source = head[1]
    for part in source[1:].split("/"):
        if not part or ("*" in part and part != "*") or re.search(r"[\"'(){}]", part):
            raise RouteError("bad source")
    parser = Parser(text[head.end():])
    condition = ("literal", True)
    if parser.peek() == "where":
        parser.take()
        condition = parser.level()
    parser.take("into")
    kind, into = parser.take()
    if (kind, into.lower()) != ("dollar", "$upstream"):
        raise RouteError("only $upstream is tried here")
    if parser.take()[0] != "end":
        raise RouteError("something follows")
    return source, condition


# --- values

def units(text):
    encoded = text.encode("utf-16-be", "surrogatepass")
    return [encoded[i:i + 2] for i in range(0, len(encoded), 2)]


def text_of(some_units):
    return b"".join(some_units).decode("utf-16-be", "replace")


def is_number(value):
    return isinstance(value, float)


def of_number(function):
    return lambda x: function(x) if is_number(x) else UNDEFINED


def of_texts(function):
    return lambda a, b: function(a, b) if isinstance(a, str) and isinstance(b, str) else UNDEFINED


def power(x, y):
    if not (is_number(x) and is_number(y)):
        return UNDEFINED
    try:
        result = x**y
        return math.nan if isinstance(result, complex) else result
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ZeroDivisionError:
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def divide(a, b):
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1, b)


def modulo(a, b):
    if b == 0 or math.isinf(a) or math.isnan(a) or math.isnan(b):
        return math.nan
    return math.fmod(a, b)


def round_to(function):
    return lambda x: x if math.isinf(x) or math.isnan(x) else float(function(x))


def as_number(x):
    if is_number(x):
        return x
    if isinstance(x, str) and re.fullmatch(r"[ \t\r\n]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\r\n]*", x, re.A):
        value = float(x)
        return UNDEFINED if math.isinf(value) else value
    return UNDEFINED


def concat(*parts):
    return "".join(parts) if all(isinstance(p, str) for p in parts) else UNDEFINED


def substring(text, start, count=None):
    if not isinstance(text, str) or not is_number(start):
        return UNDEFINED
    all_units = units(text)
    if math.isnan(start) or math.isinf(start) or not 0 <= math.trunc(start) <= len(all_units):
        return UNDEFINED
    tail = all_units[math.trunc(start):]
    if count is None:
        return text_of(tail)
    if not is_number(count) or math.isnan(count) or math.isinf(count) or not 0 <= math.trunc(count) <= len(tail):
        return UNDEFINED
    return text_of(tail[:math.trunc(count)])


def index_of(a, b):
    one, other = units(a), units(b)
    for at in range(len(one) - len(other) + 1):
        if one[at:at + len(other)] == other:
            return float(at)
    return -1.0


def ascii_case(function):
    return lambda s: ("".join(function(c) if c.isascii() else c for c in s) if isinstance(s, str) else UNDEFINED)


FUNCTIONS = {
    "abs": (1, 1, of_number(abs)),
    "exp": (1, 1, of_number(exp)),
    "power": (2, 2, power),
    "square": (1, 1, of_number(lambda x: x * x)),
    "ceiling": (1, 1, of_number(round_to(math.ceil))),
    "floor": (1, 1, of_number(round_to(math.floor))),
    "sign": (1, 1, of_number(lambda x: UNDEFINED if math.isnan(x) else float((x > 0) - (x < 0)))),
    "sqrt": (1, 1, of_number(lambda x: math.nan if x < 0 or math.isnan(x) else math.sqrt(x))),
    "as_number": (1, 1, as_number),
    "is_bool": (1, 1, lambda x: isinstance(x, bool)),
    "is_defined": (1, 1, lambda x: x is not UNDEFINED),
    "is_null": (1, 1, lambda x: x is NULL),
    "is_number": (1, 1, is_number),
    "is_string": (1, 1, lambda x: isinstance(x, str)),
    "concat": (1, 100, concat),
    "length": (1, 1, lambda s: float(len(units(s))) if isinstance(s, str) else UNDEFINED),
    "lower": (1, 1, ascii_case(str.lower)),
    "upper": (1, 1, ascii_case(str.upper)),
    "substring": (2, 3, substring),
    "index_of": (2, 2, of_texts(index_of)),
    "starts_with": (2, 2, of_texts(str.startswith)),
    "ends_with": (2, 2, of_texts(str.endswith)),
    "contains": (2, 2, of_texts(lambda a, b: b in a)),
}

NUMERIC = {"*": lambda a, b: a * b, "/": divide, "%": modulo, "+": lambda a, b: a + b, "-": lambda a, b: a - b}
ORDERED = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def kind_of(value):
    return "number" if is_number(value) else type(value).__name__


def binary(sign, a, b):
    if a is UNDEFINED or b is UNDEFINED or kind_of(a) != kind_of(b):
        return UNDEFINED
    if sign == "=":
        return a == b
    if sign in ("!=", "<>"):
        return a != b
    if sign == "||":
        return a + b if isinstance(a, str) else UNDEFINED
    if sign in NUMERIC:
        return NUMERIC[sign](a, b) if is_number(a) else UNDEFINED
    if isinstance(a, str):
        return ORDERED[sign](units(a), units(b))
    return ORDERED[sign](a, b) if is_number(a) else UNDEFINED


class Evaluator:
    def __init__(self, message, sniff):
        self.message, self.sniff = message, sniff

    def body(self):
        system = self.message["system"]
        declared = (system.get("contentType", "").lower() == "application/json"
                    and system.get("contentEncoding", "").lower() == "utf-8")
        text = self.message["body"]
        if not declared and not (self.sniff and text.strip(" \t\r\n")[:1] in ("{", "[")):
            return UNDEFINED
        try:
            return json.loads(text, parse_int=float, parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError):
            return UNDEFINED

    def walk(self, at, path):
        for step in path:
            if isinstance(step, str) and isinstance(at, dict) and step in at:
                at = at[step]
            elif isinstance(step, int) and isinstance(at, list) and step < len(at):
                at = at[step]
            else:
                return UNDEFINED
        return at

    def value(self, tree):
        kind = tree[0]
        properties, system = self.message["properties"], self.message["system"]
        if kind == "literal":
            return tree[1]
        if kind == "property":
            return properties.get(tree[1], UNDEFINED)
        if kind == "system":
            return system.get(tree[1], UNDEFINED)
        if kind == "dollar":
            return properties.get(tree[1], system.get(tree[1][1:], UNDEFINED))
        if kind == "body":
            name = tree[1] + "".join(f".{s}" if isinstance(s, str) else f"[{s}]" for s in tree[2])
            if name in properties:
                return properties[name]
            found = self.walk(self.body(), tree[2])
            if found is None:
                return NULL
            return UNDEFINED if isinstance(found, (dict, list)) else found
        if kind == "negate":
            value = self.value(tree[1])
            return -value if is_number(value) else UNDEFINED
        if kind == "not":
            value = self.value(tree[1])
            return not value if isinstance(value, bool) else UNDEFINED
        if kind == "call":
            return FUNCTIONS[tree[1]][2](*[self.value(argument) for argument in tree[2]])
        sign, a, b = tree[1], self.value(tree[2]), self.value(tree[3])
        if sign == "??":
            return b if a is UNDEFINED else a
        if sign == "and":
            if a is False or b is False:
                return False
            return True if a is True and b is True else UNDEFINED
        if sign == "or":
            if a is True or b is True:
                return True
            return False if a is False and b is False else UNDEFINED
        return binary(sign, a, b)


def evaluate(route, message, sniff=False):
    """'true', 'false', 'undefined' or 'not from there'; RouteError when the route is none."""
    source, condition = parse(route)
    prefix = source.rstrip("*/").lower() + "/"
    if not (message["source"].lower().rstrip("/") + "/").startswith(prefix):
        return "not from there"
    value = Evaluator(message, sniff).value(condition)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else "undefined"
