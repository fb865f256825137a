// What ONNX Runtime does on x86 before it fuses: activations in signed integers become unsigned ones, where
// one operator alone reads them. Their kernels are those that saturate; what several read stays signed, and
// there the operators run in float. Pure.
#pragma once

#include "core/graph/graph.h"

namespace oree::certification {

// Zero points of such pairs of QuantizeLinear and DequantizeLinear move by 128: all values stay what they
// are.
graph::Model with_unsigned_activations(const graph::Model& quantised);

}  // namespace oree::certification
