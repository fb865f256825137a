#include "services/inspection/rules/item_rule.h"

#include <algorithm>

#include "base/text.h"

namespace oree::inspection {
namespace {

bool reached(const ItemRule& rule, double matching, double total) {
  if (rule.kind == ItemRuleKind::all) return matching >= total;
  return rule.kind == ItemRuleKind::min_threshold ? matching >= rule.threshold
                                                  : matching / total >= rule.threshold;
}

}  // namespace

std::string_view item_rule_name(ItemRuleKind kind) {
  switch (kind) {
    case ItemRuleKind::all:
      return "all";
    case ItemRuleKind::min_threshold:
      return "min_threshold";
    case ItemRuleKind::min_threshold_ratio:
      return "min_threshold_ratio";
  }
  return "all";
}

Verdict judge(const ItemRule& rule, std::span<const Decision> steps) {
  if (steps.empty()) return {Decision::no_decision, {"no_steps", "no step judged this part", {}}};
  const Decision expected = rule.kind == ItemRuleKind::all ? Decision::ok : rule.expected;
  const auto matching = static_cast<double>(std::ranges::count(steps, expected));
  const auto unknown = expected == Decision::no_decision
                           ? 0.0
                           : static_cast<double>(std::ranges::count(steps, Decision::no_decision));
  const auto total = static_cast<double>(steps.size());
  const std::string seen =
      cat(matching, " of ", total, total == 1 ? " step is " : " steps are ", decision_name(expected));
  const bool at_worst = reached(rule, matching, total);
  const bool at_best = reached(rule, matching + unknown, total);
  if (at_worst == at_best) {
    return {at_worst ? Decision::ok : Decision::ko, {at_worst ? "reached" : "not_reached", seen, {}}};
  }
  return {Decision::no_decision, {"undecided", cat(seen, ", ", unknown, " undecided"), {}}};
}

}  // namespace oree::inspection
