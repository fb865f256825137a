"""A small network that learnt from a large one, with half of its weights gone, ready for `oree optimise run`.

    distil.py --out DIR [--data FOLDER] [--epochs 4] [--student-epochs 12] [--sparsity 0.5]

1. A teacher of 168,000 weights learns handwritten digits.
2. A student of 4,300 learns them twice, equally long: alone, and from the teacher's answers softened by a
   temperature (Hinton, Vinyals and Dean 2015): 0.7 T² KL(teacher, student) + 0.3 cross entropy, T = 3. The
   teacher is asked about the very pictures that the student sees: each moved as it is moved in that epoch.
3. The student is pruned while it goes on learning: its smallest weights become zero, more of them with each
   step (Zhu and Gupta 2017), and those that are zero stay so.
4. What came out of 2 and 3 is written as ONNX, with samples in the form that `oree optimise` reads.

Ten thousand digits come from the shared data folder (mnist); 8,000 are learnt, 2,000 judge.
"""
import argparse
import gzip
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers, ops  # noqa: E402

from keras_to_onnx import export  # noqa: E402

TEMPERATURE, SOFT = 3.0, 0.7
BATCH, LEARNT = 64, 8000


def digits(folder):
    """Pictures [N,28,28,1] of 0..1 and labels, in a fixed shuffled order."""
    x = np.frombuffer(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())[16:], "u1")
    y = np.frombuffer(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:], "u1")
    order = np.random.default_rng(1).permutation(len(y))
    return (x.reshape(-1, 28, 28, 1).astype("f4") / 255)[order], y[order].astype("i4")


def network(width, depth, name):
    """A convolution that halves the picture, `depth` more of which the second half has twice the channels."""
    x = entry = layers.Input((28, 28, 1))
    for block in range(depth + 1):
        second = block > depth // 2
        stride = 2 if block in (0, depth // 2 + 1) else 1
        x = layers.Conv2D(width * (2 if second else 1), 3, stride, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))  # few steps: averages must keep up
    return keras.Model(entry, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)), name=name)


def lessons(y, logits=None):
    """What a network is to say: one of ten, and beside it the teacher's logits (zeros without a teacher)."""
    return np.concatenate([np.eye(10, dtype="f4")[y], np.zeros((len(y), 10), "f4") if logits is None else logits], 1)


def loss_of(soft):
    """Cross entropy with the labels and, by the share `soft`, divergence from the teacher's softened answers."""
    def loss(lesson, logits):
        right, teacher = lesson[:, :10], lesson[:, 10:]
        hard = ops.mean(ops.sum(-right * ops.log_softmax(logits), -1))
        if soft == 0:
            return hard
        wanted, said = ops.log_softmax(teacher / TEMPERATURE), ops.log_softmax(logits / TEMPERATURE)
        apart = ops.mean(ops.sum(ops.exp(wanted) * (wanted - said), -1))
        return soft * TEMPERATURE**2 * apart + (1 - soft) * hard
    return loss


def shifted(x, rng):
    """Every picture moved by up to two pixels, each way."""
    out = np.zeros_like(x)
    for i, (down, right) in enumerate(rng.integers(-2, 3, (len(x), 2))):
        out[i] = np.roll(x[i], (down, right), (0, 1))
    return out


class Pruning:
    """Keeps the smallest weights of convolutions and of the last layer at zero; more of them as steps go by."""

    def __init__(self, model, final, steps):
        kinds = (layers.Conv2D, layers.Dense)  # not depthwise: they have few weights, and need them
        self.kernels = [layer.kernel for layer in model.layers if isinstance(layer, kinds)]
        self.final, self.steps, self.masks = final, steps, [1.0] * len(self.kernels)

    def share_at(self, step):
        """Cubic from 0 to the final share over the first two thirds; the rest is for recovery."""
        left = 1 - min(step / (self.steps * 2 / 3), 1)
        return self.final * (1 - left**3)

    def after(self, step):
        if step % 25 == 0:
            for i, kernel in enumerate(self.kernels):
                sizes = np.abs(ops.convert_to_numpy(kernel))
                gone = np.quantile(sizes, self.share_at(step)) if self.share_at(step) > 0 else -1
                self.masks[i] = (sizes > gone).astype("f4")
        for kernel, mask in zip(self.kernels, self.masks):
            kernel.assign(ops.convert_to_numpy(kernel) * mask)

    def zeros(self):
        weights = np.concatenate([ops.convert_to_numpy(kernel).ravel() for kernel in self.kernels])
        return float(np.mean(weights == 0))


def learn(model, x, y, epochs, peak, teacher=None, pruned=None):
    """Adam, one cosine decay; `pruned` is the share of weights that are zero at the end."""
    steps = len(x) // BATCH * epochs
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(peak, steps)), loss_of(SOFT if teacher else 0))
    pruning, rng, step = Pruning(model, pruned, steps) if pruned else None, np.random.default_rng(2), 0
    for _ in range(epochs):
        order, moved = rng.permutation(len(x)), shifted(x, rng)
        lesson = lessons(y, teacher.predict(moved, 256, verbose=0) if teacher else None)
        for k in range(0, len(x) - BATCH + 1, BATCH):
            pick = order[k:k + BATCH]
            model.train_on_batch(moved[pick], lesson[pick])
            step += 1
            if pruning:
                pruning.after(step)
    return pruning


def right(model, x, y):
    return float(np.mean(model.predict(x, 256, verbose=0).argmax(1) == y))


def write_samples(folder, x, y):
    """Digits that nobody learnt, as `oree optimise` reads them: a quarter calibrates, the others judge."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "inputs.npy", np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    np.save(folder / "labels.npy", y.astype("u1"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(os.environ.get("OREE_SHARED_DATA") or HERE.parents[2] / "shared" / "data")
    p.add_argument("--data", type=Path, default=shared / "mnist", help="the folder with the digits")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--epochs", type=int, default=4, help="of the teacher, and of learning on while pruned")
    p.add_argument("--student-epochs", type=int, default=12, help="of the student, alone and taught")
    p.add_argument("--sparsity", type=float, default=0.5, help="share of the student's weights that become zero")
    args = p.parse_args()
    if not (args.data / "t10k-images-idx3-ubyte.gz").exists():
        raise SystemExit(f"no digits in {args.data}; name their folder with --data")
    args.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(3)
    x, y = digits(args.data)
    x, y, xv, yv = x[:LEARNT], y[:LEARNT], x[LEARNT:], y[LEARNT:]
    began, report = time.time(), {}

    def note(name, model, **more):
        report[name] = {"weights": model.count_params(), "right": right(model, xv, yv), **more}
        print(f"{time.time() - began:5.0f} s  {name}: {report[name]}", flush=True)

    teacher = network(48, 4, "teacher")
    learn(teacher, x, y, args.epochs, 3e-3)
    note("teacher", teacher)
    alone, student = network(12, 2, "alone"), network(12, 2, "student")
    student.set_weights(alone.get_weights())  # both begin with the same numbers
    learn(alone, x, y, args.student_epochs, 3e-3)
    note("student alone", alone)
    learn(student, x, y, args.student_epochs, 3e-3, teacher)
    note("student taught", student)
    export(student, args.out / "student.onnx", "logits")
    pruning = learn(student, x, y, args.epochs, 1e-3, teacher, args.sparsity)
    note("student taught, pruned", student, zeros=pruning.zeros())
    export(student, args.out / "pruned.onnx", "logits")
    write_samples(args.out / "samples", xv, yv)
    (args.out / "report.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
