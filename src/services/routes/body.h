// The body of a message as JSON, if it says that it is. Private to this room.
#pragma once

#include <optional>
#include <string_view>

#include "platform/json/value.h"

namespace oree::routes {

struct Body {
  std::optional<json::Value> json;
  bool declared = false;  // content type and encoding say so
};
// Encodings: utf-8, utf-16 and utf-32, little-endian unless a byte order mark says otherwise. `sniff`: what
// looks like a JSON object or array in UTF-8 is one, too.
Body read_body(std::string_view bytes, std::string_view content_type, std::string_view encoding, bool sniff);

}  // namespace oree::routes
