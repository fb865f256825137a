// The elements of tensors as numbers, and tensors from numbers: platform/onnx/numbers.h in this room's words.
#pragma once

#include "core/graph/graph.h"
#include "platform/onnx/numbers.h"

namespace oree::graph {

using onnx::bfloat_to_float;
using onnx::doubles_of;
using onnx::element_count;
using onnx::float_to_bfloat;
using onnx::float_to_half;
using onnx::floats_of;
using onnx::half_to_float;
using onnx::ints_of;
using onnx::scalar;
using onnx::tensor_as;
using onnx::tensor_of;

}  // namespace oree::graph
