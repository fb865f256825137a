// The wire forms of an answer: JSON with numbers in it, or followed by the tensors as they are.
#pragma once

#include <string>
#include <string_view>

#include "services/oip/wire/call_state.h"

namespace oree::oip {

// Into state.answer, answer_json, answer_binary. Numbers flat, shortest and exact. `unsupported` for outputs
// that JSON cannot say (FP16, BF16, NaN, infinities), `invalid` for classes of what has none. Allocates
// nothing once `answer` has its size.
Status print_answer(CallState& state);

// One output in the form in which it goes out: the tensor itself or its classes.
struct Shown {
  std::string_view name;
  tensor::DType dtype = tensor::DType::f32;
  std::span<const int64_t> shape;
  ByteView data;
};
// The `classes` highest values per batch entry as "value:index[:label]", in the arena.
// https://github.com/triton-inference-server/server, docs/protocol/extension_classification.md
Result<Shown> classify(const Shown& output, const inference::Description& model, size_t index,
                       uint64_t classes, Arena& arena);

// "[1,2.5,true,…]" appended; false when JSON has no word for one of them, or for the datatype.
bool print_values(std::string& out, tensor::DType dtype, ByteView data);

}  // namespace oree::oip
