"""Never slower: every network of the shared data through `oree optimise run`, and whatever comes out timed against its float.

usage: everything.py SHARED_DATA OUT.md OREE KEPT.json

What was measured is kept in KEPT.json after each network, and not measured again by whoever was interrupted.

Most of these networks have no samples here, so they get noise, and nothing is said of accuracy (that gate is off). The speed
gate asks for 0.98 times the float network's speed; what is written then is timed again by pace.py, in turns, in one process.
"""
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx

import report
import tools

HERE = Path(__file__).resolve().parent
GATES = ("--min-accuracy", 0, "--min-speedup", 0.98, "--min-memory", -1000, "--max-variation", 1000)


def as_onnx(oree: Path, source: Path, out: Path) -> Path:
    if source.suffix == ".onnx":
        return source
    subprocess.run([oree, "model", "convert", source, out, "--passes"], check=True, stdout=subprocess.DEVNULL)
    return out


def noise(model: Path, folder: Path) -> Path | None:
    """Forty rows for the model's one float input; None when it has another."""
    graph = onnx.load(model, load_external_data=False).graph
    weights = {one.name for one in graph.initializer}
    inputs = [one for one in graph.input if one.name not in weights]
    if len(inputs) != 1 or inputs[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        return None
    shape = [d.dim_value or 1 for d in inputs[0].type.tensor_type.shape.dim]
    folder.mkdir()
    rows = numpy.random.default_rng(1).random((40, *shape[1:]), "f4")
    numpy.save(folder / "inputs.npy", rows * 255 if max(shape) == 416 else rows)
    return folder


def row_of(source: Path, name: str, oree: Path, work: Path) -> tuple:
    model = as_onnx(oree, source, work / "model.onnx")
    data = noise(model, work / "data")
    if data is None:
        return name, "refused", "", "its input is in integers already"
    target = "vnni" if "vnni" in Path("/proc/cpuinfo").read_text() else "avx2"
    made = tools.optimise(oree, work, {"model": model, "data": data}, [target], GATES)
    if not made.files:
        gates = [gate for one in made.report or [] for gate in one["gates"] if gate["verdict"] == "fails"]
        why = "; ".join(f"{g['name']}: {g['measured'].split(',')[0]}" for g in gates) or made.said
        return name, "refused", "", why
    done = subprocess.run([tools.python("ort"), HERE / "pace.py", model, made.files[target], data / "inputs.npy", "2"], capture_output=True, text=True)
    p = json.loads(done.stdout)
    return name, "written", f"{p['speedup']:.2f}× ({p['low']:.2f} to {p['high']:.2f})", f"{p['reference_ms']:.2f} to {p['ms']:.2f} ms"


def main():
    shared, out, oree, kept = map(Path, sys.argv[1:])
    before = json.loads(kept.read_text()) if kept.exists() else {}
    rows = []
    for source in sorted([*shared.rglob("*.onnx"), *shared.rglob("*.tflite")]):
        name = str(source.relative_to(shared))
        if name not in before:
            with tempfile.TemporaryDirectory(prefix="oree-never-slower-") as work:
                before[name] = row_of(source, name, oree, Path(work))
            kept.write_text(json.dumps(before))
        rows.append(before[name])
        print("  " + "  ".join(rows[-1]), flush=True)
    slower = [row[0] for row in rows if row[1] == "written" and float(row[2].split("×")[0]) < 0.98]
    lines = ["# No network comes out slower than it went in", "",
             f"Made by `./run bench optimise --all` on {datetime.date.today()}, {report.cpu_name()}, ONNX Runtime 1.31.1 at 1 thread, shared cores.",
             "", *__doc__.strip().splitlines()[6:], "", f"Slower by more than 2 %: {', '.join(slower) or 'none'}.", "",
             "| network | | times as fast | |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
