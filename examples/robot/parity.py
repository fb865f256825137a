"""Writes what the C++ code is held against: parity/vectors.json and the networks beside it.

  python parity.py

Everything here is computed by the libraries that the published scripts use: numpy, scipy and onnxruntime. Two ReLU
auto-encoders with random weights: the published one at its real size (weights stored as float16 and cast when the
file is loaded, so that it stays small) and a small one.
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
from scipy import signal, stats

from lstm_onnx import write_autoencoder, write_scaler

STEPS = 60
MEAN = np.array([900.0, 55.0, 0.2, 27.0], np.float32)
DEVIATION = np.array([400.0, 4.0, 0.1, 0.6], np.float32)


def mise_en_serie_temporelle(rows):
    """As published: windows i+2 … i+61, 61 fewer than rows."""
    count = len(rows) - STEPS - 1
    return np.array([[rows[i + j + 1] for j in range(1, STEPS + 1)] for i in range(count)])


def erreur(a, b):
    """As published, term by term."""
    total = 0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total = total + abs(a[i][j] - b[i][j])
    return total / (a.shape[0] * a.shape[1])


def layer(random, inputs, hidden):
    def draw(rows, columns):
        limit = np.sqrt(6 / (rows + columns)) * 1.5
        return random.uniform(-limit, limit, (rows, columns)).astype(np.float32)

    return draw(4 * hidden, inputs), draw(4 * hidden, hidden), random.uniform(-0.2, 0.6, 4 * hidden).astype(np.float32)


def write_network(path, wide, code, half):
    random = np.random.default_rng(wide)
    layers = [layer(random, 4, wide), layer(random, wide, code), layer(random, code, code), layer(random, code, wide)]
    dense = (random.uniform(-1, 1, (4, wide)) / np.sqrt(wide)).astype(np.float32), np.zeros(4, np.float32)
    write_autoencoder(path, layers, dense, STEPS, "Relu", half)


def rows_of_a_robot(count):
    random, t = np.random.default_rng(5), np.arange(count)
    drilling = (t % 20 < 12).astype(float)
    rows = np.stack([250 + 930 * drilling + random.normal(0, 6, count),
                     52 + 5 * np.sin(t / 20 * 2 * np.pi) + random.normal(0, 0.4, count),
                     0.05 + 0.25 * drilling + random.normal(0, 0.008, count),
                     26.8 + 0.5 * np.sin(t / 20 * 2 * np.pi - 1) + random.normal(0, 0.15, count)], axis=1)
    return np.round(rows, 3).astype(np.float32)


def network_vectors(folder):
    write_scaler(folder / "scaler.onnx", MEAN, DEVIATION)
    out = {}
    rows = rows_of_a_robot(70)
    windows = mise_en_serie_temporelle(rows)
    first = onnxruntime.InferenceSession(folder / "scaler.onnx")
    for name, wide, code, half in (("relu_small", 12, 8, False), ("relu_published", 180, 120, True)):
        write_network(folder / f"{name}.onnx", wide, code, half)
        second = onnxruntime.InferenceSession(folder / f"{name}.onnx")
        errors = []
        for window in windows:
            standard = first.run(None, {first.get_inputs()[0].name: window})[0]
            rebuilt = second.run(None, {second.get_inputs()[0].name: np.array(standard, ndmin=3)})[0]
            errors.append(float(erreur(standard, rebuilt[0])))
        out[name] = errors
    return {"rows": rows.astype(float).round(3).ravel().tolist(), "window_count": len(windows),
            "window_sum_by_place": windows.astype(float).sum(axis=(0, 2)).round(3).tolist(), "errors": out}


def welch_vectors():
    out = []
    for count, rate in ((1000, 1000.0), (200, 50.0), (101, 10.0)):
        random, t = np.random.default_rng(count), np.arange(count) / rate
        x = np.round(np.sin(2 * np.pi * rate / 9 * t) + random.normal(0, 0.3, count) + 2, 3)
        _, density = signal.welch(x, fs=rate, nperseg=min(256, count))
        out.append({"rate": rate, "signal": x.tolist(), "density": density.tolist()})
    return out


def drift_vectors():
    random = np.random.default_rng(7)
    a, b = random.normal(0.8, 0.1, 40).round(3), random.normal(0.7, 0.15, 27).round(3)
    b[:3] = a[:3]
    distance = stats.wasserstein_distance(a, b)
    return {"reference": a.tolist(), "current": b.tolist(), "distance": distance,
            "normed": distance / max(a.std(), 0.001)}


def main():
    folder = Path(__file__).parent / "parity"
    folder.mkdir(exist_ok=True)
    vectors = {"autoencoder": network_vectors(folder), "welch": welch_vectors(), "drift": drift_vectors()}
    (folder / "vectors.json").write_text(json.dumps(vectors, separators=(",", ":")) + "\n")
    print({name: errors[:2] for name, errors in vectors["autoencoder"]["errors"].items()})


if __name__ == "__main__":
    main()
