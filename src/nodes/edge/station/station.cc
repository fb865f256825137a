#include "nodes/edge/station/station.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "core/monitoring/host.h"
#include "core/sealing/key_source.h"
#include "nodes/edge/access/guard.h"
#include "nodes/edge/fleet/fleet_link.h"
#include "nodes/edge/maintenance/maintenance.h"
#include "nodes/edge/modules/manifest_routes.h"
#include "nodes/edge/modules/modules.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/station/version.h"
#include "nodes/edge/telemetry/telemetry.h"
#include "platform/http/server.h"
#include "services/dialects/openapi.h"
#include "services/oip/oip.h"
#include "services/serving/dialects/custom_vision.h"
#include "services/serving/dialects/vio_serving.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds kPulse{2};
constexpr int kPulsesPerExpiry = 30;

// Each dialect's own words where no route answers; the station's otherwise.
http::Response error_page(int status, std::string_view what, const http::Request& request) {
  if (auto own = oip::error_page(status, what, request)) return std::move(*own);
  return http::json(status, json::print(json::Object{{"error", what}, {"detail", what}}));
}

}  // namespace

// Declared in the order of dependence; destroyed in reverse.
struct Station::State {
  StationFile file;
  StationWorld world;
  WallTime started;
  monitoring::Registry metrics;
  Feed feed;
  Statistics statistics;
  std::unique_ptr<storage::RecordStore> store;
  std::unique_ptr<serving::ModelRepository> models;
  std::unique_ptr<oip::Oip> oip;
  std::unique_ptr<Configurations> configurations;
  std::unique_ptr<FleetLink> fleet;
  std::unique_ptr<inspection::Inspector> collector;
  std::mutex triggers_mutex;
  std::vector<std::unique_ptr<inspection::TriggerSource>> triggers;
  std::unique_ptr<Maintenance> maintenance;
  std::unique_ptr<Telemetry> telemetry;
  std::unique_ptr<Modules> modules;
  std::unique_ptr<Parts> parts;
  std::unique_ptr<access::PeopleFile> people;  // of a station that asks who
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::jthread pulse;

  State(StationFile f, StationWorld w)
      : file(std::move(f)), world(w), started(w.clock.wall()), statistics(w.clock, metrics) {}

  Status open(const fs::path& data);
  Status open_maintenance(const fs::path& data);
  Status open_telemetry(const fs::path& data);
  Status open_modules(const fs::path& data);
  std::optional<fs::path> fleet_manifest() const { return fleet ? fleet->manifest() : std::nullopt; }
  Result<std::shared_ptr<sealing::KeySource>> open_model_key();
  void load_models(const inspection::Plan& plan);
  Status start_triggers();
  void mount_dialects();
  void guard(const fs::path& data);
  Status serve(const fs::path& data);
  void watch_metrics();
  void beat(const std::stop_token& stop);
  bool fire(inspection::Trigger trigger, inspection::Inspector::Pushed pushed);
  std::vector<inspection::TriggerStatus> trigger_status();
};

// What opens sealed networks; null without one.
Result<std::shared_ptr<sealing::KeySource>> Station::State::open_model_key() {
  if (file.model_key.empty()) return nullptr;
  auto key = sealing::open_key_source(file.model_key);
  if (!key) return forward(key, "model_key");
  if (const std::string weakness = (*key)->weakness(); !weakness.empty()) world.log.warning(weakness);
  return std::move(*key);
}

