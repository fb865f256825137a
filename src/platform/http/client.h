// One HTTP/1.1 call with a deadline, for snapshot cameras and webhooks. Blocking; thread-safe: calls at the
// same time each take their own connection, and the one that was used last is kept alive per Client.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/calls/interrupt.h"
#include "platform/http/message.h"

namespace oree::http {

struct Url {
  std::string host;  // without the brackets of an IPv6 address
  uint16_t port = 80;
  std::string target = "/";  // path and query
  bool tls = false;          // https
};
// http:// and https://. No credentials in the address.
Result<Url> parse_url(std::string_view text);

struct CallOptions {
  milliseconds deadline{5'000};  // for everything: name, connect, send, receive, redirects
  uint64_t max_body_bytes = 32u << 20;
  unsigned max_redirects = 0;  // 0: a redirect is the answer; from https none leads to http
  // PEM files for https: whom to trust ("" = whom the system trusts), and what to show a server that asks.
  std::filesystem::path ca_file;
  std::filesystem::path certificate;
  std::filesystem::path key;
  milliseconds silence{0};  // at most this long without a byte of the answer; 0: only the deadline counts
  const Interrupt* interrupt = nullptr;  // ends the call with `unavailable`
  // Takes the body of a 200 or a 206 as it comes, and Response::body stays empty; max_body_bytes does not
  // matter then. What came before the connection broke has been handed over. An error ends the call with it.
  std::function<Status(const Response& head, ByteView piece)> on_body;
};

class Client {
 public:
  Client();
  ~Client();  // may wait for a name server that does not answer
  // The answer whatever its status. `timeout`, `unavailable` (refused, reset, unknown name), `denied` (a
  // certificate that is not to be trusted), `invalid` (too large, not HTTP, or a request that could not be
  // written safely). Host, Content-Length and Connection are the client's own. A GET, HEAD, PUT, DELETE or
  // OPTIONS is tried once more when the kept connection turns out to be closed; nothing else is ever sent
  // twice.
  Result<Response> call(std::string_view method, const Url& url, const std::vector<Header>& headers,
                        std::string_view body, const CallOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::http
