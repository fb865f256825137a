// The part of explain.h that looks at a network's file. Private to this room.
#pragma once

#include "nodes/workshop/studies/explain.h"

namespace oree::workshop {

// A file that cannot be read is a finding, too.
Explanation explain_network(const std::filesystem::path& path, inference::Backend& backend);

}  // namespace oree::workshop
