// A .tflite file's first graph in the words of this room: ONNX types, dims of 64 bits. Private to this room.
#pragma once

#include "base/result.h"
#include "core/graph/graph.h"
#include "platform/tflite/tflite.h"

namespace oree::graph {

struct LiteTensor {
  std::string name;
  DataType type = DataType::undefined;
  std::vector<int64_t> dims;
  std::vector<int64_t> signature;  // dims with -1 where they may vary; empty: none may
  ByteView data;                   // empty: not a constant
  std::vector<float> scales;       // empty: not quantised
  std::vector<int64_t> zero_points;
  int64_t axis = 0;  // that the scales belong to

  bool quantised() const { return !scales.empty() && !facts(type).floating && type != DataType::boolean; }
};

using LiteOp = tflite::Operator;

struct LiteModel {
  std::vector<LiteTensor> tensors;
  std::vector<LiteOp> ops;
  std::vector<int32_t> inputs, outputs;
};

// `unsupported` for types that ONNX has not; `invalid` for an operator that makes nothing or into nowhere.
// Every index is within its list. The result borrows from `file`.
Result<LiteModel> read_lite(const tflite::Model& file);

}  // namespace oree::graph
