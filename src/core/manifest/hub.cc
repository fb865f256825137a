// $edgeHub: routes, and how long messages are kept.
#include <array>

#include "base/text.h"
#include "core/manifest/module_reader.h"

namespace oree::manifest {
namespace {

constexpr int64_t kMostSeconds = 0xFFFFFFFF;

void read_route(Findings& findings, const Spot& spot, bool objects, Manifest& out) {
  static const std::array<std::string, 3> kKeys{"route", "priority", "timeToLiveSecs"};
  Route route{.name = spot.path.back()};
  if (!is_key_name(route.name))
    findings.mistake(spot, "is no name of a route: it must not have '.', '$', '#' or blanks");
  Spot text = spot;
  if (spot.value->object() != nullptr) {
    if (!objects)
      findings.mistake(spot, "must be text: routes as objects need schemaVersion 1.1 of $edgeHub");
    findings.only(spot, kKeys);
    if (const json::Value* value = spot.value->find("priority")) {
      if (const auto number = findings.whole(spot.at("priority", *value), 0, 9))
        route.priority = static_cast<uint32_t>(*number);
    }
    if (const json::Value* value = spot.value->find("timeToLiveSecs")) {
      if (const auto number = findings.whole(spot.at("timeToLiveSecs", *value), 0, kMostSeconds))
        route.time_to_live = static_cast<uint32_t>(*number);
    }
    const json::Value* value = findings.required(spot, "route");
    if (value == nullptr) return;
    text = spot.at("route", *value);
  } else if (spot.value->text() == nullptr) {
    findings.mistake(
        spot, cat("must be a route as text, or an object with 'route', got ", found_text(*spot.value)));
    return;
  }
  route.text = findings.text(text);
  if (text.value->text() != nullptr && route.text.empty()) findings.mistake(text, "must not be empty");
  out.routes.push_back(std::move(route));
}

void read_store_limits(Findings& findings, const Spot& spot, Manifest& out) {
  static const std::array<std::string, 1> kKeys{"maxSizeBytes"};
  if (!findings.object(spot)) return;
  findings.only(spot, kKeys);
  if (const json::Value* value = findings.required(spot, "maxSizeBytes")) {
    if (const auto bytes = findings.whole(spot.at("maxSizeBytes", *value), 1, INT64_MAX))
      out.max_store_bytes = static_cast<uint64_t>(*bytes);
  }
}

void read_store(Findings& findings, const Spot& spot, Manifest& out) {
  static const std::array<std::string, 2> kKeys{"timeToLiveSecs", "storeLimits"};
  if (!findings.object(spot)) return;
  findings.only(spot, kKeys);
  if (const json::Value* value = findings.required(spot, "timeToLiveSecs"))
    out.time_to_live = findings.whole(spot.at("timeToLiveSecs", *value), INT32_MIN, INT32_MAX);
  if (const json::Value* value = spot.value->find("storeLimits"))
    read_store_limits(findings, spot.at("storeLimits", *value), out);
}

}  // namespace

void read_hub(Findings& findings, const Spot& desired, Manifest& out) {
  if (!findings.object(desired)) return;
  std::vector<std::string> keys{"schemaVersion", "routes", "storeAndForwardConfiguration"};
  const auto version = read_schema(findings, desired);
  const int minor = version ? version->minor : 3;
  if (minor > 3) {
    findings.mistake(desired.at("schemaVersion", *desired.value->find("schemaVersion")),
                     "must be 1.0, 1.1, 1.2 or 1.3 for $edgeHub", ErrorKind::unsupported);
  }
  if (minor >= 2) keys.emplace_back("mqttBroker");
  if (minor >= 3) keys.emplace_back("integrity");
  findings.only(desired, keys);
  if (const json::Value* value = findings.required(desired, "routes")) {
    const Spot routes = desired.at("routes", *value);
    if (findings.object(routes)) {
      for (const auto& [name, route] : *value->object())
        read_route(findings, routes.at(name, route), minor >= 1, out);
    }
  }
  if (const json::Value* value = desired.value->find("storeAndForwardConfiguration")) {
    read_store(findings, desired.at("storeAndForwardConfiguration", *value), out);
  } else {
    out.notes.push_back("$edgeHub has no storeAndForwardConfiguration: messages are kept for 7200 s");
  }
  if (desired.value->find("mqttBroker") != nullptr)
    out.notes.push_back(
        "$edgeHub.mqttBroker is read over: the station's own broker is set up in station.yaml");
}

}  // namespace oree::manifest