Status Station::State::open(const fs::path& data) {
  if (auto status = world.disk.make_folder(data); !status) return status;
  auto opened = storage::RecordStore::open(data / "items", file.storage, world.disk, world.clock, world.log);
  if (!opened) return forward(opened);
  store = std::move(*opened);
  // A station that only listens to machines may have no pictures' models.
  if (file.plan.steps.empty() && !fs::exists(file.models)) {
    file.models = data / "models";
    if (auto status = world.disk.make_folder(file.models); !status) return status;
  }
  auto key = open_model_key();
  if (!key) return forward(key);
  auto repository = serving::ModelRepository::open(file.models, world.backend, {}, metrics, *key);
  if (!repository) return forward(repository);
  models = std::move(*repository);

  const inspection::InspectorWorld inspector_world{
      *models, *store, world.clock, metrics, file.image_limits, [this](const inspection::Item& item) {
        statistics.note(item.verdict.decision, item.total);
        feed.publish_item(item.id, item.json);
        if (maintenance) maintenance->note(item);
        if (fleet) fleet->note(item);
      }};
  configurations = std::make_unique<Configurations>(data / "configs", world.disk, world.log, inspector_world);
  if (auto status = configurations->load(); !status) return status;
  configurations->add(file.plan);

  inspection::Plan keeping{.station = file.plan.station, .cameras = {{.name = "upload"}}};
  auto keeper = inspection::Inspector::create(std::move(keeping), "upload", json::Object{}, inspector_world);
  if (!keeper) return forward(keeper);
  collector = std::move(*keeper);

  if (file.fleet) {
    std::vector<std::string> trigger_cameras;
    for (const auto& trigger : file.triggers)
      if (!trigger.camera.empty()) trigger_cameras.push_back(trigger.camera);
    auto link =
        FleetLink::open(*file.fleet, data / "deployment",
                        {world.clock, world.disk, world.log, *models, *configurations, file.image_limits,
                         file.plan.station, data / "configs", trigger_cameras, *key});
    if (!link) return forward(link);
    fleet = std::move(*link);
  }
  // The hub's is at work already, if it brought one.
  if (!configurations->active().configuration) {
    if (const auto own = configurations->activate_own(); !own) return forward(own);
  }
  load_models(configurations->active().inspector->plan());
  if (auto status = open_maintenance(data); !status) return status;
  if (auto status = open_telemetry(data); !status) return status;
  return open_modules(data);
}

Status Station::State::open_maintenance(const fs::path& data) {
  if (!file.maintenance) return {};
  const ItemSource items{[this](const std::string& id) { return store->find(id); },
                         [this](const std::string& hex) -> Result<ByteBuffer> {
                           const auto digest = crypto::parse_digest(hex);
                           if (!digest) return fail(ErrorKind::invalid, cat("'", hex, "' is no digest"));
                           return store->blob(*digest);
                         },
                         [this](const std::string& name, const std::string& version) -> Result<fs::path> {
                           const auto model = models->served(name, version);
                           if (!model) return forward(model);
                           return (*model)->manifest.folder;
                         }};
  auto opened = Maintenance::start(*file.maintenance, data / "maintenance", file.plan.station,
                                   {world.clock, world.disk, world.log, feed, metrics, items,
                                    [this](std::string_view topic, std::string_view payload) -> Status {
                                      if (!telemetry)
                                        return fail(ErrorKind::unavailable, "this station has no broker");
                                      return telemetry->publish(topic, payload);
                                    }});
  if (!opened) return forward(opened);
  maintenance = std::move(*opened);
  return {};
}

Status Station::State::open_telemetry(const fs::path& data) {
  if (!file.telemetry) return {};
  if (file.telemetry->models.empty()) file.telemetry->models = file.models;
  if (file.modules)
    add_manifest_routes(*file.modules, fleet_manifest().value_or(file.modules->manifest),
                        file.telemetry->ways, world.log);
  Telemetry::World listening{world.clock, world.disk, world.log, feed, world.backend, metrics};
  if (maintenance) {
    listening.on_anomaly = [this](const detection::Anomaly& anomaly, const detection::Trace& trace,
                                  const DetectorSetting& setting) {
      maintenance->note(sighting_of(anomaly, trace, setting));
    };
  }
  auto opened =
      Telemetry::start(*file.telemetry, data / "telemetry", file.plan.station, std::move(listening));
  if (!opened) return forward(opened);
  telemetry = std::move(*opened);
  return {};
}

// Last: modules want to find the broker.
Status Station::State::open_modules(const fs::path& data) {
  if (!file.modules) return {};
  auto opened = Modules::start(*file.modules, data / "modules", fleet_manifest(), file.plan.station,
                               world.clock, world.disk, world.log);
  if (!opened) return forward(opened);
  modules = std::move(*opened);
  if (fleet) fleet->attach(&modules->supervisor());
  return {};
}

// Ahead of the first part. A model that fails is no reason not to start: each part says what is missing.
void Station::State::load_models(const inspection::Plan& plan) {
  for (const auto& step : plan.steps) {
    const auto model = models->served(step.model, step.version);
    if (!model) {
      world.log.error(cat("step '", step.name, "': ", model.error().what));
      continue;
    }
    for (const auto& note : (*model)->manifest.notes) world.log.info(cat("model '", step.model, "': ", note));
  }
}

