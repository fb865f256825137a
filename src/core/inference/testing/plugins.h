// Backends that are plug-ins, and small networks for them, in tests.
#pragma once

#include <memory>
#include <string>

#include "core/inference/model.h"

namespace oree::inference::testing {

// Null, with a message, where the runtime's library is not installed. The plug-in itself must be there.
std::unique_ptr<Backend> opened_plugin(const std::string& name);
// The bytes of a file in testing/models.
std::string model_file(const std::string& name);

}  // namespace oree::inference::testing
