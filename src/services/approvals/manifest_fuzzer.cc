// Arbitrary bytes as a manifest that was sealed as it is, and as the window of a sound one: nothing is asked
// for beyond the limits, and what is accepted says what the proposal says.
#include <cstdlib>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;

namespace {

void check(const std::string& manifest, const std::string& part) {
  const EvidenceLimits limits{.total_bytes = 1 << 16};
  Proposal p;
  p.asset = "robot-1";
  p.evidence = digest_of(manifest);
  uint64_t asked = 0;
  const auto fetch = [&](const std::string& digest, uint64_t most) -> Result<ByteBuffer> {
    asked += most;
    if (asked > limits.total_bytes || !crypto::parse_digest(digest)) std::abort();
    return testing::bytes_of(part);
  };
  const auto facts = check_evidence(p, as_bytes(manifest), fetch, limits);
  if (facts && (facts->asset != p.asset || facts->model != p.model)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text, text);
  const json::Value part = json::Object{{"name", "window.json"},
                                        {"type", "application/json"},
                                        {"bytes", size},
                                        {"digest", digest_of(text).hex()}};
  check(json::print(
            json::Object{{"asset", "robot-1"}, {"format", "oree/evidence/v1"}, {"parts", json::Array{part}}}),
        text);
  return 0;
}
