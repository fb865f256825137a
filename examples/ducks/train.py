"""Trains the duck classifier on generated pictures and writes models/ducks/1/model.onnx.

    python train.py                 about a quarter of an hour of drawing, then of training
"""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from dataset import training_set
from defects import LABELS
from keras_to_onnx import export
from preprocess import PACKAGE

BATCH = 16
CELL = 8             # pixels per cell of the map of defects


def _norm_relu(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


def _separable(x, channels, stride=1):
    """Depthwise 3x3 then 1x1, with a shortcut where the shape allows one."""
    y = _norm_relu(layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x))
    y = layers.BatchNormalization(momentum=0.95)(layers.Conv2D(channels, 1, use_bias=False)(y))
    return layers.ReLU()(layers.Add()([x, y]) if stride == 1 and x.shape[-1] == channels else y)


def network(height, width):
    """Two outputs: the class, and a coarse map of what is wrong where (for training only).

    About 20 million multiply-adds; early layers stay fine enough for a 4-pixel scratch.
    """
    image = keras.Input((height, width, 3))
    x = _norm_relu(layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(image))
    x = _norm_relu(layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(x))
    for channels, stride in ((48, 1), (64, 2), (64, 1), (64, 1)):
        x = _separable(x, channels, stride)
    where = layers.Conv2D(len(LABELS), 1)(x)
    for channels, stride in ((96, 2), (96, 1), (128, 2), (128, 1)):
        x = _separable(x, channels, stride)
    # The mean carries colour and shape; the maximum carries one small mark anywhere.
    both = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(image, [layers.Dense(len(LABELS), kernel_initializer="zeros")(both), where])


def defect_masks(x, y):
    """bool [n, H, W]: where a picture differs from the good duck of its group.

    Groups start with their good duck, so the difference shows the defect and little else.
    """
    first = np.flatnonzero(y == LABELS.index("good"))
    good = np.repeat(first, np.diff([*first, len(y)]))
    return np.stack([np.abs(a.astype(np.int16) - x[g]).max(-1) > 28 for a, g in zip(x, good)])


def _augment(x, mask, rng, grain):
    """uint8 batch to float 0..1 with mirror, shift, light, tint and noise changes; and its masks."""
    n, height, width, _ = x.shape
    out, moved = np.empty(x.shape, np.float32), np.empty(mask.shape, bool)
    padded = np.pad(x, ((0, 0), (10, 10), (12, 12), (0, 0)), mode="edge")
    around = np.pad(mask, ((0, 0), (10, 10), (12, 12)))
    level = np.arange(256) / 255
    for i in range(n):
        top, left, turn = rng.integers(0, 21), rng.integers(0, 25), rng.choice([-1, 1])
        part = padded[i, top:top + height, left:left + width][:, ::turn]
        moved[i] = around[i, top:top + height, left:left + width][:, ::turn]
        curve, light = level ** rng.uniform(0.85, 1.18), rng.uniform(0.88, 1.12)
        for c in range(3):
            tone = np.clip(curve * light * rng.uniform(0.97, 1.03), 0, 1).astype(np.float32)
            out[i, :, :, c] = tone[part[:, :, c]]
        at = rng.integers(0, grain.size - out[i].size)
        out[i] += grain[at:at + out[i].size].reshape(out[i].shape) * np.float32(rng.uniform(0, 0.012))
    return out, moved


def _batches(x, y, masks, rng):
    order = rng.permutation(len(x))
    grain = rng.standard_normal(1 << 20, np.float32)           # one bank of noise, read at random places
    for k in range(0, len(x) - BATCH + 1, BATCH):
        pick = np.sort(order[k:k + BATCH])
        pictures, moved = _augment(x[pick], masks[pick], rng, grain)
        cells = moved.reshape(BATCH, moved.shape[1] // CELL, CELL, -1, CELL).sum((2, 4)) >= 3
        yield pictures, y[pick], (cells * y[pick, None, None]).astype(np.int64)


def _loss(outputs, label, cells):
    """Cross entropy of the class, plus that of the map, its few defect cells weighted up."""
    logits, where = outputs
    wanted = tf.one_hot(label, len(LABELS)) * 0.96 + 0.04 / len(LABELS)
    whole = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
    weight = tf.where(cells > 0, 4.0, 1.0)
    local = tf.nn.sparse_softmax_cross_entropy_with_logits(cells, where) * weight
    return whole, tf.reduce_sum(local) / tf.reduce_sum(weight)


def fit(model, x, y, epochs, peak=3e-3):
    """Adam with one cosine decay; the last tenth is held out only to watch progress."""
    held = len(x) // 10
    masks = defect_masks(x, y)
    x, y, xv, yv = x[:-held], y[:-held], x[-held:].astype(np.float32) / 255, y[-held:]
    steps = len(x) // BATCH * epochs
    rate = keras.optimizers.schedules.CosineDecay(peak / 10, steps, warmup_target=peak, warmup_steps=steps // 20)
    optimiser = keras.optimizers.AdamW(rate, weight_decay=1e-3)

    @tf.function
    def step(a, b, c):
        with tf.GradientTape() as tape:
            whole, local = _loss(model(a, training=True), b, c)
            loss = whole + 2 * local
        optimiser.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return whole, local

    rng = np.random.default_rng(1)
    for epoch in range(epochs):
        losses = np.mean([[float(v) for v in step(*batch)] for batch in _batches(x, y, masks, rng)], axis=0)
        found = np.concatenate([model(xv[k:k + 64])[0].numpy().argmax(1) for k in range(0, held, 64)])
        print(f"epoch {epoch + 1}: loss {losses[0]:.4f}, of the map {losses[1]:.4f}, "
              f"watched accuracy {np.mean(found == yv):.4f}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--groups", type=int, default=1200, help="ducks to draw, five pictures each")
    p.add_argument("--epochs", type=int, default=16)
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    keras.utils.set_random_seed(5)
    x, y = training_set(args.groups, args.threads)
    model = network(*x.shape[1:3])
    model.summary(print_fn=lambda line: print(line) if "params" in line else None)
    fit(model, x, y, args.epochs)
    export(keras.Model(model.input, model.outputs[0]), PACKAGE / "model.onnx", "logits")


if __name__ == "__main__":
    main()
