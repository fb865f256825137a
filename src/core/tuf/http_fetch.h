// A repository's files over HTTP.
#pragma once

#include <string>

#include "core/tuf/client.h"
#include "platform/http/client.h"

namespace oree::tuf {

// The body of a GET. `not_found` for 403 and 404, `invalid` when there is more than max_bytes, `unavailable`
// for every other status.
Result<ByteBuffer> fetch_file(http::Client& network, const std::string& address, uint64_t max_bytes,
                              const http::CallOptions& options = {.deadline = milliseconds(30'000)});
// What Client asks for metadata with; `network` is borrowed. "https://hub/tuf/metadata" → …/timestamp.json
Fetch fetch_from(http::Client& network, std::string base,
                 http::CallOptions options = {.deadline = milliseconds(30'000)});

}  // namespace oree::tuf
