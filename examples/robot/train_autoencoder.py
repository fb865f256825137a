"""Trains the LSTM auto-encoder on healthy simulated robots and writes models/robot-lstm/1.

  OMP_NUM_THREADS=1 nice -n 19 python train_autoencoder.py [--program PATH] [--minutes 8]

The network has the published form (two LSTM down, RepeatVector, two LSTM up, Dense 4) with tanh and 64/32 units
instead of ReLU and 180/120: with ReLU the training diverges. The published size with tanh was not trained here.
Threshold: the largest error of a training window, as published.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

from lstm_onnx import write_autoencoder, write_scaler
from readings import SENSORS, STEPS, program, simulate, windows

UNITS = (64, 32)


class AutoEncoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        wide, code = UNITS
        self.encode_1 = torch.nn.LSTM(4, wide, batch_first=True)
        self.encode_2 = torch.nn.LSTM(wide, code, batch_first=True)
        self.decode_1 = torch.nn.LSTM(code, code, batch_first=True)
        self.decode_2 = torch.nn.LSTM(code, wide, batch_first=True)
        self.dense = torch.nn.Linear(wide, 4)

    def forward(self, x):
        x, _ = self.encode_1(x)
        _, (code, _) = self.encode_2(x)
        x = code[0][:, None, :].expand(-1, STEPS, -1)
        x, _ = self.decode_1(x)
        x, _ = self.decode_2(x)
        return self.dense(x)

    def weights(self):
        def of(layer):
            bias = layer.bias_ih_l0 + layer.bias_hh_l0
            return [w.detach().numpy() for w in (layer.weight_ih_l0, layer.weight_hh_l0, bias)]

        layers = [of(layer) for layer in (self.encode_1, self.encode_2, self.decode_1, self.decode_2)]
        return layers, [w.detach().numpy() for w in (self.dense.weight, self.dense.bias)]


def errors(model, data):
    with torch.no_grad():
        parts = [(model(part) - part).abs().mean(dim=(1, 2)) for part in data.split(512)]
    return torch.cat(parts).numpy()


def train(model, data, seconds):
    """Until the time is over or 60 epochs; the learning rate falls along the share of either that is used."""
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    started, epochs, batch = time.monotonic(), 60, 64
    loss_of_epoch = float("nan")
    for epoch in range(epochs):
        order, losses = torch.randperm(len(data)), []
        for at in range(0, len(order), batch):
            used = max((time.monotonic() - started) / seconds, (epoch + at / len(order)) / epochs)
            if used >= 1:
                return float(np.mean(losses)) if losses else loss_of_epoch
            for group in optimiser.param_groups:
                group["lr"] = 2e-3 * (0.5 * (1 + np.cos(np.pi * used)) + 0.01)
            part = data[order[at:at + batch]]
            loss = (model(part) - part).abs().mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        loss_of_epoch = float(np.mean(losses))
        print(f"epoch {epoch + 1}: loss {loss_of_epoch:.4f}, {time.monotonic() - started:.0f} s", flush=True)
    return loss_of_epoch


def write(folder, model, mean, deviation, facts):
    folder.mkdir(parents=True, exist_ok=True)
    write_scaler(folder / "scaler.onnx", mean, deviation)
    layers, dense = model.weights()
    write_autoencoder(folder / "model.onnx", layers, dense, STEPS, "Tanh")
    (folder / "detector.yaml").write_text(
        "detector: lstm_autoencoder\n"
        "description: Rebuilds a minute of a healthy drill cell; what it cannot rebuild is not healthy.\n"
        f"columns: [{', '.join(SENSORS)}]\n"
        f"window: {STEPS}\n"
        f"every: 1s\n"
        "model_file: model.onnx\n"
        "scaler_file: scaler.onnx\n"
        f"training: {{loss: {facts['loss']:.6f}, threshold: {facts['threshold']:.6f}, "
        f"median_error: {facts['median']:.6f}}}\n"
        "provenance: {trained_by: examples/robot/train_autoencoder.py, data: simulated robots of seed 100}\n"
        "licence: Apache-2.0\n")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path)
    options.add_argument("--minutes", type=float, default=8)
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "models/robot-lstm/1")
    options = options.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    path = options.program or program()
    # Seeds 100 and below 200 are for training; the README's figures come from seeds 200 and above.
    healthy = [simulate(path, seed=100, robot=robot, hours=2)[0] for robot in range(12)]
    rows = np.concatenate(healthy)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    data = np.concatenate([windows((part - mean) / deviation, stride=6) for part in healthy])
    data = torch.from_numpy(data.astype(np.float32))
    print(f"{len(data)} windows")
    model = AutoEncoder()
    loss = train(model, data, options.minutes * 60)
    found = errors(model, data)
    facts = {"loss": loss, "threshold": float(found.max()), "median": float(np.median(found))}
    write(options.out, model, mean, deviation, facts)
    print(facts)


if __name__ == "__main__":
    main()
