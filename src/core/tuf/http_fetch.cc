#include "core/tuf/http_fetch.h"

#include "base/text.h"

namespace oree::tuf {

Result<ByteBuffer> fetch_file(http::Client& network, const std::string& address, uint64_t max_bytes,
                              const http::CallOptions& options) {
  const auto url = http::parse_url(address);
  if (!url) return forward(url);
  http::CallOptions limited = options;
  limited.max_body_bytes = max_bytes;
  const auto answer = network.call("GET", *url, {}, "", limited);
  if (!answer) return forward(answer, address);
  if (answer->status == 404 || answer->status == 403)
    return fail(ErrorKind::not_found, cat(address, " is not there"));
  if (answer->status != 200) return fail(ErrorKind::unavailable, cat(address, " answered ", answer->status));
  const auto view = as_bytes(answer->body);
  return ByteBuffer(view.begin(), view.end());
}

Fetch fetch_from(http::Client& network, std::string base, http::CallOptions options) {
  if (!base.ends_with('/')) base += '/';
  return [&network, base = std::move(base), options = std::move(options)](std::string_view name,
                                                                          uint64_t max_bytes) {
    return fetch_file(network, cat(base, name), max_bytes, options);
  };
}

}  // namespace oree::tuf