Status Station::State::start_triggers() {
  const auto shoot = [this](inspection::Trigger trigger, inspection::Inspector::Pushed pushed) {
    return fire(std::move(trigger), std::move(pushed));
  };
  const std::lock_guard lock(triggers_mutex);
  for (const auto& setting : file.triggers) {
    if (setting.kind == TriggerSetting::Kind::timer) {
      triggers.push_back(inspection::start_timer(setting.every, world.clock, shoot));
    } else if (setting.kind == TriggerSetting::Kind::new_file) {
      auto watch = inspection::watch_folder(setting.path, setting.camera, file.image_limits.max_bytes,
                                            world.log, shoot);
      if (!watch) return forward(watch);
      triggers.push_back(std::move(*watch));
    }
  }
  return {};
}

// The station file's triggers belong to its own configuration; another one at work is triggered over HTTP
// only.
bool Station::State::fire(inspection::Trigger trigger, inspection::Inspector::Pushed pushed) {
  const auto active = configurations->active();
  if (!active.inspector || active.configuration->name != file.plan.station) return false;
  const auto item = active.inspector->inspect(std::move(trigger), std::move(pushed));
  if (!item) world.log.warning(cat("a part was not stored: ", item.error().what));
  return item.has_value();
}

std::vector<inspection::TriggerStatus> Station::State::trigger_status() {
  std::vector<inspection::TriggerStatus> out;
  const std::lock_guard lock(triggers_mutex);
  for (const auto& trigger : triggers) out.push_back(trigger->status());
  return out;
}

void Station::State::mount_dialects() {
  oip =
      std::make_unique<oip::Oip>(*models, oip::OipOptions{.name = "oree", .version = std::string(kVersion)});
  oip->mount(router);
  serving::mount_vio_serving(router, *models, file.image_limits);
  const auto setting = file.custom_vision.value_or(CustomVisionSetting{});
  // Without a setting, the model of the first step at work answers.
  const auto model = [this, named = setting.model]() -> std::string {
    const auto active = configurations->active();
    if (!named.empty() || !active.inspector || active.inspector->plan().steps.empty()) return named;
    return active.inspector->plan().steps.front().model;
  };
  serving::mount_custom_vision(router, {.models = models.get(),
                                        .clock = &world.clock,
                                        .model = model,
                                        .fetch = serving::fetch_over_http(),
                                        .limits = file.image_limits,
                                        .legacy_errors = setting.legacy_errors});
}

// Behind all routes, so that none is forgotten.
void Station::State::guard(const fs::path& data) {
  const bool over_tls = !file.tls.certificate.empty();
  if (file.access) {
    people = std::make_unique<access::PeopleFile>(people_path(data), world.disk);
    router = guarded(router, *file.access, *people, over_tls);
  }
  // Who must show a certificate of the site was asked already.
  const auto warning = open_door(file.address, file.access || file.tls.require_client_certificate);
  if (!warning.empty()) world.log.warning(warning);
}

Status Station::State::serve(const fs::path& data) {
  parts =
      std::make_unique<Parts>(Parts{file, world.clock, world.log, started, metrics, statistics, feed, *store,
                                    *models, *configurations, *collector, [this] { return trigger_status(); },
                                    telemetry.get(), maintenance.get(), fleet.get(), modules.get()});
  mount_items(router, *parts);
  mount_inspect(router, *parts);
  mount_configs(router, *parts);
  mount_status(router, *parts);
  if (telemetry) {
    mount_machines(router, *telemetry);
    mount_alerts(router, *telemetry);
    mount_sql(router, *telemetry);
  }
  if (maintenance) {
    mount_orders(router, *maintenance, world.clock);
    mount_consensus(router, *maintenance);
    mount_events(router, *maintenance);
  }
  if (modules) mount_modules(router, *modules, world.clock);
  mount_dialects();
  dialects::mount_openapi(router, "station", "Orée station", kVersion);
  mount_pages(router, *parts);
  guard(data);

  http::ServerOptions options;
  options.address = file.address;
  options.port = file.port;
  options.tls = file.tls;
  options.workers = std::max(2u, std::thread::hardware_concurrency());
  options.max_queue = file.max_queue;
  options.max_body_bytes = file.max_body_bytes;
  options.error_page = error_page;
  auto started_server = http::Server::start(options, router, world.log);
  if (!started_server) return forward(started_server);
  server = std::move(*started_server);
  return {};
}

