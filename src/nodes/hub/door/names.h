// How things may be called. Pure.
#pragma once

#include <string_view>

namespace oree::hub {

constexpr std::string_view kNameRule =
    "must be 1 to 64 letters, digits, '_', '-' or '.', and must not begin with '.'";

bool is_name(std::string_view text);     // of a station, a model, a hub, a person
bool is_tag(std::string_view text);      // "pilot", "site=lyon": up to 64 bytes
bool is_version(std::string_view text);  // "3", "2.1.3"
bool is_digest(std::string_view text);   // "sha256:" and 64 hex digits
// Relative, without "..", in [A-Za-z0-9_.-/].
bool is_package_path(std::string_view text);

}  // namespace oree::hub
