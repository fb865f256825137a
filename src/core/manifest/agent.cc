// $edgeAgent: the runtime, its registries, the modules.
#include <array>

#include "base/text.h"
#include "core/manifest/module_reader.h"

namespace oree::manifest {
namespace {

constexpr size_t kMostModules = 1000;

void read_registry(Findings& findings, const Spot& spot, Manifest& out) {
  static const std::array<std::string, 3> kKeys{"username", "password", "address"};
  if (!is_key_name(spot.path.back()))
    findings.mistake(spot, "is no name of a registry: it must not have '.', '$', '#' or blanks");
  if (!findings.object(spot)) return;
  findings.only(spot, kKeys);
  std::array<std::string, 3> texts;
  for (size_t i = 0; i < kKeys.size(); ++i) {
    if (const json::Value* value = findings.required(spot, kKeys[i]))
      texts[i] = findings.text(spot.at(kKeys[i], *value));
  }
  const json::Value* address = spot.value->find("address");
  if (address != nullptr && address->text() != nullptr &&
      (texts[2].empty() || texts[2].find_first_of(" \t\r\n\f\v") != std::string::npos))
    findings.mistake(spot.at("address", *address), "must be an address without blanks");
  out.registries.push_back({spot.path.back(), texts[0], texts[1], texts[2]});
}

void read_runtime(Findings& findings, const Spot& spot, Manifest& out) {
  static const std::array<std::string, 2> kKeys{"type", "settings"};
  static const std::array<std::string, 3> kSettings{"minDockerVersion", "loggingOptions",
                                                    "registryCredentials"};
  static const std::array<std::string, 1> kTypes{"docker"};
  if (!findings.object(spot)) return;
  findings.only(spot, kKeys);
  if (const json::Value* type = findings.required(spot, "type"))
    (void)findings.choice(spot.at("type", *type), kTypes);
  const json::Value* found = findings.required(spot, "settings");
  if (found == nullptr) return;
  const Spot settings = spot.at("settings", *found);
  if (!findings.object(settings)) return;
  findings.only(settings, kSettings);
  for (size_t i = 0; i < 2; ++i) {
    if (const json::Value* value = found->find(kSettings[i]))
      (void)findings.text(settings.at(kSettings[i], *value));
  }
  if (const json::Value* list = found->find(kSettings[2])) {
    const Spot registries = settings.at(kSettings[2], *list);
    if (!findings.object(registries)) return;
    for (const auto& [name, value] : *list->object())
      read_registry(findings, registries.at(name, value), out);
  }
}

void read_system_modules(Findings& findings, const Spot& spot, Manifest& out) {
  static const std::array<std::string, 2> kKeys{"edgeAgent", "edgeHub"};
  if (!findings.object(spot)) return;
  findings.only(spot, kKeys);
  const std::array<ModuleKind, 2> kinds{ModuleKind::agent, ModuleKind::hub};
  for (size_t i = 0; i < kKeys.size(); ++i) {
    if (const json::Value* value = findings.required(spot, kKeys[i]))
      out.modules.push_back(read_module(findings, spot.at(kKeys[i], *value), kinds[i], out.notes));
  }
}

void read_modules(Findings& findings, const Spot& spot, Manifest& out) {
  if (!findings.object(spot)) return;
  if (spot.value->object()->size() > kMostModules) {
    findings.mistake(spot, cat("has more than ", kMostModules, " modules"));
    return;
  }
  for (const auto& [name, value] : *spot.value->object()) {
    const Spot one = spot.at(name, value);
    if (!is_module_name(name))
      findings.mistake(one, "is no name of a module: use letters, digits, '_' and '-'");
    if (name == "edgeAgent" || name == "edgeHub")
      findings.mistake(one, "is a module of the system: it belongs under systemModules");
    out.modules.push_back(read_module(findings, one, ModuleKind::other, out.notes));
  }
}

}  // namespace

std::optional<SchemaVersion> parse_version(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() < 2 || parts.size() > 4) return std::nullopt;
  std::vector<int> numbers;
  for (const auto part : parts) {
    const auto number = parse_number<int>(part);
    if (!number || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  return SchemaVersion{numbers[0], numbers[1]};
}

std::optional<SchemaVersion> read_schema(Findings& findings, const Spot& desired) {
  const json::Value* value = findings.required(desired, "schemaVersion");
  if (value == nullptr) return std::nullopt;
  const Spot spot = desired.at("schemaVersion", *value);
  const std::string text = findings.text(spot);
  if (value->text() == nullptr) return std::nullopt;
  const auto version = parse_version(text);
  if (version && version->major == 1) return version;
  findings.mistake(spot, cat("must be a version 1.x such as \"1.1\", got '", text, "'"),
                   ErrorKind::unsupported);
  return std::nullopt;
}

void read_agent(Findings& findings, const Spot& desired, Manifest& out) {
  static const std::array<std::string, 5> kKeys{"schemaVersion", "runtime", "systemModules", "modules",
                                                "integrity"};
  if (!findings.object(desired)) return;
  findings.only(desired, kKeys);
  (void)read_schema(findings, desired);
  using Read = void (*)(Findings&, const Spot&, Manifest&);
  const std::array<Read, 3> readers{read_runtime, read_system_modules, read_modules};
  for (size_t i = 0; i < readers.size(); ++i) {
    if (const json::Value* value = findings.required(desired, kKeys[i + 1]))
      readers[i](findings, desired.at(kKeys[i + 1], *value), out);
  }
}

}  // namespace oree::manifest
