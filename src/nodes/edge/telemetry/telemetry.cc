#include "nodes/edge/telemetry/telemetry.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/background.h"
#include "base/text.h"
#include "nodes/edge/telemetry/alert_world.h"
#include "nodes/edge/telemetry/catch_up.h"
#include "nodes/edge/telemetry/charts.h"
#include "nodes/edge/telemetry/desk.h"
#include "nodes/edge/telemetry/networks.h"
#include "nodes/edge/telemetry/rates.h"
#include "nodes/edge/telemetry/router.h"
#include "nodes/edge/telemetry/told.h"
#include "services/broker/broker.h"
#include "services/detection/watching/learnt_store.h"
#include "services/detection/watching/watch.h"
#include "services/series/upkeep.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr milliseconds kPulse{100};
constexpr int kPulsesPerSecond = 10;
// An anomaly that grows is stored again at most this often; its beginning and its end at once.
constexpr std::chrono::seconds kStoreAgain{5};

}  // namespace

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

  Status open(const fs::path& data);
  Status open_alerts(const fs::path& data);
  Status open_watches();
  Status open_broker(const fs::path& data);
  Status open_ways(const fs::path& data);
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

Status Telemetry::State::open(const fs::path& data) {
  if (auto made = world.disk.make_folder(data); !made) return made;
  auto opened = series::SqliteStore::open(data / "series.db");
  if (!opened) return forward(opened);
  store = std::move(*opened);
  upkeep = std::make_unique<series::Upkeep>(*store, file.keep, world.clock, world.log);
  auto kept = detection::AnomalyStore::open(data / "anomalies.db");
  if (!kept) return forward(kept);
  anomalies = std::move(*kept);
  auto known = detection::LearntStore::open(data / "anomalies.db");
  if (!known) return forward(known);
  learnt = std::move(*known);
  if (auto status = open_alerts(data); !status) return status;
  if (auto status = open_watches(); !status) return status;
  if (auto status = open_broker(data); !status) return status;
  return open_ways(data);
}

Status Telemetry::State::open_alerts(const fs::path& data) {
  alert_state = std::make_unique<StateFile>(world.disk, data / "alerts.state");
  publisher = std::make_unique<OwnBroker>(broker, world.clock);
  auto receivers = alerts::open_receivers(file.alerts, publisher.get());
  if (!receivers) return forward(receivers);
  auto service =
      alerts::AlertService::open(file.alerts, std::move(*receivers), *alert_state, world.clock, world.log);
  if (!service) return forward(service);
  alert_service = std::move(*service);
  alert_service->on_change([this](const alerts::Alert& alert) {
    world.feed.publish("alert", json::print(alert_json(alert, alert_service->is_silenced(alert))));
  });
  return {};
}

Status Telemetry::State::open_watches() {
  for (auto& setting : file.detectors) {
    std::shared_ptr<detection::Detector> shared;
    if (setting.watch.kind == "network") {
      auto network = open_network(setting, world.backend);
      if (!network) return forward(network, cat("detector '", setting.watch.name, "'"));
      shared = std::move(*network);
    }
    const std::string kind = setting.watch.kind;
    auto watch = std::make_unique<detection::Watch>(
        setting.watch,
        detection::Watch::World{
            .make = [kind, shared]() -> Result<std::shared_ptr<detection::Detector>> {
              if (shared) return shared;
              auto made = detection::make_detector(kind);
              if (!made) return forward(made);
              return std::shared_ptr<detection::Detector>(std::move(*made));
            },
            .on_learning =
                [this, name = setting.watch.name](const std::string& machine, double share) {
                  if (!catching_up && is_shown(name, machine)) board.note_learning(machine, name, share);
                },
            .on_score = [this, at = watches.size()](
                            const std::string& machine,
                            const detection::Score& score) { take_score(*watches[at], machine, score); },
            .on_anomaly = [this, &setting](
                              const detection::Anomaly& anomaly,
                              const detection::Trace& trace) { take_anomaly(anomaly, trace, setting); },
            .recall = [this, at = watches.size()](
                          const std::string& machine) { return recall(*watches[at], machine); },
            .remember =
                [this, at = watches.size()](const std::string& machine, const detection::Learnt& rows) {
                  if (auto kept = learnt->put(watches[at]->setting(), machine, rows); !kept)
                    world.log.warning(
                        cat("what was learnt of '", machine, "' was not kept: ", kept.error().what));
                },
            .log = world.log});
    watches.push_back(std::move(watch));
  }
  return {};
}

