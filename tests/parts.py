"""Pictures and station files for the tests: the ducks that come with the repository, and small made-up images."""
import csv
import io
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
DUCKS = ROOT / "examples/ducks"


def duck_images() -> list[Path]:
    return sorted((DUCKS / "images").glob("*.jpg"))


def duck_truth() -> dict[str, str]:
    with (DUCKS / "images/truth.csv").open() as file:
        return {row["file"]: row["label"] for row in csv.DictReader(file)}


def duck_with(label: str) -> Path:
    """The first sample picture that shows this."""
    name = next(name for name, seen in sorted(duck_truth().items()) if seen == label)
    return DUCKS / "images" / name


def picture(width=64, height=48, colour=(200, 60, 20), form="JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()


def ducks_station(**changes) -> dict:
    """A station whose one camera takes posted pictures of ducks."""
    return {
        "station": "ducks",
        "models": str(DUCKS / "models"),
        "cameras": {"hand": {"type": "http"}},
        "steps": {"duck": {"camera": "hand", "model": "ducks", "rule": {"type": "expected_label", "label": "good"}}},
        "storage": {"max_bytes": "500MB", "min_free": "10MB"},
        **changes,
    }
