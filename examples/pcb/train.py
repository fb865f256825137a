"""Trains the defect segmenter on real and invented boards; writes models/boards/1/model.onnx.

    python train.py --data ../../../shared/data/deeppcb

Held-out families (boards.HELD_OUT_FAMILIES) are never loaded here.
"""
import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import boards
from crops import SIZE, Crops
from keras_to_onnx import export

BATCH = 16
MODEL = Path(__file__).parent / "models" / "boards" / "1" / "model.onnx"


def _norm_relu(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(x))


def _separable(x, channels, stride=1, dilation=1):
    """Depthwise 3x3 then 1x1, with a shortcut where the shape allows one."""
    y = layers.DepthwiseConv2D(3, strides=stride, dilation_rate=dilation, padding="same", use_bias=False)(x)
    y = _norm_relu(y)
    y = layers.BatchNormalization(momentum=0.97)(layers.Conv2D(channels, 1, use_bias=False)(y))
    return layers.ReLU()(layers.Add()([x, y]) if stride == 1 and x.shape[-1] == channels else y)


def _merge(fine, coarse):
    """Brings coarse context to the fine grid."""
    channels = fine.shape[-1]
    lifted = layers.BatchNormalization(momentum=0.97)(layers.Conv2D(channels, 1, use_bias=False)(coarse))
    return layers.ReLU()(layers.Add()([fine, layers.UpSampling2D(2)(lifted)]))


def network(size):
    """Logits at a quarter of `size`: fine detail at 1/4, context down to 1/16 and back."""
    image = keras.Input((size, size, 1))
    x = _norm_relu(layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(image))
    x = _norm_relu(layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(x))
    quarter = _separable(_separable(x, 32), 32)
    x = _separable(quarter, 64, stride=2)
    eighth = _separable(_separable(x, 64), 64)
    x = _separable(eighth, 96, stride=2)
    for dilation in (1, 2, 4, 1):
        x = _separable(x, 96, dilation=dilation)
    x = _separable(_merge(eighth, x), 64)
    x = _separable(_merge(quarter, x), 32)
    bias = keras.initializers.Constant(-4.0)             # defects are rare: start from there
    return keras.Model(image, layers.Conv2D(1, 1, bias_initializer=bias)(x))


def _worker(job):
    """One block of crops, drawn in a child process."""
    folder, without, seed, count = job
    pairs, _ = boards.split(boards.load(folder))
    source = Crops([p for p in pairs if p.family not in without], seed)
    rows = [source.one() for _ in range(count)]
    return tuple(np.stack([r[i] for r in rows]) for i in range(3))


def batches(folder, without, steps, seed=0, block=40 * BATCH):
    """Yields batches; blocks of crops are drawn ahead in one child process."""
    jobs = [(folder, without, [seed, k], block) for k in range(-(-steps * BATCH // block))]
    with ProcessPoolExecutor(1) as pool:
        waiting = [pool.submit(_worker, job) for job in jobs[:2]]
        for k in range(len(jobs)):
            if k + 2 < len(jobs):
                waiting.append(pool.submit(_worker, jobs[k + 2]))
            x, y, w = waiting.pop(0).result()
            for b in range(0, block, BATCH):
                yield (x[b:b + BATCH, :, :, None].astype(np.float32) - 127.5) / 127.5, y[b:b + BATCH], w[b:b + BATCH]


def loss_of(logits, target, trust):
    """Cross entropy, defects counted twice, plus the overlap that the area rule cares for."""
    logits = logits[..., 0]
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
    weight = trust * (1 + target)
    entropy = tf.reduce_sum(entropy * weight) / tf.reduce_sum(weight)
    found = tf.sigmoid(logits) * trust
    overlap = 2 * tf.reduce_sum(found * target) + 20
    return 8 * entropy + 1 - overlap / (tf.reduce_sum(found) + tf.reduce_sum(target * trust) + 20)


def fit(model, source, steps, peak=4e-3):
    rate = keras.optimizers.schedules.CosineDecay(peak / 10, steps, warmup_target=peak, warmup_steps=steps // 20)
    optimiser = keras.optimizers.AdamW(rate, weight_decay=1e-3)

    @tf.function
    def step(x, y, w):
        with tf.GradientTape() as tape:
            loss = loss_of(model(x, training=True), y, w)
        optimiser.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    recent = []
    for k, (x, y, w) in enumerate(source):
        recent.append(float(step(x, y, w)))
        if k % 100 == 99:
            print(f"step {k + 1} of {steps}: loss {np.mean(recent):.4f}", flush=True)
            recent = []


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, default=boards.default_folder())
    p.add_argument("--without", nargs="*", default=[], help="leave out more families, to tune settings on them")
    p.add_argument("--steps", type=int, default=3000)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--out", type=Path, default=MODEL)
    args = p.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    keras.utils.set_random_seed(3)
    model = network(SIZE)
    fit(model, batches(args.data, args.without, args.steps), args.steps)
    whole = network(640)
    whole.set_weights(model.get_weights())
    export(whole, args.out, "logits")


if __name__ == "__main__":
    main()
