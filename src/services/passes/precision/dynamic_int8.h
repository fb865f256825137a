// Dynamic INT8: weights in 8 bits, inputs quantised anew in each run. Needs no calibration data; for products
// and LSTMs.
//
//   x -> DynamicQuantizeLinear -> MatMulInteger(w) -> Cast -> Mul(scale_x * scale_w) -> [Add bias]
//
// Weights are symmetric int8 with one scale for each column: s = max|w| / largest, q = rne(w / s). `largest`
// 127 is right where the processor sums in 32 bits (VNNI, ARM dot product); 63 keeps two products within 16
// bits, which AVX2 needs (2 * 255 * 63 < 32768). An LSTM becomes com.microsoft.DynamicQuantizeLSTM of ONNX
// Runtime.
#pragma once

#include "core/graph/graph.h"

namespace oree::passes {

struct DynamicOptions {
  int largest = 127;             // largest weight in steps
  size_t least = 1024;           // leave products with fewer weights as they are
  bool recurrent = true;         // LSTM, too
  int64_t recurrent_from = 128;  // hidden size below which INT8 is slower than float (break-even 64 to 256)
};

struct DynamicReport {
  size_t products = 0, recurrent = 0;
};

// `unsupported` below opset 11. The model is unchanged on failure.
Result<DynamicReport> to_dynamic_int8(graph::Model& model, const DynamicOptions& options = {});

}  // namespace oree::passes
