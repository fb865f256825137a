// The telemetry life of a station: messages come in over MQTT and are acknowledged when they are on disk;
// readings go into the series store; detectors watch; anomalies are kept and told.
//
// start() opens the stores, the broker last, so that nothing is accepted before it can be kept; stop() goes
// the other way. Every thread is owned here. One per station.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/inference/model.h"
#include "core/monitoring/metrics.h"
#include "nodes/edge/live/feed.h"
#include "nodes/edge/settings/telemetry_fields.h"
#include "nodes/edge/telemetry/intake.h"
#include "nodes/edge/telemetry/machine_board.h"
#include "platform/files/files.h"
#include "services/alerts/alert_service.h"
#include "services/detection/watching/anomaly_store.h"

namespace oree::edge {

class Desk;

class Telemetry {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    Feed& feed;
    inference::Backend& backend;
    monitoring::Registry& metrics;
    // An anomaly has begun or goes on, some seconds apart; on the intake's thread. May be empty.
    std::function<void(const detection::Anomaly&, const detection::Trace&, const DetectorSetting&)>
        on_anomaly = {};
  };
  static Result<std::unique_ptr<Telemetry>> start(const TelemetryFile& file,
                                                  const std::filesystem::path& data, std::string station,
                                                  World world);
  ~Telemetry();
  void stop();

  // "mqtt://127.0.0.1:1883", one for each listener.
  std::vector<std::string> addresses() const;
  MachineBoard& board();
  readings::SeriesStore& series();
  detection::AnomalyStore& anomalies();
  alerts::AlertService& alerts();
  Desk& desk();
  json::Value messages_json() const;
  // A message of the station's own, QoS 1; durable when it returns.
  Status publish(std::string_view topic, std::string_view payload);

 private:
  struct State;
  explicit Telemetry(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::edge
