// Small looks at a registry's answers. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "platform/http/message.h"

namespace oree::oci {

std::string header_of(const http::Response& response, std::string_view name);  // "" when absent

}  // namespace oree::oci
