// Configurations from text and from JSON, and to JSON in the same field names. Pure.
//
//   config.pbtxt:4:1: no field 'max_batchsize' here; did you mean 'max_batch_size'?
//
// Fields that are not known are errors: a slip of the finger in a configuration must not change how a model
// serves. Limits: 4 MiB, 32 deep, 20,000 values. Whether values make sense together is validate.h's.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

// `invalid` with `file`, line and column in front.
Result<ModelConfig> parse_config(std::string_view text, std::string_view file = "config.pbtxt");
// As a client sends it inline, and as print_json() writes it: integers may be strings, as in protocol
// buffers' own JSON. `invalid` with the path of the field in front.
Result<ModelConfig> parse_config_json(std::string_view json);
// As GET /v2/models/M/config answers: every plain field, messages where they were given, integers as numbers.
std::string print_json(const ModelConfig& config);

}  // namespace oree::modelconfig
