// What every backend checks before a run, said in the same words: that the tensors given are those that the
// signature asks for. Pure.
#pragma once

#include <span>

#include "base/result.h"
#include "core/inference/model.h"

namespace oree::inference {

// Count, dtype, shape, byte size and alignment. `unsupported` for text tensors.
Status check_inputs(const Signature& signature, std::span<const tensor::TensorView> inputs);
// Count, and of preset outputs shape and byte size.
Status check_outputs(const Signature& signature, std::span<const Output> outputs);

}  // namespace oree::inference
