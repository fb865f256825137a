// A registry as the words name it.
#pragma once

#include <memory>

#include "app/model/package_options.h"
#include "core/oci/registry.h"

namespace oree::app {

// With whatever credentials and authorities the words name.
Result<std::unique_ptr<oci::Registry>> open_registry(const RegistryWords& options,
                                                     const oci::Reference& reference);

}  // namespace oree::app
