// Evidence over HTTP from a station: the manifest at the address it gave, each part at its digest below. No
// redirect is followed; one deadline holds for everything. Blocking.
#pragma once

#include <string>

#include "base/clock.h"
#include "services/approvals/evidence_check.h"

namespace oree::authority {

std::expected<approvals::Facts, approvals::EvidenceFault> fetch_evidence(
    const approvals::Proposal& proposal, const std::string& url, milliseconds deadline,
    const approvals::EvidenceLimits& limits);

}  // namespace oree::authority
