// The `telemetry` part of station.yaml: who may speak, what is a reading, how long it is kept, who watches.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/edge/settings/telemetry_ways.h"
#include "nodes/edge/telemetry/machine_board.h"
#include "platform/config/node.h"
#include "services/alerts/plan.h"
#include "services/broker/settings.h"
#include "services/detection/watching/watch.h"
#include "services/series/sqlite_store.h"

namespace oree::edge {

struct DetectorSetting {
  detection::WatchSetting watch;
  std::filesystem::path model;  // of kind "network": the folder with its detector.yaml
};

struct TelemetryFile {
  broker::Settings broker;
  uint64_t max_message_bytes = 1'000'000'000;  // of the message store
  std::vector<std::string> reading_topics{"factory/{machine}/readings", "machines/{machine}/{sensor}",
                                          "machines/{machine}"};
  std::map<std::string, SensorFacts> sensors;
  series::Retention keep{.raw = std::chrono::hours(24 * 30),
                         .seconds = std::chrono::hours(24 * 30),
                         .minutes = std::chrono::hours(24 * 365),
                         .hours = microseconds(0),
                         .max_bytes = 5'000'000'000};
  std::vector<DetectorSetting> detectors;
  alerts::AlertPlan alerts;
  WaysSetting ways;
  std::vector<std::string> sql;  // statements that make tables, streams, jobs and schedules, at each start
  std::filesystem::path models;  // for PREDICT; "" = the station's
};

// `invalid` lists every mistake with its place. Relative paths are taken from `folder`.
Result<TelemetryFile> parse_telemetry(const config::Node& node, const std::filesystem::path& folder);

}  // namespace oree::edge
