// inference.ModelConfig from the JSON that a model's configuration is kept as: the same fields, by a table.
// https://github.com/triton-inference-server/common, protobuf/model_config.proto
#pragma once

#include <string_view>

#include "base/result.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {

// The fields of a ModelConfig, into the message that `writer` is in. Members that the table does not know are
// left out. `corrupt` when the text is no JSON object.
Status write_config(std::string_view json, protobuf::Writer& writer);

}  // namespace oree::oip
