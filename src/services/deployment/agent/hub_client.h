// Calls to the hub, each signed and counted as docs/formats/fleet.md says. Thread-safe: a call that waits for
// news and one that reports may be under way at once.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "platform/http/client.h"
#include "services/deployment/agent/identity.h"
#include "services/deployment/agent/settings.h"

namespace oree::deployment {

// What came back, when anything did.
struct HubAnswer {
  int status = 0;
  std::string code;  // of an error: signature, unknown, counter, cloned, …
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};

class HubClient {
 public:
  // All must outlive it.
  HubClient(const FleetSettings& settings, Identity& identity) : settings_(settings), identity_(identity) {}

  // POST, unsigned but for the body's own signature; for enrolment.
  Result<HubAnswer> introduce(const std::string& body, const http::Interrupt* interrupt);
  // POST below this station's own path, signed. A counter that the hub has seen is skipped, and the call made
  // again.
  Result<HubAnswer> post(const std::string& path, const std::string& body, std::string_view query,
                         milliseconds deadline, const http::Interrupt* interrupt);
  // GET of anything; the body in one piece. `not_found` for 404, `unavailable` for any other status but 200.
  Result<ByteBuffer> get(const std::string& path, uint64_t max_bytes, const http::Interrupt* interrupt);
  // GET /blobs/…, from this byte on, piece by piece.
  Result<http::Response> get_blob(const std::string& hex, uint64_t from, http::CallOptions options);

  // For blobs, from the newest sync.
  void set_access(std::string token);

 private:
  Result<http::Url> url(const std::string& path) const;
  http::CallOptions options(milliseconds deadline, const http::Interrupt* interrupt) const;
  Result<HubAnswer> post_once(const std::string& path, const std::string& body, std::string_view query,
                              milliseconds deadline, const http::Interrupt* interrupt);

  const FleetSettings& settings_;
  Identity& identity_;
  http::Client client_;
  mutable std::mutex mutex_;
  std::string access_;
};

}  // namespace oree::deployment
