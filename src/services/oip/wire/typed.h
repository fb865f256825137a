// One place that knows which C++ type stands for which datatype on a JSON wire.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "platform/tensor/tensor.h"

namespace oree::oip {

// function(std::type_identity<T>{}) for the datatype's T (bool for BOOL); nullopt for those that are no JSON
// numbers: FP16, BF16, BYTES.
template <class Function>
auto with_json_type(tensor::DType dtype, Function function)
    -> std::optional<decltype(function(std::type_identity<float>{}))> {
  switch (dtype) {
    case tensor::DType::boolean:
      return function(std::type_identity<bool>{});
    case tensor::DType::u8:
      return function(std::type_identity<uint8_t>{});
    case tensor::DType::u16:
      return function(std::type_identity<uint16_t>{});
    case tensor::DType::u32:
      return function(std::type_identity<uint32_t>{});
    case tensor::DType::u64:
      return function(std::type_identity<uint64_t>{});
    case tensor::DType::i8:
      return function(std::type_identity<int8_t>{});
    case tensor::DType::i16:
      return function(std::type_identity<int16_t>{});
    case tensor::DType::i32:
      return function(std::type_identity<int32_t>{});
    case tensor::DType::i64:
      return function(std::type_identity<int64_t>{});
    case tensor::DType::f32:
      return function(std::type_identity<float>{});
    case tensor::DType::f64:
      return function(std::type_identity<double>{});
    case tensor::DType::f16:
    case tensor::DType::bf16:
    case tensor::DType::text:
      break;
  }
  return std::nullopt;
}

}  // namespace oree::oip
