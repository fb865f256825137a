// Sessions as this house wants them: their options, and opening one from a file or from bytes.
#pragma once

#include <optional>
#include <string>

#include "core/inference/backends/onnxruntime/ort_operators.h"
#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

// A network's file, or its bytes.
struct Source {
  std::string name;
  std::optional<ByteView> bytes;
};

Result<Owned<OrtSessionOptions>> session_options(const Runtime& runtime, const LoadOptions& wanted);

// `operators` may be null.
Result<Owned<OrtSession>> open_session(const Runtime& runtime, const Source& source,
                                       const LoadOptions& options, const Operators* operators);

}  // namespace oree::inference::ort
