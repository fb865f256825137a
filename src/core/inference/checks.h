// What every backend checks before a run, said in the same words: that the tensors given are those that the
// signature asks for. Pure.
#pragma once

#include <span>

#include "base/result.h"
#include "core/inference/model.h"

namespace oree::inference {

// Count, dtype, shape, byte size and alignment; of text, that the bytes are as many elements as the shape
// says.
Status check_inputs(const Signature& signature, std::span<const tensor::TensorView> inputs);
// Count, and of preset outputs shape and byte size (of text, the shape alone).
Status check_outputs(const Signature& signature, std::span<const Output> outputs);
// Puts text that a run made into the front of a preset, whose shape must be the one the run found.
Status place_text(ByteView text, std::span<const int64_t> shape, Output& output);

}  // namespace oree::inference
