// Models through a Backend: a name is a file <folder>/<name>.onnx (or <folder>/<name>/model.onnx), bytes are
// loaded by way of a temporary file. Thread-safe; the backend is borrowed.
#pragma once

#include <filesystem>
#include <mutex>

#include "services/queries/models/model_source.h"

namespace oree::queries {

class BackendModels final : public ModelSource {
 public:
  BackendModels(inference::Backend& backend, std::filesystem::path folder)
      : backend_(backend), folder_(std::move(folder)) {}
  Result<std::shared_ptr<const inference::Model>> find(std::string_view name) override;
  Result<std::shared_ptr<const inference::Model>> load(ByteView file) override;

 private:
  Result<std::shared_ptr<const inference::Model>> load_file(const std::filesystem::path& file);

  std::mutex mutex_;
  inference::Backend& backend_;
  std::filesystem::path folder_;
};

}  // namespace oree::queries
