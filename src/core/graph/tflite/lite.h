// What a .tflite file holds, as plain values. Private to this room.
//
// Field numbers and enumerations are those of TensorFlow Lite's schema, version 3.
#pragma once

#include "base/result.h"
#include "core/graph/graph.h"
#include "core/graph/tflite/flat.h"

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

struct LiteOp {
  int32_t code = 0;
  std::string custom;
  std::vector<int32_t> inputs, outputs;  // -1: left out
  FlatTable options;
};

struct LiteModel {
  std::vector<LiteTensor> tensors;
  std::vector<LiteOp> ops;
  std::vector<int32_t> inputs, outputs;
  size_t subgraphs = 0;
};

// `corrupt` for bytes that are none, `unsupported` for types that ONNX has not. Every index is within its
// list. The result borrows the bytes of `flat`.
Result<LiteModel> read_lite(Flat& flat);

}  // namespace oree::graph
