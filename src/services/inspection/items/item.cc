#include "services/inspection/items/item.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::inspection {
namespace {

using inference::Prediction;
using inference::PredictionKind;
using json::Array;
using json::Object;
using json::Value;

// Five decimals, as VIO prints; shortest otherwise.
double rounded(double value) {
  return std::round(value * 1e5) / 1e5;
}

Value pixel_box(const inference::Box& box) {
  const auto whole = [](float v) { return Value(static_cast<int64_t>(std::lround(v))); };
  return Array{whole(box.left), whole(box.top), whole(box.right), whole(box.bottom)};
}

// The best ten, best first: a thousand classes in every item would weigh more than its picture.
constexpr size_t kScoresKept = 10;

std::vector<const inference::LabelScore*> best_first(const Prediction& prediction) {
  std::vector<const inference::LabelScore*> scores;
  scores.reserve(prediction.classes.size());
  for (const auto& score : prediction.classes) scores.push_back(&score);
  const size_t kept = std::min(kScoresKept, scores.size());
  std::partial_sort(scores.begin(), scores.begin() + static_cast<ptrdiff_t>(kept), scores.end(),
                    [](const auto* a, const auto* b) { return a->score > b->score; });
  scores.resize(kept);
  return scores;
}

Object classes_json(const Prediction& prediction) {
  Array scores;
  for (const auto* score : best_first(prediction)) {
    scores.push_back(Object{{"label", score->label}, {"probability", rounded(double{score->score})}});
  }
  const auto* best = prediction.best();
  return {{"prediction_type", "class"},
          {"label", best != nullptr ? Value(best->label) : Value()},
          {"probability", best != nullptr ? Value(rounded(double{best->score})) : Value()},
          {"scores", std::move(scores)}};
}

Object objects_json(const Prediction& prediction) {
  Object objects;
  size_t number = 0;
  for (const auto& object : prediction.objects) {
    objects.emplace_back(cat("object_", ++number), Object{{"location", pixel_box(object.box)},
                                                          {"objectness", rounded(double{object.score})},
                                                          {"label", object.label}});
  }
  return {{"prediction_type", "objects"}, {"detected_objects", std::move(objects)}};
}

Array run_lengths(const std::vector<int8_t>& cells) {
  Array runs;
  for (size_t i = 0; i < cells.size();) {
    size_t end = i;
    while (end < cells.size() && cells[end] == cells[i]) ++end;
    runs.push_back(Array{int64_t{cells[i]}, static_cast<int64_t>(end - i)});
    i = end;
  }
  return runs;
}

Object mask_json(const Prediction& prediction) {
  const auto& mask = prediction.mask;
  Array labels;
  Object ratios;
  for (size_t i = 0; i < mask.labels.size(); ++i) {
    labels.push_back(mask.labels[i]);
    if (i < mask.area_ratios.size())
      ratios.emplace_back(mask.labels[i], rounded(double{mask.area_ratios[i]}));
  }
  return {{"prediction_type", "mask"},
          {"width", mask.width},
          {"height", mask.height},
          {"labels", std::move(labels)},
          {"area_ratios", std::move(ratios)},
          {"box", pixel_box(mask.box)},
          {"runs", run_lengths(mask.cells)}};
}

Value picture_json(const StoredPicture& picture) {
  return Object{{"creation_date", iso_text(picture.captured)},
                {"storing_path", picture.path},
                {"sha256", picture.sha256},
                {"media_type", picture.media_type},
                {"width", picture.width},
                {"height", picture.height},
                {"bytes", picture.bytes},
                {"source", picture.source}};
}

Value rule_json(const StepRule& rule) {
  const auto& row = facts(rule.kind);
  Object out{{"type", row.name}, {"label", rule.label}};
  if (row.has_threshold) out.emplace_back("threshold", rule.threshold);
  return out;
}

Value facts_json(const Reason& reason) {
  Object out;
  for (const auto& [name, fact] : reason.facts) {
    if (const auto* text = std::get_if<std::string>(&fact)) {
      out.emplace_back(name, *text);
    } else {
      out.emplace_back(name, rounded(std::get<double>(fact)));
    }
  }
  return out;
}

Value step_json(const StepOutcome& step) {
  return Object{{"name", step.plan.name},
                {"camera", step.plan.camera},
                {"model", step.plan.model},
                {"model_version", step.model.version},
                {"model_digest", step.model.digest},
                {"decision", decision_name(step.verdict.decision)},
                {"rule", step.plan.rule ? rule_json(*step.plan.rule) : Value()},
                {"reason", step.verdict.reason.sentence},
                {"reason_code", step.verdict.reason.code},
                {"reason_values", facts_json(step.verdict.reason)},
                {"timings_us", Object{{"tensor", step.timings.tensor.count()},
                                      {"infer", step.timings.infer.count()},
                                      {"decode", step.timings.decode.count()},
                                      {"rule", step.rule.count()}}}};
}

Value item_rule_json(const Item& item) {
  Object out{{"type", item_rule_name(item.item_rule.kind)}};
  if (item.item_rule.kind != ItemRuleKind::all) {
    out.emplace_back("expected_decision", decision_name(item.item_rule.expected));
    out.emplace_back("threshold", item.item_rule.threshold);
  }
  out.emplace_back("reason", item.verdict.reason.sentence);
  return out;
}

// The sentence a person wants first: the step that spoke against the part, or the rule's own count.
std::string headline(const Item& item) {
  for (const auto& step : item.steps) {
    if (step.verdict.decision == item.verdict.decision && item.verdict.decision != Decision::ok) {
      return cat(step.plan.name, ": ", step.verdict.reason.sentence);
    }
  }
  if (item.steps.size() == 1)
    return cat(item.steps[0].plan.name, ": ", item.steps[0].verdict.reason.sentence);
  return item.verdict.reason.sentence;
}

Value timings_json(const Item& item) {
  microseconds capture{0}, decode{0}, store{0};
  for (const auto& camera : item.cameras) {
    capture = std::max(capture, camera.capture);
    decode = std::max(decode, camera.decode);
    store = std::max(store, camera.store);
  }
  return Object{{"capture", capture.count()},
                {"decode", decode.count()},
                {"store", store.count()},
                {"total", item.total.count()}};
}

}  // namespace

