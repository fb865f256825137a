// The address of a server behind a socket in the file system, for Client::call. parse_url() never gives one,
// so that no text from outside leads to a socket. Calls name the host "localhost".
#pragma once

#include <string>

#include "platform/http/client.h"

namespace oree::http {

// `socket` is an absolute path of at most 107 bytes.
inline Url unix_url(std::string socket, std::string target) {
  return {.host = std::move(socket), .target = std::move(target)};
}

}  // namespace oree::http
