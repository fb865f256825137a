// Models as files: .onnx, with the tensors that it keeps in other files beside it; .tflite is read, too
// (tflite/tflite.h).
//
// Reading follows external data only into regular files inside the model's own folder: no absolute path, no
// "..", no symbolic link that leads out. External bytes are mapped, not copied: keep the file as it is while
// the model lives.
#pragma once

#include <filesystem>

#include "core/graph/graph.h"
#include "platform/onnx/codec.h"

namespace oree::graph {

struct LoadOptions {
  onnx::Limits limits;
  bool external_data = true;  // false: tensors kept outside stay there, with `external` set and no data
};

// Each error begins with the file's path. `not_found`, `denied`, `corrupt`, `invalid`, `unsupported`.
Result<Model> load(const std::filesystem::path& file, const LoadOptions& options = {});

struct StoreOptions {
  // Tensors of at least this many bytes go into "<file>.data"; 0: only when the model would not fit into one
  // file.
  uint64_t external_from = 0;
};

// Durable and atomic: written beside and renamed; the data file first. `invalid` for a model that does not
// fit.
Status store(const Model& model, const std::filesystem::path& file, const StoreOptions& options = {});

}  // namespace oree::graph
