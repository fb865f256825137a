// What a station says of itself: the body of a sync, and its measurements (docs/formats/fleet.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/monitoring/sketch.h"
#include "platform/json/value.h"
#include "services/deployment/slots/unit.h"

namespace oree::deployment {

// A unit with what only this life of the process knows.
struct UnitReport {
  Unit unit;
  std::optional<Refusal> hindrance;  // in the way of its next step
  uint64_t received = 0, of = 0;     // bytes of the package on its way
  int attempt = 1;
};

// The word of docs/formats/fleet.md for where this unit is.
std::string_view state_word(const UnitReport& report);
json::Value unit_json(const UnitReport& report);

struct Attack {
  std::string code;  // rollback freeze mix_and_match endless size signature hardware release
  std::string message;
  bool operator==(const Attack&) const = default;
};

struct StationReport {
  std::string instance;
  uint64_t revision = 0;
  std::string hardware;
  std::string software;
  int64_t time_ms = 0;
  std::vector<UnitReport> units;
  std::vector<Attack> attacks;
  json::Value modules;  // what runs beside the station; null where nothing does
};
json::Value sync_json(const StationReport& report);

// Of one version of one model, or of one configuration, in the seconds since the last time.
struct ModelMeasures {
  UnitKind kind = UnitKind::model;
  std::string name, version, package, rollout;
  std::string role;  // current, last_good, new
  uint64_t requests = 0, errors = 0;
  double confidence_sum = 0;
  monitoring::LatencySketch latency;
  monitoring::BinSketch confidence;
  std::optional<monitoring::BinSketch>
      learned;  // confidences when it was trained; drift is measured against them
  std::optional<uint64_t> shadowed, agreed;
};

// Which package of which roll-out that is, as the units say.
void attribute(ModelMeasures& model, const std::vector<UnitReport>& units);

struct HostMeasures {
  double cpu_percent = 0;
  double memory_mb = 0;
  std::optional<double> temperature_c;
};

// `age_s` is added when it is sent.
json::Value metrics_json(const std::string& instance, double seconds, const HostMeasures& host,
                         const std::vector<ModelMeasures>& models);

// What a refusal of TUF metadata looks like, if it looks like an attack.
std::optional<Attack> attack_in(const Error& error);

}  // namespace oree::deployment
