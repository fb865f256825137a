#include "nodes/edge/telemetry/telemetry.h"

#include <algorithm>
#include <condition_variable>

#include "base/background.h"
#include "base/text.h"
#include "nodes/edge/telemetry/charts.h"
#include "nodes/edge/telemetry/telemetry_state.h"
#include "nodes/edge/telemetry/told.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr milliseconds kPulse{100};
constexpr int kPulsesPerSecond = 10;
// An anomaly that grows is stored again at most this often; its beginning and its end at once.
constexpr std::chrono::seconds kStoreAgain{5};

}  // namespace

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