json::Value prediction_json(const Prediction& prediction, const inference::Identity& model) {
  Object out = prediction.kind == PredictionKind::classes   ? classes_json(prediction)
               : prediction.kind == PredictionKind::objects ? objects_json(prediction)
                                                            : mask_json(prediction);
  out.emplace_back("model_name", model.name);
  out.emplace_back("model_version", model.version);
  return out;
}

Value item_json(const Item& item) {
  Object binaries, predictions, decisions, failures;
  Array steps;
  for (const auto& camera : item.cameras) {
    if (camera.picture) binaries.emplace_back(camera.camera, picture_json(*camera.picture));
    if (!camera.failure.code.empty()) {
      failures.emplace_back(camera.camera,
                            Object{{"code", camera.failure.code}, {"reason", camera.failure.sentence}});
    }
  }
  for (const auto& step : item.steps) {
    if (step.prediction)
      predictions.emplace_back(step.plan.name, prediction_json(*step.prediction, step.model));
    decisions.emplace_back(step.plan.name, decision_name(step.verdict.decision));
    steps.push_back(step_json(step));
  }
  Object out{{"id", item.id},
             {"station_name", item.station},
             {"config", item.config},
             {"creation_date", iso_text(item.created)},
             {"state", item.state},
             {"decision", decision_name(item.verdict.decision)},
             {"reason", headline(item)},
             {"trigger", Object{{"type", item.trigger.type}, {"detail", item.trigger.detail}}},
             {"cameras_metadata", item.cameras_metadata},
             {"binaries", std::move(binaries)},
             {"predictions", std::move(predictions)},
             {"camera_decisions", std::move(decisions)},
             {"steps", std::move(steps)},
             {"item_rule", item_rule_json(item)},
             {"timings_us", timings_json(item)}};
  if (!failures.empty()) out.emplace_back("camera_failures", std::move(failures));
  if (!item.truth.empty()) out.emplace_back("truth", item.truth);
  if (!item.class_name.empty()) out.emplace_back("class_name", item.class_name);
  return out;
}

std::vector<std::pair<std::string, std::string>> item_attributes(const Item& item) {
  std::vector<std::pair<std::string, std::string>> out{
      {"decision", std::string(decision_name(item.verdict.decision))},
      {"config", item.config},
      {"trigger", item.trigger.type}};
  const auto add = [&out](std::string_view name, std::string_view value) {
    std::pair<std::string, std::string> pair(name, value);
    if (!value.empty() && std::ranges::find(out, pair) == out.end()) out.push_back(std::move(pair));
  };
  for (const auto& camera : item.cameras) add("camera", camera.camera);
  for (const auto& step : item.steps) {
    add("model", step.plan.model);
    if (!step.prediction) continue;
    if (const auto* best = step.prediction->best()) add("label", best->label);
    for (const auto& object : step.prediction->objects) add("label", object.label);
    const auto& mask = step.prediction->mask;
    for (size_t i = 0; i < mask.labels.size() && i < mask.area_ratios.size(); ++i) {
      if (mask.area_ratios[i] > 0) add("label", mask.labels[i]);
    }
  }
  add("label", item.class_name);
  return out;
}

}  // namespace oree::inspection
