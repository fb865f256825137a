// A Response as bytes, without I/O (RFC 9112): the head is made here, the body stays where it is.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "platform/http/message.h"
#include "platform/http/wire/outgoing.h"

namespace oree::http {

struct HeadOptions {
  bool head_only = false;    // the answer to HEAD: the length is told, the body is not sent
  bool close = false;        // this connection ends with it
  bool old_version = false;  // an HTTP/1.0 client must be told that the connection stays
  bool stream = false;       // no length: the body goes on until the connection ends
  std::time_t now = 0;
};

// The server's own fields replace whatever the handler set; fields that are none are left out. `memory` is
// what the head is printed into.
Outgoing print_response(Response response, const HeadOptions& options, std::string memory = {});

std::string_view reason_phrase(int status);  // "" when not registered
// {"error": what}
Response error_response(int status, std::string_view what);

}  // namespace oree::http
