// A float32 model in half precision: half the bytes, and on machines with half-precision arithmetic up to
// twice the speed.
//
// Numbers beyond 65504 have no half; a weight that holds one stays float32, and so do its nodes. Nodes that
// are kept get their inputs cast back and their outputs cast again; casts are shared.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::passes {

struct HalfOptions {
  bool keep_inputs_and_outputs = true;  // callers go on giving and getting float32
  std::vector<std::string> kept_nodes;  // by name
  std::vector<std::string>
      kept_ops;  // beside those that have no half version in ONNX or are known to need the range
};

struct HalfReport {
  size_t weights = 0;             // converted
  size_t casts = 0;               // inserted
  std::vector<std::string> kept;  // nodes that stayed float32 and why: "Resize 'up1': has no half version"
};

// Quantisation nodes stay float32. The model is unchanged on failure.
Result<HalfReport> to_half(graph::Model& model, const HalfOptions& options = {});

}  // namespace oree::passes
