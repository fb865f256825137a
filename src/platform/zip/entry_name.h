// Names in archives: which ones no well-meant archive has. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oree::zip {

// What is wrong with it, for people; nullopt when nothing is. A folder's ends with '/'.
std::optional<std::string> name_fault(std::string_view name);
// For messages: quoted, cut, without control characters.
std::string shown_name(std::string_view name);

}  // namespace oree::zip
