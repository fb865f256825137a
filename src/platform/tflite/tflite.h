// A .tflite file as plain values: what TensorFlow Lite and LiteRT run, and microcontrollers with TFLite
// Micro.
//
// Only what is needed to convert, check and export; operators keep their options as a table that is read by
// slot (the numbers are those of the schema, version 3, whose fields never move). Weights are views into the
// file's bytes, which Model keeps. Constant values, no threads. Source: the public schema.fbs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/tflite/flat.h"

namespace oree::tflite {

enum class ElementType : int8_t {
  f32 = 0,
  f16 = 1,
  i32 = 2,
  u8 = 3,
  i64 = 4,
  text = 5,
  boolean = 6,
  i16 = 7,
  c64 = 8,
  i8 = 9,
  f64 = 10,
  c128 = 11,
  u64 = 12,
  resource = 13,
  variant = 14,
  u32 = 15,
  u16 = 16,
  i4 = 17,
  bf16 = 18,
};
std::string_view name_of(ElementType type);  // "INT8"
unsigned bits_of(ElementType type);          // 0 for those without a fixed size

// value = scale · (q − zero_point), for the whole tensor or for each index of `axis`.
struct Quantisation {
  std::vector<float> scales;
  std::vector<int64_t> zero_points;
  int32_t axis = 0;
};

struct Tensor {
  std::string name;
  ElementType type = ElementType::f32;
  std::vector<int32_t> shape;      // of one run
  std::vector<int32_t> signature;  // -1 where a run may differ; empty when it may not
  std::optional<Quantisation> quantisation;
  bool is_variable = false;  // state that stays between runs
  bool is_sparse = false;
  ByteView data;  // of a constant; empty for what a run makes

  bool is_constant() const { return !data.empty(); }
  uint64_t elements() const;  // of `shape`
  uint64_t bytes() const;     // of `shape`, packed
};

struct Operator {
  int32_t code = 0;                      // of the schema's BuiltinOperator
  std::string custom;                    // the name of a custom one
  int32_t version = 1;                   // of the operator's definition
  std::vector<int32_t> inputs, outputs;  // indices of tensors; -1: left out
  uint8_t options_kind = 0;
  flat::Table options;  // absent: all defaults
  ByteView custom_options;
};
// "CONV_2D"; of a custom one, its own name; "OPERATOR_300" for what is newer than this table.
std::string operator_name(const Operator& op);
std::string_view builtin_name(int32_t code);  // "" when unknown
int32_t builtin_count();

struct Subgraph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<int32_t> inputs, outputs;
  std::vector<Operator> operators;  // in the order in which they run
};

struct Signature {
  std::string key;
  uint32_t subgraph = 0;
  std::vector<std::pair<std::string, uint32_t>> inputs, outputs;  // name → tensor
};

struct Model {
  std::string description;
  std::vector<Subgraph> subgraphs;
  std::vector<Signature> signatures;
  std::shared_ptr<const ByteBuffer> bytes;
};

// Whether the bytes begin as a .tflite does.
bool is_tflite(ByteView bytes);
// `corrupt` for what is no .tflite or points outside itself; `unsupported` for sparse tensors and files above
// 2 GiB. Every index that Model holds is valid afterwards, and a constant has the bytes that its shape wants.
Result<Model> parse(ByteBuffer bytes);

}  // namespace oree::tflite
