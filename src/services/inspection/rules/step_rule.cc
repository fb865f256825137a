#include "services/inspection/rules/step_rule.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::inspection {
namespace {

using inference::Prediction;
using inference::PredictionKind;

constexpr std::array kRules{
    StepRuleFacts{StepRuleKind::expected_label, "expected_label", "expected_label_rule", false},
    StepRuleFacts{StepRuleKind::unexpected_label, "unexpected_label", "unexpected_label_rule", false},
    StepRuleFacts{StepRuleKind::min_nb_objects, "min_nb_objects", "min_nb_objects_rule", true},
    StepRuleFacts{StepRuleKind::max_nb_objects, "max_nb_objects", "max_nb_objects_rule", true},
    StepRuleFacts{StepRuleKind::max_area_ratio, "max_area_ratio", "", true},
};

std::string percent(double share) {
  return cat(fixed(share * 100, share < 0.1 ? 2 : 0), " %");
}

Verdict not_answerable(std::string_view needed) {
  return {Decision::no_decision,
          {"no_prediction_for_rule", cat("the rule needs ", needed, ", which this model does not give"), {}}};
}

Verdict judge_label(const StepRule& rule, const Prediction& prediction) {
  const auto* best = prediction.kind == PredictionKind::classes ? prediction.best() : nullptr;
  if (best == nullptr) return not_answerable("one label for the picture");
  const bool same = best->label == rule.label;
  const std::string seen = cat("label is ", best->label, " (", percent(best->score), ")");
  std::vector<std::pair<std::string, Reason::Fact>> facts{
      {"label", best->label}, {"probability", double{best->score}}, {"expected", rule.label}};
  if (rule.kind == StepRuleKind::expected_label) {
    if (same) return {Decision::ok, {"right_label", seen, std::move(facts)}};
    return {Decision::ko, {"wrong_label", cat(seen, ", expected ", rule.label), std::move(facts)}};
  }
  if (same)
    return {Decision::ko, {"unexpected_label", cat(seen, ", which must not be seen"), std::move(facts)}};
  return {Decision::ok, {"right_label", seen, std::move(facts)}};
}

Verdict judge_count(const StepRule& rule, const Prediction& prediction) {
  if (prediction.kind != PredictionKind::objects) return not_answerable("objects to count");
  const auto count =
      static_cast<double>(std::ranges::count(prediction.objects, rule.label, &inference::Object::label));
  const bool minimum = rule.kind == StepRuleKind::min_nb_objects;
  const bool ok = minimum ? count >= rule.threshold : count <= rule.threshold;
  const std::string_view code = ok ? "enough" : minimum ? "too_few" : "too_many";
  return {ok ? Decision::ok : Decision::ko,
          {std::string(code),
           cat(count, " × ", rule.label, minimum ? ", at least " : ", at most ", rule.threshold),
           {{"label", rule.label}, {"count", count}, {"threshold", rule.threshold}}}};
}

Verdict judge_area(const StepRule& rule, const Prediction& prediction) {
  if (prediction.kind != PredictionKind::mask) return not_answerable("an area per label");
  const auto& mask = prediction.mask;
  const auto at = std::ranges::find(mask.labels, rule.label);
  const auto index = static_cast<size_t>(at - mask.labels.begin());
  if (at == mask.labels.end() || index >= mask.area_ratios.size()) {
    return not_answerable(cat("the label '", rule.label, "'"));
  }
  const double ratio = double{mask.area_ratios[index]};
  const bool ok = ratio <= rule.threshold;
  return {ok ? Decision::ok : Decision::ko,
          {ok ? "area_ok" : "area_too_large",
           cat(rule.label, " covers ", percent(ratio), ", at most ", percent(rule.threshold)),
           {{"label", rule.label}, {"ratio", ratio}, {"threshold", rule.threshold}}}};
}

}  // namespace

std::span<const StepRuleFacts> step_rules() {
  return kRules;
}

const StepRuleFacts& facts(StepRuleKind kind) {
  return kRules[static_cast<size_t>(kind)];
}

Verdict judge(const StepRule& rule, const Prediction& prediction) {
  switch (rule.kind) {
    case StepRuleKind::expected_label:
    case StepRuleKind::unexpected_label:
      return judge_label(rule, prediction);
    case StepRuleKind::min_nb_objects:
    case StepRuleKind::max_nb_objects:
      return judge_count(rule, prediction);
    case StepRuleKind::max_area_ratio:
      return judge_area(rule, prediction);
  }
  return not_answerable("a rule that exists");
}

}  // namespace oree::inspection
