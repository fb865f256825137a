// The parts of $edgeAgent and $edgeHub, each from its JSON. Private to this room.
#pragma once

#include "core/manifest/findings.h"
#include "core/manifest/manifest.h"

namespace oree::manifest {

// What stands in $edgeAgent's desired properties: registries, modules.
void read_agent(Findings& findings, const Spot& desired, Manifest& out);
// What stands in $edgeHub's: routes, how long messages are kept.
void read_hub(Findings& findings, const Spot& desired, Manifest& out);

// One entry of `modules`; what is allowed in it and what it must have differ for the two of the system.
enum class ModuleKind { agent, hub, other };
Module read_module(Findings& findings, const Spot& spot, ModuleKind kind, std::vector<std::string>& notes);

// "1.1" → {1, 1}; nothing for what is no version.
struct SchemaVersion {
  int major = 0, minor = 0;
};
std::optional<SchemaVersion> parse_version(std::string_view text);

// letters, digits, '_', '-'
bool is_module_name(std::string_view name);
// As routes and registries are called: not empty, without '.', '$', '#' and blanks.
bool is_key_name(std::string_view name);

// The version a part says it is written in. A mistake, and nothing, unless it is 1.x.
std::optional<SchemaVersion> read_schema(Findings& findings, const Spot& desired);

// A base's tree with a layer's keys over it.
void lay_over(json::Value& base, const json::Value& layer);
// Whether a module's entry uses `properties.desired.<path>` keys.
bool is_layered(const json::Value& modules_content);
// The member "modulesContent", wherever the root has it; nullptr without.
const json::Value* modules_content_of(const json::Value& root);

}  // namespace oree::manifest
