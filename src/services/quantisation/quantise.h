// A float network and what calibration saw of it → the same network with QuantizeLinear and DequantizeLinear
// around what shall run in integers, so placed that ONNX Runtime (or OpenVINO, or TensorRT) fuses them.
//
//   const auto names = tensors_to_observe(graph::Index(model.graph));   // selection.h; calibrate these
//   Result<Quantised> made = quantise(model, ranges, {.target = Target::avx2});
//
// The model must be of opset 13 or later, with shapes of what is quantised known from calibration.
// `unsupported` when nothing in it can be quantised, saying why; `invalid` for an opset that is too old.
// Pure, deterministic.
#pragma once

#include "services/quantisation/recipe.h"

namespace oree::quantisation {

Result<Quantised> quantise(const graph::Model& model, const Ranges& ranges, const Recipe& recipe);

}  // namespace oree::quantisation
