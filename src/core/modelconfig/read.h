// Fills a configuration from a tree of nodes, field by field as fields.h lists them. Private to this room.
#pragma once

#include "core/modelconfig/model_config.h"
#include "core/modelconfig/values.h"

namespace oree::modelconfig {

// `invalid` with `file`, the place where there is one, and the path of the field in front.
Result<ModelConfig> read_config(const Node& root, Origin origin, std::string_view file);

}  // namespace oree::modelconfig
