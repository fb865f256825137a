// The rule of the whole part: from the decisions of its steps to one. Pure.
//
// A step without decision counts as unknown, never as absent: the part is decided only when every value the
// unknown steps could take leads to the same answer; otherwise it is NO_DECISION.
#pragma once

#include <span>
#include <string_view>

#include "services/inspection/rules/decision.h"

namespace oree::inspection {

enum class ItemRuleKind {
  all,                  // every step OK
  min_threshold,        // at least `threshold` steps decided `expected`
  min_threshold_ratio,  // at least this share of the steps
};

struct ItemRule {
  ItemRuleKind kind = ItemRuleKind::all;
  Decision expected = Decision::ok;
  double threshold = 1;
};

std::string_view item_rule_name(ItemRuleKind kind);

Verdict judge(const ItemRule& rule, std::span<const Decision> steps);

}  // namespace oree::inspection
