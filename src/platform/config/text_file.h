// The text of a file that a person wrote, checked before any parser sees it. Private to this room.
#pragma once

#include <string_view>

#include "base/result.h"

namespace oree::config {

// "station.yaml:12:5: …"
std::unexpected<Error> at(std::string_view file, int line, int column, std::string_view what);

// The text without its byte order mark; `invalid` with the place of what is no UTF-8 or a control character,
// and for more than 1 MiB.
Result<std::string_view> checked_text(std::string_view text, std::string_view file);

// `invalid` when more than 500 brackets are open at once. Quotes and comments are not looked at, so the limit
// is generous: it only keeps yaml-cpp's scanner from reading a million of them before it tells of the first.
Status check_brackets(std::string_view text, std::string_view file);

}  // namespace oree::config
