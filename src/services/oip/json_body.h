// The JSON of a request that is small and rare, as a tree. What is wrong with it has the sentence and the
// place that clients of the protocol's first server know: "Invalid value. at 0".
#pragma once

#include <string_view>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::oip {

// `invalid` for what is no JSON. A tensor's bodies are read by wire/request.h.
Result<json::Value> read_json(std::string_view body);
// The same for bodies that are objects; an empty one is an empty object.
Result<json::Value> read_json_object(std::string_view body);

}  // namespace oree::oip
