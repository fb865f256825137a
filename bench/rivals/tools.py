"""The quantisers that `oree optimise run` is held against: their environments, and one run of each.

Every tool runs in a process of its own; CPU seconds are the kernel's account of it and of what it started.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parent.parent / ".deps/rivals"


@dataclass
class Rival:
    title: str
    environment: str  # rivals/NAME.txt, .deps/rivals/NAME
    recipe: str


RIVALS = [
    Rival("ONNX Runtime, defaults", "ort", "default"),
    Rival("ONNX Runtime, U8S8 per channel", "ort", "u8s8"),
    Rival("the same, reduce_range", "ort", "u8s8-reduced"),
    Rival("NNCF, defaults", "nncf", "default"),
    Rival("NNCF, MIXED", "nncf", "mixed"),
    Rival("Olive, static quantisation", "olive", "default"),
]


@dataclass
class Made:
    """What a tool did with one network."""
    title: str
    files: dict = field(default_factory=dict)  # target -> .onnx; the same one for all when the tool knows no targets
    code: int = 0
    cpu_s: float = 0
    wall_s: float = 0
    peak_mb: float = 0
    said: str = ""  # the last line that it printed
    report: list | None = None  # oree's JSON


def python(environment: str) -> Path:
    return ENVIRONMENTS / environment / "bin/python"


def install(environment: str) -> str:
    """Once; a folder that is there is taken as it is when its list is the one that it was made from. "" or why it is not there."""
    wanted = (HERE / f"{environment}.txt").read_text()
    folder = ENVIRONMENTS / environment
    stamp = folder / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    print(f"  installing {environment}", flush=True)
    pip = [python(environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
           "--only-binary=:all:", "-r", HERE / f"{environment}.txt"]
    for words in ([sys.executable, "-m", "venv", "--clear", folder], pip):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"  {environment} cannot be installed: {last_line(done.stderr)}")
            return f"cannot be installed: {last_line(done.stderr)}"
    stamp.write_text(wanted)
    return ""


def install_mb(environment: str) -> float:
    return sum(f.lstat().st_size for f in (ENVIRONMENTS / environment).rglob("*") if f.is_file()) / 1e6


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


LIMIT_S = float(os.environ.get("OREE_BENCH_LIMIT_S", 900))  # of one tool on one network


def measured(title: str, words, environment: dict):
    """Runs a process to its end: what it printed, and what it cost."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        done = subprocess.run(["nice", "-n", os.environ.get("OREE_BENCH_NICE", "10"), *map(str, words)], capture_output=True, text=True, env=environment, timeout=LIMIT_S)
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        code, out, err = 124, "", f"not done after {LIMIT_S:.0f} s"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Made(title, code=code, cpu_s=cpu, wall_s=time.monotonic() - start, said=last_line(err)), out


def quantise(rival: Rival, case: Path) -> Made:
    out = case / f"{rival.environment}-{rival.recipe}.onnx"
    words = [python(rival.environment), HERE / "quantise.py", rival.environment, rival.recipe, case / "model.onnx",
             case / "calibration.npy", out]
    made, printed = measured(rival.title, words, {**os.environ, "OLIVE_DISABLE_TELEMETRY": "1"})
    if made.code == 0 and out.exists():
        made.peak_mb = json.loads(last_line(printed))["peak_mb"]
        made.files = {"vnni": out, "avx2": out}
    return made


# Speed and memory are in the table; with these it hands out whatever keeps the accuracy and is no slower.
ANY_SPEED = ("--min-speedup", 0.98, "--min-memory", -1000, "--max-variation", 1000)


def optimise(oree: Path, case: Path, about: dict, targets, gates=ANY_SPEED) -> Made:
    out = case / f"oree-{'-'.join(targets)}"
    words = [oree, "optimise", "run", about["model"], "--data", about["data"], "--out", out, "--json", "--key", case / "key.pem",
             *(word for target in targets for word in ("--target", target)), *gates]
    shutil.rmtree(out, ignore_errors=True)
    watched = [sys.executable, HERE / "peak.py", case / "peak.json", *words]
    # No PATH, no HOME: nothing but the program and its libraries takes part.
    made, printed = measured("`oree optimise run`", watched, {"LANG": "C.UTF-8"})
    if made.code != 124:
        made.peak_mb = json.loads((case / "peak.json").read_text())["peak_mb"]
    if printed.strip().startswith("["):
        made.report = json.loads(printed)
        made.files = {one["target"]: Path(one["model_file"]) for one in made.report if one["written"]}
    return made
