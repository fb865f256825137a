// The elements of tensors as numbers, and tensors from numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/onnx/tensor.h"

namespace oree::onnx {

// Of any number type, down to 2 bits. `unsupported` for text and complex numbers; `invalid` when the bytes
// are not in memory. Precise for all but the largest 64-bit integers.
Result<std::vector<float>> floats_of(const Tensor& tensor);
Result<std::vector<double>> doubles_of(const Tensor& tensor);
// Of integer and boolean types.
Result<std::vector<int64_t>> ints_of(const Tensor& tensor);

Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const float> values);
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int64_t> values);
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int32_t> values);
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int8_t> values);
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const uint8_t> values);
Tensor scalar(std::string name, float value);
// Rounds to the nearest (ties to even) and clips to what the type holds; packs below 8 bits. Any number type.
Result<Tensor> tensor_as(std::string name, DataType type, std::vector<int64_t> dims,
                         std::span<const double> values);

// Product of the dims; precondition: concrete.
uint64_t element_count(std::span<const int64_t> dims);

float half_to_float(uint16_t half);
uint16_t float_to_half(float value);  // round to nearest even; beyond 65504: infinity
float bfloat_to_float(uint16_t bfloat);
uint16_t float_to_bfloat(float value);

}  // namespace oree::onnx
