// Where a server listens, as settings and command lines write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::http {

struct Listen {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
};

// "127.0.0.1:8000", "[::1]:8000", "localhost:0"; `invalid` for anything else, naming it.
Result<Listen> parse_listen(std::string_view text);

}  // namespace oree::http
