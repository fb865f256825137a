// station.yaml: what an integrator writes. Every field, default and error is described in
// docs/formats/station.md; schemas/station.schema.json says the same to editors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/storage/record_store.h"
#include "nodes/edge/access/guard.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "nodes/edge/settings/modules_fields.h"
#include "nodes/edge/settings/telemetry_fields.h"
#include "platform/config/node.h"
#include "platform/http/tls/tls_layer.h"
#include "platform/image/image.h"
#include "services/deployment/agent/settings.h"
#include "services/inspection/plan.h"

namespace oree::edge {

struct TriggerSetting {
  enum class Kind { timer, new_file, http };
  Kind kind = Kind::http;
  microseconds every{0};       // timer
  std::filesystem::path path;  // new_file
  std::string camera;          // new_file
};

struct CustomVisionSetting {
  std::string model;
  bool legacy_errors = false;
};

struct StationFile {
  std::string address = "127.0.0.1";
  uint16_t port = 8000;
  http::TlsFiles tls;  // without a certificate: http in the open
  std::filesystem::path models;
  std::filesystem::path model_key;  // opens sealed networks; "" = none
  inspection::Plan plan;
  std::vector<TriggerSetting> triggers;
  storage::StoreOptions storage;
  std::optional<CustomVisionSetting> custom_vision;
  std::optional<TelemetryFile> telemetry;
  std::optional<MaintenanceFile> maintenance;
  std::optional<deployment::FleetSettings> fleet;
  std::optional<ModulesFile> modules;
  std::optional<AccessSetting> access;  // none: whoever reaches the station may do everything
  image::DecodeLimits image_limits;
  uint64_t max_body_bytes = 64u << 20;
  size_t max_queue = 64;
};

// Relative paths are taken from `folder`. `invalid` lists every mistake as file:line:column: what was
// expected.
Result<StationFile> parse_station(const config::Node& root, const std::filesystem::path& folder);
Result<StationFile> load_station(const std::filesystem::path& file);

}  // namespace oree::edge
