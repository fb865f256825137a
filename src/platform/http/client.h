// One HTTP/1.1 call with a deadline, for snapshot cameras and webhooks. Blocking; thread-safe; no pooling of
// connections between hosts, one kept alive per Client.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/message.h"

namespace oree::http {

struct Url {
  std::string host;
  uint16_t port = 80;
  std::string target = "/";  // path and query
};
// http:// only (TLS is not spoken yet: `unsupported`). No credentials in the address.
Result<Url> parse_url(std::string_view text);

struct CallOptions {
  milliseconds deadline{5'000};  // for everything: connect, send, receive
  uint64_t max_body_bytes = 32u << 20;
  unsigned max_redirects = 0;
};

class Client {
 public:
  Client();
  ~Client();
  // The answer whatever its status. `timeout`, `unavailable` (refused, reset), `invalid` (too large, not
  // HTTP).
  Result<Response> call(std::string_view method, const Url& url, const std::vector<Header>& headers,
                        std::string_view body, const CallOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::http
