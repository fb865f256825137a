#include <doctest/doctest.h>

#include <vector>

#include "services/inspection/rules/item_rule.h"
#include "services/inspection/rules/step_rule.h"

using namespace oree::inspection;
using oree::inference::Object;
using oree::inference::Prediction;
using oree::inference::PredictionKind;

namespace {

Prediction classes(std::string label, float score) {
  Prediction p;
  p.classes = {{std::move(label), score}, {"other", 1 - score}};
  return p;
}

Prediction objects(int people) {
  Prediction p;
  p.kind = PredictionKind::objects;
  p.objects.resize(static_cast<size_t>(people), Object{{}, "person", 0.9f});
  p.objects.push_back({{}, "dog", 0.8f});
  return p;
}

constexpr auto OK = Decision::ok;
constexpr auto KO = Decision::ko;
constexpr auto NO = Decision::no_decision;

Decision item(ItemRule rule, std::vector<Decision> steps) {
  return judge(rule, steps).decision;
}

}  // namespace

TEST_CASE("ALabelRuleComparesTheBestLabel") {
  const StepRule expected{StepRuleKind::expected_label, "good", 0};
  CHECK(judge(expected, classes("good", 0.9f)).decision == OK);
  const auto ko = judge(expected, classes("scratch", 0.97f));
  CHECK(ko.decision == KO);
  CHECK(ko.reason.code == "wrong_label");
  CHECK(ko.reason.sentence == "label is scratch (97 %), expected good");
  const StepRule unexpected{StepRuleKind::unexpected_label, "scratch", 0};
  CHECK(judge(unexpected, classes("scratch", 0.97f)).decision == KO);
  CHECK(judge(unexpected, classes("good", 0.97f)).decision == OK);
}

TEST_CASE("AnEmptySceneFailsAMinimumAndPassesAMaximum") {
  CHECK(judge({StepRuleKind::min_nb_objects, "person", 1}, objects(0)).decision == KO);
  CHECK(judge({StepRuleKind::min_nb_objects, "person", 2}, objects(2)).decision == OK);
  CHECK(judge({StepRuleKind::max_nb_objects, "person", 1}, objects(0)).decision == OK);
  CHECK(judge({StepRuleKind::max_nb_objects, "person", 1}, objects(2)).decision == KO);
}

TEST_CASE("AnAreaAboveItsShareIsRefused") {
  Prediction p;
  p.kind = PredictionKind::mask;
  p.mask.labels = {"background", "defect"};
  p.mask.area_ratios = {0.99f, 0.01f};
  CHECK(judge({StepRuleKind::max_area_ratio, "defect", 0.005}, p).decision == KO);
  CHECK(judge({StepRuleKind::max_area_ratio, "defect", 0.02}, p).decision == OK);
  CHECK(judge({StepRuleKind::max_area_ratio, "crack", 0.02}, p).decision == NO);
}

TEST_CASE("ARuleThatCannotBeAskedDecidesNothingAndSaysWhy") {
  const auto verdict = judge({StepRuleKind::min_nb_objects, "person", 1}, classes("person", 1));
  CHECK(verdict.decision == NO);
  CHECK(verdict.reason.code == "no_prediction_for_rule");
  CHECK(judge({StepRuleKind::expected_label, "person", 0}, objects(1)).decision == NO);
}

TEST_CASE("AnUndecidedStepLeavesThePartUndecidedUnlessItCannotMatter") {
  const ItemRule all{};
  CHECK(item(all, {OK, OK}) == OK);
  CHECK(item(all, {OK, KO}) == KO);
  CHECK(item(all, {OK, NO}) == NO);
  CHECK(item(all, {KO, NO}) == KO);
  CHECK(item(all, {}) == NO);

  const ItemRule two{ItemRuleKind::min_threshold, OK, 2};
  CHECK(item(two, {OK, OK, NO}) == OK);
  CHECK(item(two, {OK, KO, KO}) == KO);
  CHECK(item(two, {OK, NO, KO}) == NO);

  const ItemRule half{ItemRuleKind::min_threshold_ratio, OK, 0.5};
  CHECK(item(half, {OK, KO}) == OK);
  CHECK(item(half, {OK, KO, KO}) == KO);
  CHECK(item(half, {NO, KO, KO}) == KO);
  CHECK(item(half, {NO, OK, KO}) == NO);

  const ItemRule faulty{ItemRuleKind::min_threshold, KO, 1};
  CHECK(item(faulty, {KO, OK}) == OK);
  CHECK(item(faulty, {OK, OK}) == KO);
}
