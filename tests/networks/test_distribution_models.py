"""The ONNX test models that the distribution ships (package libonnx-testdata): read, checked, typed, written again."""
import json
import subprocess
from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed; ./run test installs it")
from onnx import TensorProto, shape_inference  # noqa: E402

MODELS = Path("/usr/share/libonnx-testdata/data")


@pytest.fixture(scope="module")
def shown(oree):
    """file -> what `oree model show --json` says of it."""
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS} (package libonnx-testdata)")
    files = sorted(MODELS.rglob("*.onnx"))
    assert len(files) > 1000
    lines = []
    for start in range(0, len(files), 400):
        done = subprocess.run([oree, "model", "show", "--json", *files[start : start + 400]], capture_output=True, text=True, timeout=300)
        lines += [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(files)
    return dict(zip(files, lines))


def test_every_model_of_the_distribution_is_read_and_checked(shown):
    refused = {str(file.relative_to(MODELS)): line["what"] for file, line in shown.items() if "error" in line}
    assert refused == {}


def test_their_shapes_are_those_of_onnx(shown):
    compared, wrong = 0, []
    for file, line in shown.items():
        model = onnx.load(file)
        made = {output for node in model.graph.node for output in node.output}
        for value in shape_inference.infer_shapes(model, data_prop=True).graph.value_info:
            if value.name not in made or not value.type.HasField("tensor_type"):
                continue
            tensor = value.type.tensor_type
            known = line["types"].get(value.name, "")
            if not known or tensor.elem_type == TensorProto.UNDEFINED:
                continue
            compared += 1
            element, _, dims = known.rstrip("]").partition("[")
            if element not in (TensorProto.DataType.Name(tensor.elem_type), "UNDEFINED"):
                wrong.append((file.parent.name, value.name, known, "another element"))
            if dims == "..." or not tensor.HasField("shape"):
                continue
            ours = dims.split(",") if dims else []
            theirs = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
            if len(ours) != len(theirs) or any(b is not None and a.isdigit() and int(a) != b for a, b in zip(ours, theirs)):
                wrong.append((file.parent.name, value.name, known, theirs))
    assert wrong == []
    assert compared > 100
