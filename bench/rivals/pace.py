"""How much faster one network is than another: both in one process, in turns in random order, one thread.

What is counted is that thread's own time, so that whatever else the box does counts for neither.

usage: pace.py FLOAT.onnx OTHER.onnx EVALUATION.npy [SECONDS]

Prints JSON: medians in ms, and the ratio of medians with its 95 % interval from resampled pairs.
"""
import json
import sys
import time

import numpy

from score import session


def main():
    reference, other, evaluation, *rest = sys.argv[1:]
    seconds = float(rest[0]) if rest else 4
    runners = [session(reference), session(other)]
    sample = numpy.array(numpy.load(evaluation, mmap_mode="r")[:1])
    feeds = [{r.get_inputs()[0].name: sample} for r in runners]
    for runner, feed in zip(runners, feeds):
        for _ in range(5):
            runner.run(None, feed)
    order = numpy.random.default_rng(2)
    times, end = [], time.perf_counter() + seconds
    while len(times) < 40 or (time.perf_counter() < end and len(times) < 20_000):
        pair = [0.0, 0.0]
        for i in order.permutation(2):
            start = time.thread_time()
            runners[i].run(None, feeds[i])
            pair[i] = (time.thread_time() - start) * 1000
        times.append(pair)
    pairs = numpy.array(times)
    random = numpy.random.default_rng(1)
    picks = [numpy.median(pairs[random.integers(0, len(pairs), len(pairs))], axis=0) for _ in range(300)]
    ratios = sorted(a / b for a, b in picks)
    middle = numpy.median(pairs, axis=0)
    print(json.dumps({"reference_ms": middle[0], "ms": middle[1], "speedup": middle[0] / middle[1],
                      "low": ratios[7], "high": ratios[-8]}))


if __name__ == "__main__":
    main()
