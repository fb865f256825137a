// Weights that are kept in small integers while everything computes in float ("dynamic range" TensorFlow Lite
// files, many a file called float) become floats again, so that they can be quantised anew for a target.
//
// Networks whose activations are quantised, too, are left alone: their scales were chosen together.
#pragma once

#include "core/graph/graph.h"

namespace oree::passes {

// How many tensors were unpacked: DequantizeLinear of constants, per tensor or per axis, not in blocks.
Result<size_t> unpack_weights(graph::Model& model);

}  // namespace oree::passes