Status Telemetry::State::open_broker(const fs::path& data) {
  auto topics = readings::ReadingTopics::create(file.reading_topics);
  if (!topics) return forward(topics);
  broker::BrokerOptions options;
  options.settings = file.broker;
  options.folder = data / "broker";
  options.max_message_bytes = file.max_message_bytes;
  options.on_durable = [this](stream::Position) {
    if (Intake* one = reader.load()) one->wake();
    if (Router* one = way_finder.load()) one->wake();
    if (Desk* one = clerk.load()) one->wake();
  };
  auto started = broker::Broker::start(std::move(options), world.disk, world.clock, world.log);
  if (!started) return forward(started);
  broker = std::move(*started);
  const auto position = store->position("messages");
  if (!position) return forward(position);
  broker->keep("series", *position + 1);
  intake = std::make_unique<Intake>(
      Intake::World{broker->messages(), *store, std::move(*topics), world.log,
                    [this](const std::vector<readings::SensorReading>& readings) { take(readings); },
                    [this] { catch_up_on_judging(); }});
  reader = intake.get();
  auto opened = Desk::start({file.models, file.sql}, data / "tables.db",
                            {*broker, *store, world.backend, world.clock, world.log});
  if (!opened) return forward(opened);
  desk = std::move(*opened);
  clerk = desk.get();
  return {};
}

Status Telemetry::State::open_ways(const fs::path& data) {
  if (file.ways.routes.empty()) {
    broker->drop_keep("routes");
  } else {
    auto started = Router::start(file.ways, data / "queues",
                                 {*broker, world.clock, world.disk, world.log, station,
                                  [this](const std::string& table, std::span<const RoutedRow> rows) {
                                    return desk->keep_rows(table, rows);
                                  }});
    if (!started) return forward(started);
    router = std::move(*started);
    way_finder = router.get();
  }
  for (const auto& setting : file.ways.devices) {
    auto device = gateway::ModbusDevice::start(
        setting, world.clock, [this](std::span<const gateway::Reading> readings) { publish(readings); },
        [this](std::string_view device_name, const Error& error) {
          world.log.warning(cat("device '", device_name, "': ", error.what));
        });
    if (!device) return forward(device);
    devices.push_back(std::move(*device));
  }
  return {};
}

// What a device said becomes a message like any sensor's, so that it is stored, routed and watched like one.
void Telemetry::State::publish(std::span<const gateway::Reading> readings) {
  if (readings.empty()) return;
  json::Object body;
  for (const auto& reading : readings) body.emplace_back(std::string(reading.point), reading.value);
  body.emplace_back("time", iso_text(readings.front().time));
  mqtt::Message message;
  message.topic = cat("machines/", readings.front().device);
  const std::string text = json::print(body);
  const auto bytes = as_bytes(text);
  message.payload.assign(bytes.begin(), bytes.end());
  message.qos = 1;
  message.content_type = "application/json";
  message.payload_is_utf8 = true;
  message.received = world.clock.wall();
  if (const auto done = broker->publish(message); !done)
    world.log.error(cat("readings of device '", readings.front().device, "' were lost: ", done.error().what));
}

// Of several detectors that watch a machine the first one stands on its card.
bool Telemetry::State::is_shown(const std::string& detector, const std::string& machine) const {
  const auto first = std::ranges::find_if(watches, [&](const auto& watch) { return watch->covers(machine); });
  return first != watches.end() && (*first)->setting().name == detector;
}

// On the intake's thread, with what has just become durable.
void Telemetry::State::take(const std::vector<readings::SensorReading>& readings) {
  board.note(readings);
  for (const auto& watch : watches) watch->note(readings);
  store_scores();
  observe_series(readings);
}

void Telemetry::State::store_scores() {
  if (scores.empty()) return;
  if (auto stored = store->append(scores, "", 0); !stored)
    world.log.error(cat("scores were not stored: ", stored.error().what));
  scores.clear();
}

void Telemetry::State::catch_up_on_judging() {
  if (watches.empty()) return;
  catching_up.emplace(*store, *anomalies, *learnt, watches);
  const auto done = catching_up->run([this](const std::vector<readings::SensorReading>& said) {
    for (const auto& watch : watches) watch->note(said);
    store_scores();
  });
  catching_up.reset();
  if (!done) world.log.error(cat("what came before the restart was not judged again: ", done.error().what));
}

