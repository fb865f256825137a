"""Trains the 1D network that tells a balanced fan from an unbalanced one; writes models/fan-vibration/1.

  OMP_NUM_THREADS=1 nice -n 19 python train_vibration.py --data ../../../shared/data/fan-vibration/accelerometer.csv.gz

Data: three axes at about 50 Hz, 17 speeds × 3 weights on the blade × 1 minute. Features are those of the product:
Welch (segment 256) of 512 samples of each axis, log10(density + 1e-10). Every fourth speed is held out whole, so that
the figures are of speeds the network never saw.
"""
import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from scipy import signal

from lstm_onnx import Graph

WINDOW, RATE, BINS = 512, 50.0, 129


def load(path):
    with gzip.open(path, "rt") as file:
        return np.genfromtxt(file, delimiter=",", skip_header=1)


def features(samples):
    _, density = signal.welch(samples, fs=RATE, axis=0)
    return np.log10(density + 1e-10).T.astype(np.float32)


def examples(table, step):
    """Features [n, 3, 129], labels (1 = unbalanced) and the speed of each."""
    x, y, speeds = [], [], []
    for weight in (1, 2, 3):
        for speed in np.unique(table[:, 1]):
            part = table[(table[:, 0] == weight) & (table[:, 1] == speed)][:, 2:5]
            for at in range(0, len(part) - WINDOW + 1, step):
                x.append(features(part[at:at + WINDOW]))
                y.append(float(weight != 1))
                speeds.append(speed)
    return np.array(x), np.array(y, np.float32), np.array(speeds)


def build():
    return torch.nn.Sequential(
        torch.nn.Conv1d(3, 16, 7, stride=2, padding=3), torch.nn.ReLU(),
        torch.nn.Conv1d(16, 32, 5, stride=2, padding=2), torch.nn.ReLU(),
        torch.nn.Conv1d(32, 32, 3, stride=2, padding=1), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten(), torch.nn.Linear(32, 1))


def train(model, x, y, epochs):
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
    # Two of three windows are unbalanced: weighed so that both kinds count the same.
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor((y == 0).sum() / (y == 1).sum()))
    x, y, loss = torch.from_numpy(x), torch.from_numpy(y), None
    for epoch in range(epochs):
        losses = []
        for part in torch.randperm(len(x)).split(64):
            shaken = x[part] + 0.1 * torch.randn(len(part), 3, 1)  # a little louder or quieter
            loss = loss_of(model(shaken)[:, 0], y[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return float(np.mean(losses))


def report(model, x, y, name):
    with torch.no_grad():
        score = torch.sigmoid(model(torch.from_numpy(x)))[:, 0].numpy()
    alarm = score > 0.85
    print(f"{name}: {len(y)} windows, found {alarm[y == 1].mean():.3f} of the unbalanced, "
          f"false alarms {alarm[y == 0].mean():.3f} of the balanced")


def write(folder, model, mean, deviation, loss):
    folder.mkdir(parents=True, exist_ok=True)
    graph = Graph()
    # The standardisation of the features becomes part of the first layer's input.
    x = graph.node("Sub", ["features", graph.constant("mean", mean[None])], ["centred"])
    x = graph.node("Div", [x, graph.constant("deviation", deviation[None])], ["standard"])
    for place in (0, 2, 4):
        layer = model[place]
        weights = [graph.constant(f"{kind}_{place}", getattr(layer, kind).detach().numpy())
                   for kind in ("weight", "bias")]
        pad = layer.padding[0]
        x = graph.node("Conv", [x] + weights, [f"conv_{place}"], strides=[2], pads=[pad, pad])
        x = graph.node("Relu", [x], [f"relu_{place}"])
    x = graph.node("GlobalAveragePool", [x], ["pooled"])
    x = graph.node("Flatten", [x], ["flat"])
    weight = graph.constant("out_w", model[8].weight.detach().numpy())
    bias = graph.constant("out_b", model[8].bias.detach().numpy())
    graph.node("Gemm", [x, weight, bias], ["logit"], transB=1)
    graph.save(folder / "model.onnx", [("features", [None, 3, BINS])], [("logit", [None, 1])])
    (folder / "detector.yaml").write_text(
        "detector: vibration_cnn\n"
        "description: Tells a balanced cooling fan from one with a weight on its blade.\n"
        "columns: [x, y, z]\n"
        f"window: {WINDOW}\n"
        "every: 20ms\n"
        "model_file: model.onnx\n"
        f"training: {{loss: {loss:.6f}, threshold: 0.85}}\n"
        "provenance: {trained_by: examples/robot/train_vibration.py, "
        "data: 'UCI Accelerometer (Sampaio et al., Sensors 2019)'}\n"
        "licence: Apache-2.0\n")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--epochs", type=int, default=60)
    options = options.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    x, y, speeds = examples(load(options.data), step=64)
    held_out = np.isin(speeds, np.unique(speeds)[2::4])
    mean, deviation = x[~held_out].mean(axis=0), x[~held_out].std(axis=0) + 1e-3
    standard = (x - mean) / deviation
    model = build()
    loss = train(model, standard[~held_out], y[~held_out], options.epochs)
    report(model, standard[~held_out], y[~held_out], "trained speeds")
    report(model, standard[held_out], y[held_out], f"held-out speeds {np.unique(speeds[held_out])}")
    write(Path(__file__).parent / "models/fan-vibration/1", model, mean, deviation, loss)


if __name__ == "__main__":
    main()
