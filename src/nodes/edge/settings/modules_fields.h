// The `modules` part of station.yaml: which manifest of IoT Edge says what runs beside the station, and how
// its images run here.
#pragma once

#include <filesystem>
#include <vector>

#include "platform/config/node.h"
#include "services/modules/process/log_file.h"
#include "services/modules/spec.h"

namespace oree::edge {

struct ModulesFile {
  std::filesystem::path manifest;  // "": what a hub brings
  std::vector<std::filesystem::path> layers;
  std::vector<modules::ImageRule> images;
  std::filesystem::path engine;  // the socket of a container engine; "" = none
  modules::LogLimits log;
};

// `invalid` lists every mistake with its place. Relative paths are taken from `folder`.
Result<ModulesFile> parse_modules(const config::Node& node, const std::filesystem::path& folder);

// The manifest of these settings as far as its routes can be read; what the original refuses is refused.
Status check_routes(const manifest::Manifest& manifest);

}  // namespace oree::edge