void Telemetry::State::take_score(const detection::Watch& watch, const std::string& machine,
                                  const detection::Score& score) {
  const std::string& name = watch.setting().name;
  if (catching_up && catching_up->was_judged(machine, name, score.time)) return;
  if (is_shown(name, machine)) board.note_score(machine, name, watch.setting().kind, score);
  alert_service->observe({.source = alerts::Source::score,
                          .name = name,
                          .labels = {{"machine", machine}, {"detector", name}},
                          .value = score.value,
                          .threshold = score.threshold});
  const int64_t time = score.time.time_since_epoch().count();
  const std::pair<std::string, double> both[] = {{cat(kScorePrefix, name), score.value},
                                                 {cat(kThresholdPrefix, name), score.threshold}};
  for (const auto& [sensor, value] : both) {
    const auto id = store->series(machine, sensor);
    if (id) scores.push_back({*id, time, value});
  }
}

void Telemetry::State::take_anomaly(const detection::Anomaly& anomaly, const detection::Trace& trace,
                                    const DetectorSetting& setting) {
  if (catching_up && catching_up->was_told(anomaly)) {
    // Whether its order was made before the restart, the orders know.
    if (!anomaly.over && world.on_anomaly && catching_up->is_first(anomaly))
      world.on_anomaly(anomaly, trace, setting);
    return;
  }
  const MonoTime now = world.clock.mono();
  const auto last = stored_at.find(anomaly.id);
  const bool begins = last == stored_at.end();
  if (!begins && !anomaly.over && now - last->second < kStoreAgain) return;
  stored_at[anomaly.id] = now;
  if (anomaly.over) stored_at.erase(anomaly.id);
  if (auto stored = anomalies->put(anomaly); !stored)
    world.log.error(cat("an anomaly was not stored: ", stored.error().what));
  board.note_anomaly(anomaly);
  world.feed.publish("anomaly", json::print(detection::anomaly_json(anomaly)));
  if (begins) world.log.warning(sentence(anomaly));
  if (!anomaly.over && world.on_anomaly) world.on_anomaly(anomaly, trace, setting);
}

std::optional<detection::Learnt> Telemetry::State::recall(const detection::Watch& watch,
                                                          const std::string& machine) {
  auto found = learnt->find(watch.setting(), machine);
  if (found) return *std::move(found);
  world.log.warning(
      cat("detector '", watch.setting().name, "' learns '", machine, "' again: ", found.error().what));
  return std::nullopt;
}

// The newest reading of each sensor in the batch, for rules on readings.
void Telemetry::State::observe_series(const std::vector<readings::SensorReading>& readings) {
  const bool wanted = std::ranges::any_of(file.alerts.rules, [](const alerts::Rule& rule) {
    return rule.expression.source == alerts::Source::series;
  });
  if (!wanted) return;
  std::map<std::pair<std::string_view, std::string_view>, const readings::SensorReading*> newest;
  for (const auto& reading : readings) newest[{reading.machine, reading.sensor}] = &reading;
  for (const auto& [key, reading] : newest) {
    alert_service->observe({.source = alerts::Source::series,
                            .name = reading->sensor,
                            .labels = {{"machine", reading->machine}, {"sensor", reading->sensor}},
                            .value = reading->value,
                            .threshold = std::nullopt});
  }
}

void Telemetry::State::beat(const std::stop_token& stop) {
  stay_in_background();
  std::mutex mutex;
  std::condition_variable_any wake;
  for (int count = 1;; ++count) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kPulse, [] { return false; });
    if (stop.stop_requested()) return;
    const auto changes = board.take_changes();
    if (world.feed.listeners() > 0) {
      for (const auto& change : changes) world.feed.publish("machine", change);
    }
    if (count % kPulsesPerSecond == 0) second();
  }
}

