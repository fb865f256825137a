// One place that knows which C++ type stands for which datatype on a JSON wire.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "platform/tensor/tensor.h"

namespace oree::tensor {

// function(std::type_identity<T>{}) for the datatype's T (bool for BOOL); nullopt for those JSON does not
// carry: FP16, BF16, BYTES.
template <class Function>
auto with_json_type(DType dtype, Function function)
    -> std::optional<decltype(function(std::type_identity<float>{}))> {
  switch (dtype) {
    case DType::boolean:
      return function(std::type_identity<bool>{});
    case DType::u8:
      return function(std::type_identity<uint8_t>{});
    case DType::u16:
      return function(std::type_identity<uint16_t>{});
    case DType::u32:
      return function(std::type_identity<uint32_t>{});
    case DType::u64:
      return function(std::type_identity<uint64_t>{});
    case DType::i8:
      return function(std::type_identity<int8_t>{});
    case DType::i16:
      return function(std::type_identity<int16_t>{});
    case DType::i32:
      return function(std::type_identity<int32_t>{});
    case DType::i64:
      return function(std::type_identity<int64_t>{});
    case DType::f32:
      return function(std::type_identity<float>{});
    case DType::f64:
      return function(std::type_identity<double>{});
    case DType::f16:
    case DType::bf16:
    case DType::text:
      break;
  }
  return std::nullopt;
}

}  // namespace oree::tensor
