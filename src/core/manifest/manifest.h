// An IoT Edge deployment manifest: which modules a station runs, how, and where their messages go.
//
// Read with the verdicts of the original: what the published schema (azure-iot-edge-deployment-2.0) and the
// agent accept is accepted, what either refuses is refused, and the error names every mistake on a line of
// its own: file:line:column, path, value, what is meant.
//   deployment.json:31:15: $edgeAgent.modules.camera.restartPolicy: must be never, on-failure, on-unhealthy
//   or always, got 'allways'; did you mean 'always'?
// Taken besides, because the agent or the hub reads them although the schema does not list them:
// storeLimits, mqttBroker, integrity, settings.digest; and `createOptions` as an object, which templates
// write and the original's tools turn into text. Kinds: `invalid`; `unsupported` for a schemaVersion of
// another major (the original reports 412). Limits: 4 MiB, depth 64, 1,000 modules. Values, no threads.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::manifest {

enum class WantedStatus { running, stopped };
enum class RestartPolicy { never, on_failure, on_unhealthy, always };
enum class PullPolicy { on_create, never };

std::string_view policy_name(RestartPolicy policy);  // "on-failure"

struct EnvironmentVariable {
  std::string name, value;
  bool operator==(const EnvironmentVariable&) const = default;
};

struct Module {
  std::string name;
  std::string version;
  std::string image;  // as `oree list` shows it: with its tag
  WantedStatus status = WantedStatus::running;
  RestartPolicy restart = RestartPolicy::always;
  PullPolicy pull = PullPolicy::on_create;
  uint32_t startup_order = 0xFFFFFFFF;
  // Docker's ContainerCreate body: chunks joined, parsed; null when there is none.
  json::Value create_options;
  std::vector<EnvironmentVariable> environment;
  bool system = false;  // edgeAgent, edgeHub
};

struct Route {
  std::string name;
  std::string text;
  std::optional<uint32_t> priority;      // 0..9, 0 first
  std::optional<uint32_t> time_to_live;  // seconds; 0: what the hub says
};

struct RegistryCredential {
  std::string name, username, password, address;
};

struct Manifest {
  std::vector<Module> modules;  // with the two of the system; sorted by name
  std::vector<RegistryCredential> registries;
  std::vector<Route> routes;
  std::optional<int64_t> time_to_live;       // of messages, seconds; below 0: for ever
  std::optional<uint64_t> max_store_bytes;   // storeLimits
  std::map<std::string, json::Value> twins;  // module → its desired properties
  std::vector<std::string> notes;            // what was taken and deserves a word
};

// `file` is only the name used in errors. Of a layered deployment: `unsupported`, it needs a base.
Result<Manifest> parse_manifest(std::string_view text, std::string_view file);
// A base, and layered deployments over it, the weakest first: `properties.desired.a.b` of a layer replaces
// that key of the base, a whole `properties.desired` all of it.
Result<Manifest> load_manifest(const std::filesystem::path& base,
                               std::span<const std::filesystem::path> layers = {});
// For checking one file by itself: what it is ("deployment manifest, 3 modules, 1 route").
Result<std::string> describe_manifest(std::string_view text, std::string_view file);
// A text that looks like a manifest, whether right or wrong; also one that is no JSON but names its root.
bool is_manifest(std::string_view text);

constexpr size_t kMaxManifestBytes = 4u << 20;

}  // namespace oree::manifest