void Telemetry::State::second() {
  const auto stats = broker->stats();
  json::Value now;
  {
    const std::lock_guard lock(rates_mutex);
    rates.note(world.clock.wall(), world.clock.mono(),
               {stats.messages_in[0] + stats.messages_in[1] + stats.messages_in[2],
                stats.messages_out[0] + stats.messages_out[1] + stats.messages_out[2], stats.acked});
    now = rates.now_json();
  }
  now.set("time", std::chrono::duration_cast<milliseconds>(world.clock.wall().time_since_epoch()).count());
  if (world.feed.listeners() > 0) world.feed.publish("messages", json::print(now));
  broker->keep("series", intake->stats().position + 1);
  for (const auto& [reason, count] : dropped(stats)) {
    alert_service->observe({.source = alerts::Source::counter,
                            .name = "messages_dropped",
                            .labels = {{"reason", std::string(reason)}},
                            .value = static_cast<double>(count),
                            .threshold = std::nullopt});
  }
}

void Telemetry::State::watch_metrics() {
  const auto watch = [this](std::string_view name, std::string_view help, std::function<double()> read) {
    world.metrics.callback(name, help, {}, std::move(read));
  };
  watch("oree_mqtt_connections", "Clients connected to the broker.",
        [this] { return static_cast<double>(broker->stats().connections); });
  watch("oree_mqtt_acked_total", "Messages acknowledged after they were on disk.",
        [this] { return static_cast<double>(broker->stats().acked); });
  watch("oree_mqtt_store_bytes", "Messages on disk.",
        [this] { return static_cast<double>(broker->messages().stats().bytes); });
  watch("oree_readings_total", "Readings stored.",
        [this] { return static_cast<double>(intake->stats().readings); });
  watch("oree_readings_refused_total", "Messages under a reading's topic that were no readings.",
        [this] { return static_cast<double>(intake->stats().refused); });
}

Telemetry::Telemetry(std::unique_ptr<State> state) : state_(std::move(state)) {}

Telemetry::~Telemetry() {
  stop();
}

Result<std::unique_ptr<Telemetry>> Telemetry::start(const TelemetryFile& file, const fs::path& data,
                                                    std::string station, World world) {
  auto state = std::make_unique<State>(file, world, std::move(station));
  if (auto status = state->open(data); !status) return forward(status);
  state->watch_metrics();
  state->alert_service->start();
  State* raw = state.get();
  std::unique_ptr<Telemetry> telemetry(new Telemetry(std::move(state)));
  raw->pulse = std::jthread([raw](const std::stop_token& stop) { raw->beat(stop); });
  return telemetry;
}

void Telemetry::stop() {
  State& s = *state_;
  s.pulse = {};
  s.devices.clear();
  s.way_finder = nullptr;
  if (s.router) s.router->stop();
  s.clerk = nullptr;
  if (s.desk) s.desk->stop();
  if (s.broker) s.broker->stop();
  s.reader = nullptr;
  if (s.intake) s.intake->stop();
  if (s.alert_service) s.alert_service->stop();
  if (s.upkeep) s.upkeep->stop();
}

std::vector<std::string> Telemetry::addresses() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < state_->file.broker.listeners.size(); ++i) {
    const auto& listener = state_->file.broker.listeners[i];
    const bool tls = !listener.tls.certificate.empty();
    const char* scheme =
        listener.transport == broker::Transport::websocket ? (tls ? "wss" : "ws") : (tls ? "mqtts" : "mqtt");
    out.push_back(cat(scheme, "://", listener.address, ":", state_->broker->port(i)));
  }
  return out;
}

MachineBoard& Telemetry::board() {
  return state_->board;
}

readings::SeriesStore& Telemetry::series() {
  return *state_->store;
}

detection::AnomalyStore& Telemetry::anomalies() {
  return *state_->anomalies;
}

alerts::AlertService& Telemetry::alerts() {
  return *state_->alert_service;
}

Desk& Telemetry::desk() {
  return *state_->desk;
}

Status Telemetry::publish(std::string_view topic, std::string_view payload) {
  return state_->publisher->publish(topic, payload, false);
}

json::Value Telemetry::messages_json() const {
  const State& s = *state_;
  json::Object out;
  {
    const std::lock_guard lock(s.rates_mutex);
    out = {{"rates", s.rates.now_json()}, {"history", s.rates.history_json()}};
  }
  append_messages(out, *s.broker, s.file.max_message_bytes, s.intake->stats().refused);
  out.emplace_back("routes", s.router ? s.router->routes_json() : json::Array());
  out.emplace_back("queues", s.router ? s.router->queues_json() : json::Array());
  return out;
}

}  // namespace oree::edge
