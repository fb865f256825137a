#include "nodes/edge/settings/telemetry_fields.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/edge/settings/plan_fields.h"
#include "platform/config/fields.h"
#include "platform/config/tls_paths.h"
#include "platform/http/ends/listen.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

using config::Fields;
using config::Node;

constexpr uint64_t kLeastMessageBytes = 64'000'000;

// Calls `read` with each member of the list under `key`.
template <class Read>
void each(Fields& fields, std::string_view key, const Read& read) {
  const Node* list = fields.node(key);
  if (list == nullptr) return;
  if (list->kind() != Node::Kind::list) {
    fields.mistake(key, "must be a list");
    return;
  }
  for (const auto& node : list->items()) fields.absorb(read(node));
}

void read_address(Fields& fields, std::string_view key, broker::ListenerSettings& listener) {
  const auto parsed = http::parse_listen(fields.required<std::string>(key));
  if (!parsed) {
    fields.mistake(key, parsed.error().what);
    return;
  }
  listener.address = parsed->address;
  listener.port = parsed->port;
}

Status read_listener(const Node& node, const fs::path& folder, std::vector<broker::ListenerSettings>& to) {
  Fields fields(node, "listener");
  broker::ListenerSettings listener;
  read_address(fields, "listen", listener);
  listener.transport = fields.choice("transport", {"tcp", "websocket"}, "tcp") == "tcp"
                           ? broker::Transport::tcp
                           : broker::Transport::websocket;
  if (const Node* node_tls = fields.node("tls")) {
    auto tls = config::parse_tls(*node_tls, folder);
    fields.absorb(tls);
    if (tls) listener.tls = {tls->certificate, tls->key, tls->client_ca, tls->require_client_certificate};
  }
  to.push_back(std::move(listener));
  return fields.finish();
}

Status read_user(const Node& node, std::vector<broker::User>& to) {
  Fields fields(node, "user");
  to.push_back({fields.required<std::string>("name"), fields.required<std::string>("password_hash")});
  return fields.finish();
}

Status read_rule(const Node& node, std::vector<broker::AccessRule>& to) {
  Fields fields(node, "access rule");
  broker::AccessRule rule;
  rule.allow = fields.optional<bool>("allow", true);
  const std::string kind = fields.choice("to", {"publish", "subscribe", "both"}, "both");
  rule.kind = kind == "publish"     ? broker::AccessKind::publish
              : kind == "subscribe" ? broker::AccessKind::subscribe
                                    : broker::AccessKind::both;
  rule.user = fields.optional<std::string>("user", "");
  rule.client = fields.optional<std::string>("client", "");
  rule.filter = fields.required<std::string>("topics");
  to.push_back(std::move(rule));
  return fields.finish();
}

Status parse_mqtt(const Node& node, const fs::path& folder, TelemetryFile& file) {
  Fields fields(node, "mqtt");
  auto& settings = file.broker;
  if (fields.has("listen")) read_address(fields, "listen", settings.listeners.front());
  if (fields.node("listeners") != nullptr) settings.listeners.clear();
  each(fields, "listeners", [&](const Node& one) { return read_listener(one, folder, settings.listeners); });
  each(fields, "users", [&](const Node& one) { return read_user(one, settings.access.users); });
  each(fields, "access", [&](const Node& one) { return read_rule(one, settings.access.rules); });
  settings.access.allow_without_rule =
      fields.optional<bool>("allow_without_rule", settings.access.rules.empty());
  settings.access.anonymous = fields.optional<bool>("anonymous", false);
  settings.access.anonymous_on_loopback =
      fields.optional<bool>("anonymous_on_loopback", settings.access.users.empty());
  settings.when_full = fields.choice("when_full", {"refuse", "wait"}, "refuse") == "refuse"
                           ? broker::WhenFull::refuse
                           : broker::WhenFull::wait;
  settings.store_qos0 = fields.optional<bool>("store_qos0", true);
  settings.limits.max_connections = static_cast<uint32_t>(
      fields.between<int64_t>("max_connections", settings.limits.max_connections, 1, 1'000'000));
  file.max_message_bytes = fields.size("max_bytes", file.max_message_bytes);
  if (file.max_message_bytes < kLeastMessageBytes) fields.mistake("max_bytes", "must be at least 64MB");
  return fields.finish();
}

