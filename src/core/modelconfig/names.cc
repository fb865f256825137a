#include "core/modelconfig/names.h"

#include <algorithm>
#include <array>

namespace oree::modelconfig {

namespace {

using tensor::DType;

struct Row {
  DType type;
  std::string_view name;
};

constexpr std::array kTypes{
    Row{DType::boolean, "TYPE_BOOL"}, Row{DType::u8, "TYPE_UINT8"},   Row{DType::u16, "TYPE_UINT16"},
    Row{DType::u32, "TYPE_UINT32"},   Row{DType::u64, "TYPE_UINT64"}, Row{DType::i8, "TYPE_INT8"},
    Row{DType::i16, "TYPE_INT16"},    Row{DType::i32, "TYPE_INT32"},  Row{DType::i64, "TYPE_INT64"},
    Row{DType::f16, "TYPE_FP16"},     Row{DType::f32, "TYPE_FP32"},   Row{DType::f64, "TYPE_FP64"},
    Row{DType::text, "TYPE_STRING"},  Row{DType::bf16, "TYPE_BF16"},
};

}  // namespace

std::string_view type_name(DataType type) {
  if (!type) return "TYPE_INVALID";
  return std::ranges::find(kTypes, *type, &Row::type)->name;
}

DataType parse_type(std::string_view word) {
  const auto at = std::ranges::find(kTypes, word, &Row::name);
  if (at == kTypes.end()) return {};
  return at->type;
}

}  // namespace oree::modelconfig
