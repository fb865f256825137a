// Pruning by magnitude: the smallest weights become zero. Zeros shrink what is sent to a station (a
// compressed file with 80 % zeros is about a third); ONNX Runtime computes them like any other number, so
// they make nothing quicker by themselves.
//
// Without training afterwards accuracy falls quickly beyond about half; the schedule is for use between
// rounds of training: s(t) = final + (initial - final) * (1 - (t - begin) / (steps * every))^3, raised every
// `every` steps (Zhu and Gupta, 2017).
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::passes {

struct PruningSchedule {
  double initial = 0, final = 0.5;  // shares of zeros
  int64_t begin = 0, steps = 10, every = 1;
};
// Before `begin` the initial share, after the last step the final one; between two raises the one before.
double sparsity_at(const PruningSchedule& schedule, int64_t step);

enum class Pattern { unstructured, two_of_four };

struct PruningOptions {
  Pattern pattern = Pattern::unstructured;
  double sparsity = 0.5;          // share of zeros in each tensor; of two_of_four it is one half by nature
  size_t least = 256;             // leave tensors with fewer weights
  std::vector<std::string> kept;  // names of weights to leave
};

struct PruningReport {
  struct Line {
    std::string tensor;
    uint64_t weights = 0, zeros = 0;
  };
  std::vector<Line> lines;
  double sparsity() const;  // of all pruned tensors together
};

// Weights of Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU and RNN in float32. two_of_four keeps, of each four
// neighbours along the summed dimension, the two largest: input channels of a Conv, K of a product. `invalid`
// for a share outside 0 to 1.
Result<PruningReport> prune(graph::Model& model, const PruningOptions& options);

}  // namespace oree::passes