Status parse_keep(const Node& node, series::Retention& keep) {
  Fields fields(node, "keep");
  keep.raw = fields.duration("raw", keep.raw);
  keep.seconds = fields.duration("seconds", keep.seconds);
  keep.minutes = fields.duration("minutes", keep.minutes);
  keep.hours = fields.duration("hours", keep.hours);
  keep.max_bytes = fields.size("max_bytes", keep.max_bytes);
  return fields.finish();
}

Status read_sensor(const Node& node, const std::string& name, std::map<std::string, SensorFacts>& to) {
  Fields fields(node, cat("sensor '", name, "'"));
  to[name] = {fields.optional<std::string>("unit", "")};
  return fields.finish();
}

Status read_detector(const Node& node, const fs::path& folder, std::vector<DetectorSetting>& to) {
  Fields fields(node, "detector");
  std::vector<std::string> kinds{"network"};
  for (const auto& facts : detection::detectors()) kinds.emplace_back(facts.name);
  DetectorSetting setting;
  auto& watch = setting.watch;
  watch.kind = fields.choice("kind", kinds, detection::kDefaultDetector);
  watch.name = fields.optional<std::string>("name", watch.kind);
  watch.machines = fields.optional<std::string>("machines", "*");
  watch.sensors = fields.optional<std::vector<std::string>>("sensors", {});
  watch.step = fields.duration("step", watch.step);
  watch.learn = fields.duration("learn", watch.learn);
  watch.factor = fields.between<double>("factor", 1.0, 0.01, 1000.0);
  if (watch.step < milliseconds(1)) fields.mistake("step", "must be a duration of at least 1ms, such as 1s");
  if (watch.learn < watch.step * 60) fields.mistake("learn", "must be at least 60 steps");
  const bool same =
      std::ranges::any_of(to, [&](const auto& other) { return other.watch.name == watch.name; });
  if (same) fields.mistake("name", cat("is taken by another detector: '", watch.name, "'"));
  if (watch.kind == "network") {
    const fs::path path = fields.required<std::string>("model");
    setting.model = path.is_absolute() ? path : (folder / path).lexically_normal();
  }
  to.push_back(std::move(setting));
  return fields.finish();
}

void read_sensors(Fields& fields, TelemetryFile& file) {
  const Node* sensors = fields.node("sensors");
  if (sensors == nullptr) return;
  if (sensors->kind() != Node::Kind::map) {
    fields.mistake("sensors", "must be a map of names");
    return;
  }
  for (const auto& [name, node] : sensors->members()) fields.absorb(read_sensor(node, name, file.sensors));
}

}  // namespace

Result<TelemetryFile> parse_telemetry(const Node& node, const fs::path& folder) {
  Fields fields(node, "telemetry");
  TelemetryFile file;
  file.broker.store_qos0 = true;
  if (const Node* mqtt = fields.node("mqtt")) fields.absorb(parse_mqtt(*mqtt, folder, file));
  file.reading_topics = fields.optional<std::vector<std::string>>("readings", file.reading_topics);
  if (auto topics = readings::ReadingTopics::create(file.reading_topics); !topics)
    fields.mistake("readings", topics.error().what);
  read_sensors(fields, file);
  if (const Node* keep = fields.node("keep")) fields.absorb(parse_keep(*keep, file.keep));
  each(fields, "detectors", [&](const Node& one) { return read_detector(one, folder, file.detectors); });
  read_ways(fields, folder, file.ways);
  file.sql = fields.optional<std::vector<std::string>>("sql", {});
  if (const std::string models = fields.optional<std::string>("models", ""); !models.empty())
    file.models = fs::path(models).is_absolute() ? fs::path(models) : (folder / models).lexically_normal();
  if (const Node* alerts = fields.node("alerts")) {
    auto plan = alerts::read_plan(*alerts);
    fields.absorb(plan);
    if (plan) file.alerts = std::move(*plan);
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return file;
}

}  // namespace oree::edge
