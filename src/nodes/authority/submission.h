// What a station sends to POST /api/v1/proposals, read and held against the rules. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "services/approvals/rules.h"
#include "services/approvals/statement.h"

namespace oree::authority {

struct Submission {
  approvals::Proposal proposal;
  approvals::Signed text;
  crypto::PublicKey key;
  std::string evidence_url;
  bool operator==(const Submission&) const = default;
};

// `invalid` when the body is not one.
Result<Submission> parse_submission(std::string_view body);

// `denied` unless a station of the rules signed it in its own name, and its evidence lies where the rules
// say.
Status check_sender(const Submission& submission, const approvals::Rules& rules);

}  // namespace oree::authority
