// The token of whoever types, for stations that ask who (station.yaml's 'access'): OREE_TOKEN.
#pragma once

#include <cstdlib>
#include <vector>

#include "base/text.h"
#include "platform/http/message.h"

namespace oree::app {

inline std::vector<http::Header> with_token(std::vector<http::Header> headers = {}) {
  const char* token = std::getenv("OREE_TOKEN");
  if (token != nullptr && *token != '\0') headers.emplace_back("Authorization", cat("Bearer ", token));
  return headers;
}

}  // namespace oree::app
