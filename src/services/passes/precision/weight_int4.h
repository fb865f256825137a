// Weights in 4 bits, everything else in float: com.microsoft.MatMulNBits, which ONNX Runtime computes without
// unpacking.
//
// Layout: B uint8 [N, ceil(K/block), block/2], along K, low nibble first; scales [N * blocks]; zero points
// uint8, packed [N * ceil(blocks/2)]. value = (q - zero) * scale. Symmetric: zero is 8 and not stored, scale
// = w / -8 of the weight that is largest by size, so that it is hit exactly. Asymmetric: scale = (max - min)
// / 15 with zero inside. The last block of a column is filled up with zeros.
#pragma once

#include "core/graph/graph.h"

namespace oree::passes {

struct Int4Options {
  int64_t block = 32;  // 16, 32, 64, 128 or 256
  bool symmetric = true;
  int64_t accuracy_level = 4;  // 4: inputs in 8 bits while computing; 0: in float
  size_t least = 4096;         // leave products with fewer weights as they are
};

struct Int4Report {
  size_t products = 0;
  uint64_t bytes_before = 0, bytes_after = 0;  // of the weights
};

// `invalid` for another block. The model is unchanged on failure.
Result<Int4Report> to_weight_int4(graph::Model& model, const Int4Options& options = {});

}  // namespace oree::passes