void Station::State::watch_metrics() {
  const auto watch = [this](std::string_view name, std::string_view help, std::function<double()> read) {
    metrics.callback(name, help, {}, std::move(read));
  };
  watch("oree_store_bytes", "Journal, pictures and index on disk.",
        [this] { return static_cast<double>(store->stats().bytes); });
  watch("oree_store_free_bytes", "Free on the data folder's disk.",
        [this] { return static_cast<double>(store->stats().free_bytes); });
  watch("oree_store_full", "1 while new items are refused for want of room.",
        [this] { return store->stats().full ? 1.0 : 0.0; });
  watch("oree_store_refused_total", "Items and pictures refused for want of room.",
        [this] { return static_cast<double>(store->stats().refused); });
  watch("oree_store_written_bytes_total", "Bytes written since start.",
        [this] { return static_cast<double>(store->stats().written_bytes); });
  watch("oree_process_resident_bytes", "Memory of this process.",
        [] { return static_cast<double>(monitoring::read_host_usage().process_resident_bytes); });
  watch("oree_http_connections", "Open connections.",
        [this] { return static_cast<double>(server->stats().connections); });
  watch("oree_http_rejected_total", "Requests refused because the queue was full.",
        [this] { return static_cast<double>(server->stats().rejected); });
  watch("oree_event_listeners", "Clients of /events.",
        [this] { return static_cast<double>(feed.listeners()); });
}

void Station::State::beat(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  for (int count = 1;; ++count) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kPulse, [] { return false; });
    if (stop.stop_requested()) return;
    if (feed.listeners() > 0) feed.publish("station", json::print(pulse_json(*parts)));
    if (fleet && modules) fleet->look_at_modules();
    if (count % kPulsesPerExpiry != 0) continue;
    if (auto status = store->expire(); !status) world.log.warning(cat("retention: ", status.error().what));
  }
}

Station::Station(std::unique_ptr<State> state) : state_(std::move(state)) {}

Station::~Station() {
  stop();
}

Result<std::unique_ptr<Station>> Station::start(StationFile file, const fs::path& data, StationWorld world) {
  auto state = std::make_unique<State>(std::move(file), world);
  if (auto status = state->open(data); !status) return forward(status);
  if (auto status = state->serve(data); !status) return forward(status);
  state->watch_metrics();
  State* raw = state.get();
  std::unique_ptr<Station> station(new Station(std::move(state)));
  raw->pulse = std::jthread([raw](const std::stop_token& stop) { raw->beat(stop); });
  if (raw->maintenance) raw->maintenance->open_doors(station->url());
  if (auto status = raw->start_triggers(); !status) return forward(status);
  if (raw->fleet) raw->fleet->start();
  return station;
}

std::string Station::url() const {
  const bool v6 = state_->file.address.find(':') != std::string::npos;
  const std::string_view scheme = state_->file.tls.certificate.empty() ? "http://" : "https://";
  return cat(scheme, v6 ? "[" : "", state_->file.address, v6 ? "]:" : ":", state_->server->port());
}

std::vector<std::string> Station::mqtt_addresses() const {
  return state_->telemetry ? state_->telemetry->addresses() : std::vector<std::string>();
}

Result<inspection::Item> Station::inspect(inspection::Trigger trigger, inspection::Inspector::Pushed pushed) {
  return state_->configurations->active().inspector->inspect(std::move(trigger), std::move(pushed));
}

bool Station::answers(milliseconds within) {
  return state_->server->answers(within);
}

void Station::stop() {
  {
    const std::lock_guard lock(state_->triggers_mutex);
    state_->triggers.clear();
  }
  state_->pulse = {};
  if (state_->fleet) state_->fleet->stop();
  if (state_->server) state_->server->stop();
  if (state_->modules) state_->modules->stop();
  if (state_->telemetry) state_->telemetry->stop();
  if (state_->maintenance) state_->maintenance->stop();
  if (state_->store) state_->store->stop();
}

}  // namespace oree::edge
