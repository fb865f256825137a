// The rule of one step: what a prediction must look like for the part to be OK. Pure functions.
//
// A rule that cannot be asked of a prediction (a count asked of a classifier) gives NO_DECISION and says so.
// An empty scene is a count of zero: it fails a minimum and passes a maximum.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/inference/predictor.h"
#include "services/inspection/rules/decision.h"

namespace oree::inspection {

enum class StepRuleKind { expected_label, unexpected_label, min_nb_objects, max_nb_objects, max_area_ratio };

struct StepRule {
  StepRuleKind kind = StepRuleKind::expected_label;
  std::string label;
  double threshold = 0;  // objects, or share of the picture 0..1; unused by the label rules
};

struct StepRuleFacts {
  StepRuleKind kind;
  std::string_view name;      // in station.yaml
  std::string_view vio_name;  // in VIO's configurations; "" when VIO has none
  bool has_threshold;
};
std::span<const StepRuleFacts> step_rules();
const StepRuleFacts& facts(StepRuleKind kind);

Verdict judge(const StepRule& rule, const inference::Prediction& prediction);

}  // namespace oree::inspection
