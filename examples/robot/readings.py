"""Readings of the simulated robot, from the program that the build makes (oree-robot-readings)."""
import io
import subprocess
from pathlib import Path

import numpy as np

SENSORS = ["drill_speed", "drill_temperature", "bit_friction", "cooling_temperature"]
STEPS = 60


def program():
    root = Path(__file__).resolve().parents[2]
    found = sorted((root / "build").glob("*/src/services/simulation/oree-robot-readings"))
    if not found:
        raise SystemExit("build the target oree-robot-readings first, or name it with --program")
    return found[-1]


def simulate(path, **options):
    """Rows [n, 4] and labels [n]; options as the program's: seed, robot, hours, life, fault."""
    words = [str(w) for key, value in options.items() for w in (f"--{key}", value)]
    text = subprocess.run([str(path)] + words, check=True, capture_output=True, text=True).stdout
    table = np.genfromtxt(io.StringIO(text), delimiter=",", skip_header=1, usecols=range(1, 6))
    rows, labels = table[:, :4], table[:, 4]
    for column in rows.T:  # a dropped value is the one before it
        holes = np.isnan(column)
        if holes.any():
            last = np.where(holes, 0, np.arange(len(column)))
            column[:] = column[np.maximum.accumulate(last)]
    return rows.astype(np.float32), labels


def windows(rows, stride=1):
    """Rows i … i+59 for each i: [n, 60, 4]."""
    view = np.lib.stride_tricks.sliding_window_view(rows, STEPS, axis=0)[::stride]
    return np.ascontiguousarray(view.transpose(0, 2, 1))
