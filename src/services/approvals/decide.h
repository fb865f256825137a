// What the rules say to one proposal. Pure: the same arguments, the same answer.
#pragma once

#include <span>
#include <string>

#include "services/approvals/facts.h"
#include "services/approvals/rules.h"
#include "services/approvals/statement.h"

namespace oree::approvals {

enum class Answer { approve, refuse, ask };
std::string_view name(Answer answer);

struct Ruling {
  Answer answer = Answer::refuse;
  std::string code;    // ok, expired, model_not_allowed, …: docs/formats/authority.md
  std::string reason;  // for people; every rule that was missed has a sentence
};

// Only what needs no evidence: expired, from_the_future. Approve when neither holds.
Ruling decide_time(const Rules& rules, const Proposal& proposal, WallTime now);

// A miss that refuses wins over one that asks; of several the first gives the code.
Ruling decide(const Rules& rules, const Proposal& proposal, const Facts& facts, std::span<const Past> past,
              WallTime now);

}  // namespace oree::approvals
