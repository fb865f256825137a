"""Picture to network input, exactly as model.yaml tells the station to do it."""
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

PACKAGE = Path(__file__).parent / "models" / "ducks" / "1"


def load_package(folder=PACKAGE):
    """The model.yaml of a package, checked for the few settings this example uses."""
    settings = yaml.safe_load((Path(folder) / "model.yaml").read_text())
    layout = settings["input"]
    if (layout["layout"], layout["channels"], layout["resize"]) != ("nchw", "rgb", "stretch"):
        raise SystemExit("this script only knows nchw, rgb, stretch")
    return settings


def shrink(image, size):
    """Stretch to `size` (width, height); the filter widens when it shrinks, so no aliasing."""
    return np.asarray(image.convert("RGB").resize(tuple(size), Image.BILINEAR))


def tensor(image, settings):
    """float32 [1, 3, H, W], x' = (x - mean) * scale."""
    x = shrink(image, settings["input"]["size"]).astype(np.float32)
    x = (x - np.array(settings["input"]["mean"], np.float32)) * np.float32(settings["input"]["scale"])
    return np.ascontiguousarray(x.transpose(2, 0, 1)[None])
