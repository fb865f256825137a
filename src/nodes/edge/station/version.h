// The program's version; set from CMake's project().
#pragma once

#include <string_view>

namespace oree::edge {
inline constexpr std::string_view kVersion = OREE_VERSION;
}
