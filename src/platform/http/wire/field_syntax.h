// Which characters may stand where in a message head (RFC 9110 §5.6.2, §5.5). Pure functions.
#pragma once

#include <string_view>

namespace oree::http {

// A method or a header's name: letters, digits and !#$%&'*+-.^_`|~ ; not empty.
bool is_token(std::string_view text);
// A header's value: no control characters but tab, so it cannot start a new line.
bool is_field_value(std::string_view text);
// What Request::path promises: starts with '/', valid UTF-8 without control characters, no "." or ".."
// segment.
bool is_plain_path(std::string_view path);

}  // namespace oree::http
