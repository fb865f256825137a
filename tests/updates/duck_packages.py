"""Packages of ducks, good ones and such that claim what is not so."""
from parts import DUCKS, duck_with

MODEL = DUCKS / "models/ducks/1"


def ducks_package(version, golden="good", padding=0) -> dict:
    """The files of a duck model. Its golden picture shows a good duck; `golden` is what the package claims it shows."""
    files = {
        "model.onnx": (MODEL / "model.onnx").read_bytes(),
        "model.yaml": (MODEL / "model.yaml").read_bytes() + f"# version {version}\n".encode(),
        "golden/one.jpg": duck_with("good").read_bytes(),
        "golden/one.json": b'{"label": "%s"}' % golden.encode(),
    }
    for file in MODEL.iterdir():
        if file.is_file() and file.name not in files:
            files[file.name] = file.read_bytes()
    if padding:
        files["padding.bin"] = bytes(range(256)) * (padding // 256)
    return files
