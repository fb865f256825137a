// A station's telemetry is opened: stores first, the broker last.
#include "base/text.h"
#include "nodes/edge/telemetry/networks.h"
#include "nodes/edge/telemetry/telemetry_state.h"
#include "nodes/edge/telemetry/told.h"

namespace oree::edge {
namespace fs = std::filesystem;

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

}  // namespace oree::edge
