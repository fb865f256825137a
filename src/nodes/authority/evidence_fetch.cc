#include "nodes/authority/evidence_fetch.h"

#include "base/text.h"
#include "platform/http/client.h"

namespace oree::authority {
namespace {

ErrorKind kind_of(int status) {
  if (status >= 500 || status == 429 || status == 408) return ErrorKind::unavailable;
  if (status == 410) return ErrorKind::corrupt;  // the station itself found it altered
  return ErrorKind::not_found;  // a redirect too: what is not here is not looked for elsewhere
}

class Door {
 public:
  Door(http::Url url, milliseconds deadline)
      : url_(std::move(url)), end_(std::chrono::steady_clock::now() + deadline) {}

  Result<ByteBuffer> get(const std::string& digest, uint64_t max_bytes) {
    const auto left = std::chrono::floor<milliseconds>(end_ - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return fail(ErrorKind::timeout, "the evidence took too long");
    http::Url url = url_;
    if (!digest.empty()) url.target += cat("/", digest);
    const auto answer =
        client_.call("GET", url, {}, "", {.deadline = left, .max_body_bytes = max_bytes, .max_redirects = 0});
    if (!answer) return forward(answer);
    if (answer->status != 200)
      return fail(kind_of(answer->status),
                  cat(url.host, ":", url.port, url.target, " answered ", answer->status));
    const auto bytes = as_bytes(answer->body);
    return ByteBuffer(bytes.begin(), bytes.end());
  }

 private:
  http::Client client_;
  const http::Url url_;
  const MonoTime end_;
};

}  // namespace

std::expected<approvals::Facts, approvals::EvidenceFault> fetch_evidence(
    const approvals::Proposal& proposal, const std::string& address, milliseconds deadline,
    const approvals::EvidenceLimits& limits) {
  const auto url = http::parse_url(address);
  if (!url) return std::unexpected(approvals::fault_of(url.error(), "the evidence's address"));
  Door door(*url, deadline);
  const auto manifest = door.get("", limits.manifest_bytes);
  if (!manifest) return std::unexpected(approvals::fault_of(manifest.error(), "the manifest"));
  return approvals::check_evidence(
      proposal, *manifest,
      [&](const std::string& digest, uint64_t max_bytes) { return door.get(digest, max_bytes); }, limits);
}

}  // namespace oree::authority
