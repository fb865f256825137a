// The routes of a manifest's $edgeHub become the station's own, with their priorities and lifetimes.
#pragma once

#include "base/log.h"
#include "nodes/edge/settings/modules_fields.h"
#include "nodes/edge/settings/telemetry_ways.h"

namespace oree::edge {

// `base` is the manifest, the file's layers lie over it; "" has no routes. At the start of a station; a
// manifest that changes later takes its routes along at the next start. One of a name that station.yaml has
// already is left out, with a word.
void add_manifest_routes(const ModulesFile& file, const std::filesystem::path& base, WaysSetting& ways,
                         Log& log);

}  // namespace oree::edge
