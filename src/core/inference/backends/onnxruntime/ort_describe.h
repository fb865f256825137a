// Asks a session and its values what they are.
#pragma once

#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

// `unsupported` for inputs and outputs that are no tensors of a datatype we carry.
Result<Signature> signature_of(const Runtime& runtime, OrtSession& session);
// Datatype and shape of a value; its name stays empty.
Result<tensor::TensorSpec> spec_of(const Runtime& runtime, const OrtValue& value);

}  // namespace oree::inference::ort
