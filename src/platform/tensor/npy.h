// NumPy's .npy files (format 1 to 3, NEP 1), read: samples and labels that are no pictures.
#pragma once

#include <filesystem>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/tensor/tensor.h"

namespace oree::tensor {

struct NpyArray {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  ByteBuffer data;  // row-major, little-endian
};

// `invalid` for what is no .npy, Fortran order, big-endian numbers, or data that do not fit the shape.
Result<NpyArray> parse_npy(ByteView bytes);

// Elements first .. first + count of an array of numbers as floats.
std::vector<float> floats_of(const NpyArray& array, size_t first, size_t count);

}  // namespace oree::tensor
