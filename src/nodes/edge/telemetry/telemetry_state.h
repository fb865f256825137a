// What a station's telemetry is made of. Private to telemetry.cc and to telemetry_open.cc, where it is
// opened.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "nodes/edge/telemetry/alert_world.h"
#include "nodes/edge/telemetry/catch_up.h"
#include "nodes/edge/telemetry/desk.h"
#include "nodes/edge/telemetry/rates.h"
#include "nodes/edge/telemetry/router.h"
#include "nodes/edge/telemetry/telemetry.h"
#include "services/broker/broker.h"
#include "services/detection/watching/learnt_store.h"
#include "services/detection/watching/watch.h"
#include "services/series/upkeep.h"

namespace oree::edge {

// Declared in the order of dependence; destroyed in reverse.
struct Telemetry::State {
  TelemetryFile file;
  World world;
  MachineBoard board;
  std::unique_ptr<series::SqliteStore> store;
  std::unique_ptr<series::Upkeep> upkeep;
  std::unique_ptr<detection::AnomalyStore> anomalies;
  std::unique_ptr<detection::LearntStore> learnt;
  std::unique_ptr<StateFile> alert_state;
  std::unique_ptr<OwnBroker> publisher;
  std::unique_ptr<alerts::AlertService> alert_service;
  std::vector<std::unique_ptr<detection::Watch>> watches;
  std::vector<readings::Reading> scores;  // of the batch in hand, on the intake's thread
  std::map<std::string, MonoTime> stored_at;
  std::optional<CatchUp> catching_up;  // on the intake's thread, while it starts
  std::unique_ptr<broker::Broker> broker;
  std::atomic<Intake*> reader{nullptr};
  std::unique_ptr<Intake> intake;
  std::atomic<Router*> way_finder{nullptr};
  std::atomic<Desk*> clerk{nullptr};
  std::unique_ptr<Desk> desk;
  std::unique_ptr<Router> router;
  std::vector<std::unique_ptr<gateway::Device>> devices;
  mutable std::mutex rates_mutex;
  Rates rates;
  std::jthread pulse;

  std::string station;  // its name

  State(const TelemetryFile& f, World w, std::string name)
      : file(f), world(w), board(w.clock, f.sensors), station(std::move(name)) {}

  Status open(const std::filesystem::path& data);
  Status open_alerts(const std::filesystem::path& data);
  Status open_watches();
  Status open_broker(const std::filesystem::path& data);
  Status open_ways(const std::filesystem::path& data);
  void publish(std::span<const gateway::Reading> readings);
  void watch_metrics();
  void beat(const std::stop_token& stop);
  void second();
  void take(const std::vector<readings::SensorReading>& readings);
  void catch_up_on_judging();
  void store_scores();
  bool is_shown(const std::string& detector, const std::string& machine) const;
  void take_score(const detection::Watch& watch, const std::string& machine, const detection::Score& score);
  void take_anomaly(const detection::Anomaly& anomaly, const detection::Trace& trace,
                    const DetectorSetting& setting);
  std::optional<detection::Learnt> recall(const detection::Watch& watch, const std::string& machine);
  void observe_series(const std::vector<readings::SensorReading>& readings);
};

}  // namespace oree::edge
