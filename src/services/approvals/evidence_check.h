// Whether the evidence behind a proposal is what was sealed, and what it shows. Pure but for the callback.
//
// Verified: the manifest's digest is the proposal's; every part has the digest and the size that the manifest
// says; the configuration's and the model's digests follow from the parts; asset, model, score and threshold
// are those of the proposal. The manifest's form (oree/evidence/v1) is in docs/formats/authority.md.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "services/approvals/facts.h"
#include "services/approvals/statement.h"

namespace oree::approvals {

struct EvidenceLimits {
  uint64_t total_bytes = 64 << 20;  // manifest and parts
  uint64_t manifest_bytes = 1 << 20;
  size_t parts = 256;
  uint64_t json_bytes = 8 << 20;  // of a part that is looked into
};

struct EvidenceFault {
  // evidence_missing, evidence_altered, evidence_contradicts, evidence_too_large, evidence_unreadable,
  // evidence_malformed; "" when it could not be fetched now and may be later.
  std::string code;
  std::string reason;
};

// The bytes under a digest, at most so many. `unavailable`, `timeout` and `busy` may pass; `not_found` is
// missing, `corrupt` altered, `invalid` unreadable.
using FetchEvidence = std::function<Result<ByteBuffer>(const std::string& digest, uint64_t max_bytes)>;

std::expected<Facts, EvidenceFault> check_evidence(const Proposal& proposal, ByteView manifest,
                                                   const FetchEvidence& fetch,
                                                   const EvidenceLimits& limits = {});
// What a failed fetch means.
EvidenceFault fault_of(const Error& error, std::string_view what);

}  // namespace oree::approvals
