// The element types of ONNX tensors: numbers as in the schema, one row of facts each.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oree::onnx {

enum class DataType : int32_t {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  text = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  c64 = 14,
  c128 = 15,
  bf16 = 16,
  f8e4m3fn = 17,
  f8e4m3fnuz = 18,
  f8e5m2 = 19,
  f8e5m2fnuz = 20,
  u4 = 21,
  i4 = 22,
  f4e2m1 = 23,
  f8e8m0 = 24,
  u2 = 25,
  i2 = 26,
  f6e2m3 = 27,
  f6e3m2 = 28,
};

struct TypeFacts {
  DataType type;
  std::string_view name;  // as in the schema: "FLOAT", "INT4"
  unsigned bits;          // of one element; 0 for text and undefined. Below 8: packed, lowest bits first
  bool floating;
  bool is_signed;
};

// Of an unknown number: the facts of `undefined`.
const TypeFacts& facts(DataType type);
std::optional<DataType> find_type(std::string_view name);
bool known(int32_t number);

// How many bytes `elements` take, packed; nullopt when that is no number of 63 bits.
std::optional<uint64_t> packed_size(DataType type, uint64_t elements);

}  // namespace oree::onnx
