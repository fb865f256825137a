#include "nodes/edge/settings/station_file.h"

#include <algorithm>
#include <array>

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

fs::path absolute(const fs::path& folder, const std::string& path) {
  return fs::path(path).is_absolute() ? fs::path(path) : (folder / path).lexically_normal();
}

Result<TriggerSetting> parse_trigger(const Node& node, const fs::path& folder, const inspection::Plan& plan) {
  static const std::vector<std::string> kKinds{"timer", "new_file", "http"};
  Fields fields(node, "trigger");
  TriggerSetting trigger;
  const std::string kind = fields.choice("type", kKinds);
  if (kind == "timer") {
    trigger.kind = TriggerSetting::Kind::timer;
    trigger.every = fields.duration("every", microseconds(0));
    if (trigger.every < milliseconds(1))
      fields.mistake("every", "must be a duration of at least 1ms, such as 500ms");
  } else if (kind == "new_file") {
    trigger.kind = TriggerSetting::Kind::new_file;
    trigger.path = absolute(folder, fields.required<std::string>("path"));
    trigger.camera = fields.required<std::string>("camera");
    std::vector<std::string> names;
    for (const auto& camera : plan.cameras) names.push_back(camera.name);
    if (!trigger.camera.empty() && std::ranges::find(names, trigger.camera) == names.end()) {
      fields.mistake("camera",
                     cat("names no camera: '", trigger.camera, "'", did_you_mean(trigger.camera, names)));
    }
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return trigger;
}

Result<storage::StoreOptions> parse_storage(const Node& node) {
  Fields fields(node, "storage");
  storage::StoreOptions options;
  options.max_bytes = fields.size("max_bytes", options.max_bytes);
  options.max_age = fields.duration("max_age", options.max_age);
  options.min_free = fields.size("min_free", options.min_free);
  if (options.max_bytes < 50'000'000) fields.mistake("max_bytes", "must be at least 50MB");
  if (auto status = fields.finish(); !status) return forward(status);
  return options;
}

Result<CustomVisionSetting> parse_custom_vision(const Node& node) {
  Fields fields(node, "custom_vision");
  CustomVisionSetting setting;
  setting.model = fields.required<std::string>("model");
  setting.legacy_errors = fields.optional<bool>("legacy_errors", false);
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

Status parse_limits(const Node& node, StationFile& file) {
  Fields fields(node, "limits");
  file.image_limits.max_bytes = fields.size("max_image_bytes", file.image_limits.max_bytes);
  file.image_limits.max_pixels = static_cast<uint64_t>(
      fields.optional<int64_t>("max_image_pixels", static_cast<int64_t>(file.image_limits.max_pixels)));
  file.max_body_bytes = fields.size("max_body_bytes", file.max_body_bytes);
  file.max_queue =
      static_cast<size_t>(fields.optional<int64_t>("max_queue", static_cast<int64_t>(file.max_queue)));
  if (file.max_queue < 1 || file.max_queue > 100'000)
    fields.mistake("max_queue", "must lie between 1 and 100000");
  return fields.finish();
}

void read_triggers(Fields& fields, const fs::path& folder, StationFile& file) {
  const Node* list = fields.node("triggers");
  if (list == nullptr) return;
  if (list->kind() != Node::Kind::list) {
    fields.mistake("triggers", "must be a list");
    return;
  }
  for (const auto& node : list->items()) {
    auto trigger = parse_trigger(node, folder, file.plan);
    fields.absorb(trigger);
    if (trigger) file.triggers.push_back(std::move(*trigger));
  }
}

}  // namespace

Result<StationFile> parse_station(const Node& root, const fs::path& folder) {
  Fields fields(root, "station");
  StationFile file;
  file.plan.station = fields.required<std::string>("station");
  if (!file.plan.station.empty() && !is_plain_name(file.plan.station)) {
    fields.mistake("station", "must be 1 to 64 letters, digits, '_', '-' or '.'");
  }
  if (auto listen = http::parse_listen(fields.optional<std::string>("listen", "127.0.0.1:8000")); listen) {
    file.address = listen->address;
    file.port = listen->port;
  } else {
    fields.mistake("listen", listen.error().what);
  }
  if (const Node* node = fields.node("tls")) {
    auto tls = config::parse_tls(*node, folder);
    fields.absorb(tls);
    if (tls) file.tls = {tls->certificate, tls->key, tls->client_ca, tls->require_client_certificate};
  }
  file.models = absolute(folder, fields.optional<std::string>("models", "models"));
  if (const auto key = fields.optional<std::string>("model_key", ""); !key.empty())
    file.model_key = absolute(folder, key);
  read_plan(fields, folder, file.plan);
  read_triggers(fields, folder, file);
  if (const Node* node = fields.node("storage")) {
    auto options = parse_storage(*node);
    fields.absorb(options);
    if (options) file.storage = *options;
  }
  if (const Node* node = fields.node("custom_vision")) {
    auto setting = parse_custom_vision(*node);
    fields.absorb(setting);
    if (setting) file.custom_vision = std::move(*setting);
  }
  if (const Node* node = fields.node("telemetry")) {
    auto telemetry = parse_telemetry(*node, folder);
    fields.absorb(telemetry);
    if (telemetry) file.telemetry = std::move(*telemetry);
  }
  if (const Node* node = fields.node("maintenance")) {
    auto maintenance = parse_maintenance(*node, folder);
    fields.absorb(maintenance);
    if (maintenance) file.maintenance = std::move(*maintenance);
  }
  if (const Node* node = fields.node("fleet")) {
    auto fleet = deployment::parse_fleet(*node, folder);
    fields.absorb(fleet);
    if (fleet) file.fleet = std::move(*fleet);
    if (fleet && file.fleet->floor && file.model_key.empty())
      fields.mistake("fleet", "has a 'floor', which needs 'model_key' at the top: it marks what serves");
  }
  if (const Node* node = fields.node("modules")) {
    auto modules = parse_modules(*node, folder);
    fields.absorb(modules);
    if (modules) file.modules = std::move(*modules);
    if (file.modules && file.modules->manifest.empty() && !fields.node("fleet"))
      fields.mistake("modules", "needs 'manifest', unless a hub brings one ('fleet')");
  }
  if (const Node* node = fields.node("access")) {
    auto setting = parse_access(*node);
    fields.absorb(setting);
    if (setting) file.access = std::move(*setting);
  }
  if (const Node* node = fields.node("limits")) {
    const auto status = parse_limits(*node, file);
    fields.absorb(status);
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return file;
}

Result<StationFile> load_station(const fs::path& path) {
  auto root = config::load(path.string());
  if (!root) return forward(root);
  return parse_station(*root, fs::absolute(path).parent_path());
}

}  // namespace oree::edge
