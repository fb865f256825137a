#include "nodes/edge/telemetry/telemetry.h"

#include <condition_variable>

#include "base/background.h"
#include "base/text.h"
#include "nodes/edge/telemetry/telemetry_state.h"
#include "nodes/edge/telemetry/told.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr milliseconds kPulse{100};
constexpr int kPulsesPerSecond = 10;

}  // namespace

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
