#include "services/rollouts/plan.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "platform/config/fields.h"

namespace oree::rollouts {

namespace {

using config::Fields;
using config::Node;

constexpr size_t kMostWaves = 50;

const std::vector<Node>& items(Fields& fields, std::string_view key) {
  static const std::vector<Node> kNone;
  const Node* node = fields.node(key);
  if (node == nullptr) return kNone;
  if (node->kind() == Node::Kind::list) return node->items();
  fields.mistake(key, "must be a list");
  return kNone;
}

Result<Shadow> read_shadow(const Node& node) {
  Fields fields(node, "shadow");
  Shadow out;
  out.percent = fields.between<double>("percent", out.percent, 0.1, 100);
  out.requests = fields.between<int>("requests", out.requests, 0, 1'000'000);
  out.at_most = fields.duration("at_most", out.at_most);
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

Result<Wave> read_wave(const Node& node, size_t number) {
  Fields fields(node, cat("wave ", number));
  Wave out;
  out.name = fields.optional<std::string>("name", cat("wave ", number));
  out.tags = fields.optional<std::vector<std::string>>("tags", {});
  out.count = fields.between<int>("count", 0, 0, 1'000'000);
  if (fields.has("count") && fields.has("percent")) fields.mistake("count", "cannot stand beside 'percent'");
  out.percent = fields.between<double>("percent", 100, 0.01, 100);
  out.soak = fields.duration("soak", std::chrono::hours(1));
  out.max_exposed = fields.between<double>("max_exposed", 0, 0, 100);
  if (const Node* shadow = fields.node("shadow")) {
    auto read = read_shadow(*shadow);
    fields.absorb(read);
    if (read) out.shadow = *read;
  }
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

Result<DisruptionBudget> read_budget(const Node& node) {
  Fields fields(node, "budget");
  DisruptionBudget out;
  out.group_by = fields.required<std::string>("group_by");
  out.max_unavailable = fields.between<int>("max_unavailable", 1, 1, 1'000'000);
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

Result<Deadlines> read_deadlines(const Node& node) {
  Fields fields(node, "deadlines");
  Deadlines out;
  out.offered = fields.duration("offered", out.offered);
  out.downloading = fields.duration("downloading", out.downloading);
  out.installing = fields.duration("installing", out.installing);
  out.shadow = fields.duration("shadow", out.shadow);
  out.silence = fields.duration("silence", out.silence);
  out.max_wait = fields.duration("max_wait", out.max_wait);
  if (out.silence <= microseconds{0})
    fields.mistake("silence", "must be more than nothing: silence is failure");
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

// A number, or "off".
void read_gate(Fields& fields, std::string_view key, double high, std::optional<double>& gate) {
  const Node* node = fields.node(key);
  if (node != nullptr && node->kind() == Node::Kind::scalar && node->scalar() == "off") {
    gate.reset();
  } else {
    gate = fields.between<double>(key, *gate, 0, high);
  }
}

Result<Gates> read_gates(const Node& node) {
  Fields fields(node, "gates");
  Gates out;
  out.alpha = fields.between<double>("alpha", out.alpha, 1e-6, 0.2);
  read_gate(fields, "failures", 1, out.failures);
  read_gate(fields, "errors", 1, out.errors);
  read_gate(fields, "p95_ratio", 1'000, out.p95_ratio);
  read_gate(fields, "drift", 1, out.drift);
  read_gate(fields, "agreement", 1, out.agreement);
  read_gate(fields, "accuracy", 1, out.accuracy);
  out.min_stations = fields.between<int>("min_stations", out.min_stations, 1, 1'000);
  const auto requests = fields.between<int64_t>("min_requests", 100, 0, 1'000'000'000);
  out.min_requests = static_cast<uint64_t>(requests);
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

template <class T>
void take(Fields& fields, Result<T> read, T& out) {
  fields.absorb(read);
  if (read) out = std::move(*read);
}

void read_waves(Fields& fields, std::vector<Wave>& out) {
  const auto& nodes = items(fields, "waves");
  if (nodes.size() > kMostWaves)
    fields.mistake("waves", cat("has ", nodes.size(), " waves; 50 are the most"));
  std::set<std::string> names;
  for (const Node& node : nodes) {
    Wave wave;
    take(fields, read_wave(node, out.size() + 1), wave);
    if (!names.insert(wave.name).second)
      fields.mistake("waves", cat("has two waves called '", wave.name, "'"));
    out.push_back(std::move(wave));
  }
  if (out.empty()) out = usual_waves();
}

// In the largest unit in which it is a whole number.
json::Value duration_json(microseconds duration) {
  constexpr std::pair<int64_t, std::string_view> kUnits[] = {
      {86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "min"}, {1'000'000, "s"}, {1'000, "ms"}};
  for (const auto& [length, name] : kUnits) {
    if (duration.count() % length == 0) return cat(duration.count() / length, name);
  }
  return cat(duration.count(), "us");
}

json::Value gate_json(const std::optional<double>& gate) {
  return gate ? json::Value(*gate) : json::Value("off");
}

json::Value shadow_json(const Shadow& shadow) {
  return json::Object{
      {"percent", shadow.percent}, {"requests", shadow.requests}, {"at_most", duration_json(shadow.at_most)}};
}

json::Array waves_json(const std::vector<Wave>& waves) {
  json::Array out;
  for (const Wave& wave : waves) {
    json::Object one{{"name", wave.name}};
    if (!wave.tags.empty()) {
      json::Array tags(wave.tags.begin(), wave.tags.end());
      one.emplace_back("tags", std::move(tags));
    }
    if (wave.count > 0) one.emplace_back("count", wave.count);
    if (wave.count == 0) one.emplace_back("percent", wave.percent);
    one.emplace_back("soak", duration_json(wave.soak));
    if (wave.max_exposed > 0) one.emplace_back("max_exposed", wave.max_exposed);
    if (wave.shadow) one.emplace_back("shadow", shadow_json(*wave.shadow));
    out.emplace_back(std::move(one));
  }
  return out;
}

json::Value deadlines_json(const Deadlines& deadlines) {
  return json::Object{{"offered", duration_json(deadlines.offered)},
                      {"downloading", duration_json(deadlines.downloading)},
                      {"installing", duration_json(deadlines.installing)},
                      {"shadow", duration_json(deadlines.shadow)},
                      {"silence", duration_json(deadlines.silence)},
                      {"max_wait", duration_json(deadlines.max_wait)}};
}

json::Value gates_json(const Gates& gates) {
  return json::Object{{"alpha", gates.alpha},
                      {"failures", gate_json(gates.failures)},
                      {"errors", gate_json(gates.errors)},
                      {"p95_ratio", gate_json(gates.p95_ratio)},
                      {"drift", gate_json(gates.drift)},
                      {"agreement", gate_json(gates.agreement)},
                      {"accuracy", gate_json(gates.accuracy)},
                      {"min_stations", gates.min_stations},
                      {"min_requests", gates.min_requests}};
}

}  // namespace

const Shadow& shadow_of(const RolloutPlan& plan, int wave) {
  if (wave < 0 || static_cast<size_t>(wave) >= plan.waves.size()) return plan.shadow;
  const auto& own = plan.waves[static_cast<size_t>(wave)].shadow;
  return own ? *own : plan.shadow;
}

std::vector<Wave> usual_waves() {
  using std::chrono::hours;
  const auto wave = [](const char* name, double percent, microseconds soak, double max_exposed) {
    Wave out;
    out.name = name;
    out.percent = percent;
    out.soak = soak;
    out.max_exposed = max_exposed;
    return out;
  };
  std::vector<Wave> out{wave("canary", 1, hours(36), 0), wave("tenth", 10, hours(4), 2),
                        wave("half", 50, hours(2), 5), wave("rest", 100, hours(1), 10)};
  out[0].shadow = Shadow{.percent = 25, .requests = 1'500, .at_most = hours(18)};
  return out;
}

Result<RolloutPlan> parse_plan(std::string_view text, std::string_view file) {
  const auto root = config::parse(text, file);
  if (!root) return forward(root);
  Fields fields(*root, "");
  RolloutPlan out;
  out.id = fields.optional<std::string>("id", "");
  out.model = fields.optional<std::string>("model", "");
  out.version = fields.optional<std::string>("version", "");
  out.package = fields.optional<std::string>("package", "");
  read_waves(fields, out.waves);
  if (const Node* node = fields.node("shadow")) take(fields, read_shadow(*node), out.shadow);
  out.max_exposed = fields.between<double>("max_exposed", out.max_exposed, 0.001, 100);
  out.offers_per_minute = fields.between<int>("offers_per_minute", 0, 0, 1'000'000);
  for (const Node& node : items(fields, "budgets"))
    take(fields, read_budget(node), out.budgets.emplace_back());
  out.site_tag = fields.optional<std::string>("site_tag", out.site_tag);
  if (const Node* node = fields.node("deadlines")) take(fields, read_deadlines(*node), out.deadlines);
  if (const Node* node = fields.node("gates")) take(fields, read_gates(*node), out.gates);
  out.abort_when_undecided = fields.choice("when_undecided", {"pause", "abort"}, "pause") == "abort";
  out.seed = static_cast<uint64_t>(fields.between<int64_t>("seed", 1, 0, INT64_MAX));
  if (auto ok = fields.finish(); !ok) return forward(ok);
  return out;
}

json::Value to_json(const RolloutPlan& plan) {
  json::Array budgets;
  for (const DisruptionBudget& budget : plan.budgets) {
    budgets.emplace_back(
        json::Object{{"group_by", budget.group_by}, {"max_unavailable", budget.max_unavailable}});
  }
  return json::Object{{"id", plan.id},
                      {"model", plan.model},
                      {"version", plan.version},
                      {"package", plan.package},
                      {"waves", waves_json(plan.waves)},
                      {"shadow", shadow_json(plan.shadow)},
                      {"max_exposed", plan.max_exposed},
                      {"offers_per_minute", plan.offers_per_minute},
                      {"budgets", std::move(budgets)},
                      {"site_tag", plan.site_tag},
                      {"deadlines", deadlines_json(plan.deadlines)},
                      {"gates", gates_json(plan.gates)},
                      {"when_undecided", plan.abort_when_undecided ? "abort" : "pause"},
                      {"seed", plan.seed}};
}

}  // namespace oree::rollouts
