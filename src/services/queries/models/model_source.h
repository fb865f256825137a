// Where SQL finds its models. The node implements it over its model repository; backend_models.h over a
// folder.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "core/inference/model.h"

namespace oree::queries {

// Thread-safe.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  // `not_found` names what there is.
  virtual Result<std::shared_ptr<const inference::Model>> find(std::string_view name) = 0;
  // From the bytes of a model file, as a table holds them.
  virtual Result<std::shared_ptr<const inference::Model>> load(ByteView file) = 0;
};

}  // namespace oree::queries
