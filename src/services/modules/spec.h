// What is to run for one module of a manifest: the station itself, a plain process, or a container.
//
// The digest names what a running module was made from: image, command, variables and createOptions, compared
// by structure, so that another order of keys restarts nothing. Wanted state, restart policy and order of
// starting may change without making a module anew. Values, no threads.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/manifest/manifest.h"

namespace oree::modules {

using manifest::EnvironmentVariable;

enum class Kind { station, process, container };
std::string_view kind_name(Kind kind);

struct Limits {
  uint64_t memory_bytes = 0;  // 0: none, as for the others
  double cpus = 0;
  int64_t processes = 0;
  bool operator==(const Limits&) const = default;
};

// Docker's Healthcheck. Test "CMD" runs a command, "CMD-SHELL" one for /bin/sh.
struct HealthCheck {
  std::vector<std::string> command;  // empty: none
  std::chrono::milliseconds interval{30'000}, timeout{30'000}, start_period{0};
  int retries = 3;
};

// How the modules of one image run here. The first rule whose pattern fits the image counts.
struct ImageRule {
  std::string image;                 // a pattern as of a shell: "*/classifier:*"
  std::vector<std::string> command;  // of a process; empty: the station itself does this module's work
  std::filesystem::path folder;      // it starts in; "" = its own
};

struct Spec {
  std::string name, image, digest;
  Kind kind = Kind::container;
  manifest::WantedStatus status = manifest::WantedStatus::running;
  manifest::RestartPolicy restart = manifest::RestartPolicy::always;
  manifest::PullPolicy pull = manifest::PullPolicy::on_create;
  uint32_t startup_order = 0;
  std::chrono::milliseconds grace{10'000};  // between being asked to stop and being made to
  // Of a process.
  std::vector<std::string> command;
  std::filesystem::path folder;
  std::vector<EnvironmentVariable> environment;
  Limits limits;
  HealthCheck health;
  int stop_signal = 15;
  // Of a container: Docker's ContainerCreate body, and who may fetch the image.
  json::Value body;
  std::optional<manifest::RegistryCredential> registry;
};

struct SpecSettings {
  std::string station;  // becomes the device's id and the name of its gateway
  std::vector<ImageRule> rules;
  bool has_engine = false;
};

// `invalid` when createOptions ask for what cannot be read; `unsupported` when nothing here runs the image.
Result<Spec> make_spec(const manifest::Module& module, const manifest::Manifest& manifest,
                       const SpecSettings& settings);

// Members of objects sorted by their names, all the way down.
json::Value canonical(const json::Value& value);

}  // namespace oree::modules
