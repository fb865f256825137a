// A tensor as a file holds it: type, shape, bytes or the place where they are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/onnx/shared_bytes.h"
#include "platform/onnx/types.h"

namespace oree::onnx {

struct ExternalData {  // where a tensor's bytes are when they are not in the file itself
  std::string location;
  uint64_t offset = 0;
  int64_t length = -1;  // -1: as its type and shape say

  bool empty() const { return location.empty(); }
};

struct Tensor {
  std::string name;
  DataType type = DataType::undefined;
  std::vector<int64_t> dims;      // [] is a scalar
  SharedBytes data;               // row-major, little-endian, packed below 8 bits; empty for text
  std::vector<std::string> text;  // elements of a text tensor
  ExternalData external;          // when not empty, `data` is not loaded yet (core/graph/file.h does)
  std::string rest;

  // The elements as T. Precondition: type is T's; data is in memory.
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.view().data()), data.size() / sizeof(T)};
  }
};

struct SparseTensor {
  Tensor values;   // [NNZ]
  Tensor indices;  // i64, [NNZ] linear or [NNZ, rank]
  std::vector<int64_t> dims;
};

}  // namespace oree::onnx
