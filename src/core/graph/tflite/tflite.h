// TensorFlow Lite models as the same values as ONNX ones.
//
// Signatures are not needed. Names and shapes of inputs and outputs stay as the file has them (images
// last-channel); inside, convolutions work channel-first, and what changes no order between them does too, so
// that a Transpose stands only where the file's order shows. A quantised tensor becomes QuantizeLinear and
// DequantizeLinear with the file's scale and zero point around float operators, which is what runtimes fuse
// back into integer ones; results differ from TensorFlow Lite's by its own rounding, at most about one step.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "core/graph/graph.h"

namespace oree::graph {

bool is_tflite(ByteView bytes);

// `corrupt`, `invalid`; `unsupported` names the operator that has no counterpart here.
Result<Model> read_tflite(ByteView bytes);

}  // namespace oree::graph
