"""What tests about packaged models share: the program's words, folders of random files, keys."""
import base64
import json
import random
import shutil
import subprocess
from pathlib import Path

from parts import DUCKS


class Words:
    """`oree model …`: run() gives what came out; good() insists that it went well."""

    def __init__(self, oree: Path):
        self.oree = oree

    def run(self, *words, **options):
        command = [str(self.oree), "model", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False, **options)

    def good(self, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def refused(self, code, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr

    def json(self, *words):
        return json.loads(self.good(*words, "--json").stdout)


def ducks_package(words: Words, folder: Path, version=1) -> Path:
    """The ducks' model, packed as version N below `folder`."""
    package = folder / "ducks" / str(version)
    words.good("pack", DUCKS / "models/ducks/1", "--out", package)
    return package


def random_folder(folder: Path, dice: random.Random) -> Path:
    """Files of many sizes at many depths, with names that people and machines give."""
    names = ["model.onnx", "a", "a.b", "a-b", "Z", "é", "名", "with space", "weights.bin", "x" * 100, "tab\tname", ".hidden"]
    folder.mkdir(parents=True)
    places = [folder]
    for _ in range(dice.randint(0, 4)):
        place = dice.choice(places) / dice.choice(["sub", "a", "a.b", ".d", "dé", "b c"])
        if not place.exists():
            place.mkdir()
            places.append(place)
    for _ in range(dice.randint(1, 12)):
        file = dice.choice(places) / dice.choice(names)
        if not file.exists():
            file.write_bytes(dice.randbytes(dice.choice([0, 1, 99, 1_000, 4_096, dice.randint(0, 20_000)])))
    return folder


def mutate(folder: Path, signature: Path, dice: random.Random) -> str:
    """One change that must not pass, and what it was. Files without bytes are left alone: shards do not list them."""
    full = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.stat().st_size > 0]
    kind = dice.choice(["new file", "signature"] + (["removed", "renamed", "bit", "cut", "longer"] if full else []))
    if kind == "new file":
        (folder / f"new-{dice.randint(0, 999)}").write_bytes(b"x")
    elif kind == "signature":
        flip_signed_bit(signature, dice)
    elif kind == "removed":
        dice.choice(full).unlink()
    elif kind == "renamed":
        file = dice.choice(full)
        file.rename(file.with_name(file.name + "-"))
    else:
        change_content(dice.choice(full), kind, dice)
    return kind


def change_content(file: Path, kind: str, dice: random.Random):
    content = bytearray(file.read_bytes())
    if kind == "bit":
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    elif kind == "cut":
        content.pop()
    else:
        content.append(dice.randrange(256))
    file.write_bytes(content)


def flip_signed_bit(signature: Path, dice: random.Random):
    """In the payload or in the signature over it."""
    bundle = json.loads(signature.read_text())
    envelope = bundle["dsseEnvelope"]
    holder, key = dice.choice([(envelope, "payload"), (envelope["signatures"][0], "sig")])
    content = bytearray(base64.b64decode(holder[key]))
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    holder[key] = base64.b64encode(content).decode()
    signature.write_text(json.dumps(bundle))


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, symlinks=True)
    return to
