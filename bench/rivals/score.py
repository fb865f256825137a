"""What a network answers, by the runtime's own kernels on whatever processor this runs on.

usage: score.py MODEL.onnx EVALUATION.npy [--labels FILE.npy] [--reference ANSWERS.npy] [--answers FILE.npy] [--most N]

Under `qemu-x86_64 -cpu Haswell` the runtime takes its kernels for AVX2 without VNNI: no emulation of ours is in that.
Prints JSON: top1 and top5 of labelled samples, agreement with the reference (same class, or 1 - relative error).
"""
import argparse
import json

import numpy
import onnxruntime


def session(model: str):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def answers_of(model: str, samples, most: int):
    runner = session(model)
    name = runner.get_inputs()[0].name
    return numpy.stack([numpy.concatenate([o.ravel() for o in runner.run(None, {name: numpy.array(samples[i : i + 1])})])
                        for i in range(min(most, len(samples)))])


def same(answers, reference, classes: bool) -> float:
    if classes:
        return float((answers.argmax(1) == reference.argmax(1)).mean())
    return max(0.0, 1 - float(numpy.linalg.norm(answers - reference) / numpy.linalg.norm(reference)))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("model")
    words.add_argument("evaluation")
    words.add_argument("--labels")
    words.add_argument("--reference")
    words.add_argument("--answers")
    words.add_argument("--most", type=int, default=10**9)
    words.add_argument("--values", action="store_true", help="outputs are values, not classes")
    given = words.parse_args()
    answers = answers_of(given.model, numpy.load(given.evaluation, mmap_mode="r"), given.most)
    out = {"samples": len(answers)}
    if given.answers:
        numpy.save(given.answers, answers)
    if given.reference:
        out["agreement"] = same(answers, numpy.load(given.reference)[: len(answers)], not given.values)
    if given.labels:
        labels = numpy.load(given.labels)[: len(answers)]
        known = labels >= 0
        best = numpy.argsort(-answers[known], axis=1, kind="stable")
        out["labelled"] = int(known.sum())
        out["top1"] = float((best[:, 0] == labels[known]).mean())
        out["top5"] = float((best[:, :5] == labels[known, None]).any(1).mean())
    print(json.dumps(out))


if __name__ == "__main__":
    main()
