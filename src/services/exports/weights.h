// The weights of a graph as other runtimes store them: matrices with one row for each output, the rest as it
// is.
//
// ONNX multiplies from the left, x·W with W[in, out]; MLX and GGUF keep W[out, in]. `weights_of` says which
// initializers are matrices of a linear layer or an embedding and which way they lie; `replace` puts values
// read back from such a file into the model, so that what a receiver will compute can be measured here before
// anything is given away. Pure. Errors: `unsupported` for weights that are quantised already (export the
// float model), `invalid` for values that do not fit.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::exports {

struct Weight {
  std::string name;           // of the initializer
  std::vector<int64_t> dims;  // as stored by the receiver
  bool is_matrix = false;     // of a linear layer or an embedding: may be quantised along its last dim
  bool turned = false;        // lies the other way in the ONNX file
  std::vector<float> values;  // row by row of `dims`

  size_t columns() const { return dims.empty() ? 1 : static_cast<size_t>(dims.back()); }
  size_t rows() const { return columns() == 0 ? 0 : values.size() / columns(); }
};

// Floating-point initializers that a node reads, in the file's order; integers (shapes, axes) belong to the
// graph and are left there.
Result<std::vector<Weight>> weights_of(const graph::Model& model);

// `weight` with its values as a receiver would have them.
Status replace(graph::Model& model, const Weight& weight);

}  // namespace oree::exports
