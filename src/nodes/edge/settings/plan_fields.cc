#include "nodes/edge/settings/plan_fields.h"

#include <algorithm>

#include "base/text.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

using config::Fields;
using config::Node;
using inspection::CameraKind;
using inspection::CameraPlan;
using inspection::ItemRuleKind;
using inspection::StepPlan;
using inspection::StepRule;

constexpr milliseconds kDefaultDeadline{1000};
constexpr milliseconds kMaxDeadline{60'000};

Result<CameraPlan> parse_camera(const std::string& name, const Node& node, const fs::path& folder) {
  static const std::vector<std::string> kKinds{"folder", "http", "vio_capture"};
  Fields fields(node, cat("camera '", name, "'"));
  CameraPlan plan{.name = name};
  if (!is_plain_name(name)) fields.mistake("", "must be named with letters, digits, '_', '-' or '.'");
  const std::string kind = fields.choice("type", kKinds);
  if (kind == "folder") {
    plan.kind = CameraKind::folder;
    const fs::path path = fields.required<std::string>("path");
    plan.path = (path.is_absolute() ? path : (folder / path).lexically_normal()).string();
    plan.loop = fields.optional<bool>("loop", true);
  } else if (kind == "http") {
    plan.url = fields.optional<std::string>("url", "");
    plan.kind = plan.url.empty() ? CameraKind::pushed : CameraKind::snapshot;
  } else if (kind == "vio_capture") {
    plan.kind = CameraKind::vio_capture;
    plan.url = fields.required<std::string>("url");
    plan.camera_id = fields.optional<std::string>("camera_id", name);
  }
  plan.deadline = std::chrono::duration_cast<milliseconds>(fields.duration("deadline", kDefaultDeadline));
  if (plan.deadline < milliseconds(1) || plan.deadline > kMaxDeadline) {
    fields.mistake("deadline", "must lie between 1ms and 60s");
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return plan;
}

Result<StepRule> parse_rule(const Node& node) {
  std::vector<std::string> names;
  for (const auto& row : inspection::step_rules()) names.emplace_back(row.name);
  Fields fields(node, "rule");
  StepRule rule;
  const std::string name = fields.choice("type", names);
  rule.label = fields.required<std::string>("label");
  for (const auto& row : inspection::step_rules()) {
    if (row.name != name) continue;
    rule.kind = row.kind;
    if (row.has_threshold) rule.threshold = fields.required<double>("threshold");
  }
  if (rule.threshold < 0) fields.mistake("threshold", "must not be negative");
  if (rule.kind == inspection::StepRuleKind::max_area_ratio && rule.threshold > 1) {
    fields.mistake("threshold", "is a share of the picture, between 0 and 1");
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return rule;
}

Result<StepPlan> parse_step(const std::string& name, const Node& node,
                            const std::vector<CameraPlan>& cameras) {
  Fields fields(node, cat("step '", name, "'"));
  StepPlan step{.name = name};
  if (!is_plain_name(name)) fields.mistake("", "must be named with letters, digits, '_', '-' or '.'");
  step.camera = fields.required<std::string>("camera");
  std::vector<std::string> names;
  for (const auto& camera : cameras) names.push_back(camera.name);
  if (!step.camera.empty() && std::ranges::find(names, step.camera) == names.end()) {
    fields.mistake("camera", cat("names no camera: '", step.camera, "'", did_you_mean(step.camera, names)));
  }
  step.model = fields.required<std::string>("model");
  step.version = fields.optional<std::string>("version", "");
  if (const Node* rule = fields.node("rule")) {
    auto parsed = parse_rule(*rule);
    fields.absorb(parsed);
    if (parsed) step.rule = std::move(*parsed);
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return step;
}

Result<inspection::ItemRule> parse_item_rule(const Node& node) {
  static const std::vector<std::string> kKinds{"all", "min_threshold", "min_threshold_ratio"};
  static const std::vector<std::string> kDecisions{"OK", "KO", "NO_DECISION"};
  Fields fields(node, "item_rule");
  inspection::ItemRule rule;
  const std::string kind = fields.choice("type", kKinds);
  if (kind == "min_threshold" || kind == "min_threshold_ratio") {
    rule.kind = kind == "min_threshold" ? ItemRuleKind::min_threshold : ItemRuleKind::min_threshold_ratio;
    rule.expected = inspection::parse_decision(fields.choice("expected_decision", kDecisions, "OK"))
                        .value_or(inspection::Decision::ok);
    rule.threshold = fields.required<double>("threshold");
    if (rule.threshold < 0) fields.mistake("threshold", "must not be negative");
    if (rule.kind == ItemRuleKind::min_threshold_ratio && rule.threshold > 1) {
      fields.mistake("threshold", "is a share of the steps, between 0 and 1");
    }
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return rule;
}

// A station that only listens to machines, or only runs modules, has neither cameras nor steps.
template <class Parse>
void read_named(Fields& fields, std::string_view key, Parse parse) {
  if ((fields.has("telemetry") || fields.has("modules")) && !fields.has(key)) return;
  const Node* map = fields.required_node(key, Node::Kind::map);
  if (map == nullptr) return;
  for (const auto& [name, node] : map->members()) {
    const auto parsed = parse(name, node);
    fields.absorb(parsed);
  }
}

}  // namespace

bool is_plain_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, plain);
}

void read_plan(Fields& fields, const fs::path& folder, inspection::Plan& plan) {
  read_named(fields, "cameras", [&](const std::string& name, const Node& node) {
    auto camera = parse_camera(name, node, folder);
    plan.cameras.push_back(camera ? *camera : CameraPlan{.name = name});  // so that steps find it by name
    return camera;
  });
  read_named(fields, "steps", [&](const std::string& name, const Node& node) {
    auto step = parse_step(name, node, plan.cameras);
    if (step) plan.steps.push_back(*step);
    return step;
  });
  if (const Node* node = fields.node("item_rule")) {
    auto rule = parse_item_rule(*node);
    fields.absorb(rule);
    if (rule) plan.item_rule = *rule;
  }
}

}  // namespace oree::edge
