// The `fleet` part of station.yaml: which hub looks after this station. docs/formats/station.md says each
// field.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/config/node.h"
#include "services/deployment/slots/tpm_floor.h"

namespace oree::deployment {

struct FleetSettings {
  std::string hub;    // http://host:port or https://…
  std::string token;  // an invitation, "oree1.SECRET.ROOT"; "" when a certificate introduces it
  std::filesystem::path certificate;  // PEM, leaf first
  std::filesystem::path certificate_key;
  std::filesystem::path ca_file;     // whom to trust over https; "" = whom the system trusts
  std::filesystem::path model_keys;  // PEM: who may sign models; "" = the hub's word is enough
  std::string hardware;              // class; "" = found out
  std::vector<std::string> tags;
  microseconds report_every{std::chrono::minutes(5)};
  uint64_t keep_free = 64 << 20;       // bytes that packages leave on the disk
  std::optional<FloorSettings> floor;  // a counter of the TPM under what serves
  bool hold_always = false;            // the last good model in memory, not only while the new one is watched
};

// Relative paths are taken from `folder`. `invalid` lists every mistake.
Result<FleetSettings> parse_fleet(const config::Node& node, const std::filesystem::path& folder);

// "x86_64-avx2": the machine, and the widest vectors it computes with.
std::string hardware_class();

}  // namespace oree::deployment
