// UTF-8 as MQTT wants its strings (MQTT 5 §1.5.4): well-formed, no surrogates, no U+0000.
#pragma once

#include <string_view>

namespace oree::mqtt {

bool is_utf8(std::string_view text);         // well-formed (RFC 3629); U+0000 is allowed
bool is_utf8_string(std::string_view text);  // and without U+0000

}  // namespace oree::mqtt
