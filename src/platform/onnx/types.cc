#include "platform/onnx/types.h"

#include <array>
#include <cstddef>

namespace oree::onnx {
namespace {

constexpr std::array<TypeFacts, 29> kTypes{{
    {DataType::undefined, "UNDEFINED", 0, false, false},
    {DataType::f32, "FLOAT", 32, true, true},
    {DataType::u8, "UINT8", 8, false, false},
    {DataType::i8, "INT8", 8, false, true},
    {DataType::u16, "UINT16", 16, false, false},
    {DataType::i16, "INT16", 16, false, true},
    {DataType::i32, "INT32", 32, false, true},
    {DataType::i64, "INT64", 64, false, true},
    {DataType::text, "STRING", 0, false, false},
    {DataType::boolean, "BOOL", 8, false, false},
    {DataType::f16, "FLOAT16", 16, true, true},
    {DataType::f64, "DOUBLE", 64, true, true},
    {DataType::u32, "UINT32", 32, false, false},
    {DataType::u64, "UINT64", 64, false, false},
    {DataType::c64, "COMPLEX64", 64, true, true},
    {DataType::c128, "COMPLEX128", 128, true, true},
    {DataType::bf16, "BFLOAT16", 16, true, true},
    {DataType::f8e4m3fn, "FLOAT8E4M3FN", 8, true, true},
    {DataType::f8e4m3fnuz, "FLOAT8E4M3FNUZ", 8, true, true},
    {DataType::f8e5m2, "FLOAT8E5M2", 8, true, true},
    {DataType::f8e5m2fnuz, "FLOAT8E5M2FNUZ", 8, true, true},
    {DataType::u4, "UINT4", 4, false, false},
    {DataType::i4, "INT4", 4, false, true},
    {DataType::f4e2m1, "FLOAT4E2M1", 4, true, true},
    {DataType::f8e8m0, "FLOAT8E8M0", 8, true, false},
    {DataType::u2, "UINT2", 2, false, false},
    {DataType::i2, "INT2", 2, false, true},
    {DataType::f6e2m3, "FLOAT6E2M3", 6, true, true},
    {DataType::f6e3m2, "FLOAT6E3M2", 6, true, true},
}};

}  // namespace

bool known(int32_t number) {
  return number >= 0 && static_cast<size_t>(number) < kTypes.size();
}

const TypeFacts& facts(DataType type) {
  const auto number = static_cast<int32_t>(type);
  return known(number) ? kTypes[static_cast<size_t>(number)] : kTypes[0];
}

std::optional<DataType> find_type(std::string_view name) {
  for (const TypeFacts& row : kTypes) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

std::optional<uint64_t> packed_size(DataType type, uint64_t elements) {
  uint64_t bits = 0;
  if (__builtin_mul_overflow(elements, uint64_t{facts(type).bits}, &bits) || bits > (uint64_t{1} << 63)) {
    return std::nullopt;
  }
  return (bits + 7) / 8;
}

}  // namespace oree::onnx
