#include "nodes/server/server.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "core/monitoring/host.h"
#include "core/monitoring/metrics.h"
#include "nodes/server/own_page.h"
#include "nodes/server/sheet.h"
#include "platform/grpc/server.h"
#include "platform/json/value.h"
#include "services/dialects/edge_impulse.h"
#include "services/dialects/openapi.h"
#include "services/dialects/ovms.h"
#include "services/dialects/tf_serving.h"
#include "services/oip/grpc/face.h"
#include "services/oip/oip.h"
#include "services/serving/dialects/custom_vision.h"
#include "services/serving/dialects/vio_serving.h"
#include "services/serving/repository/model_repository.h"
#include "services/serving/scheduler/metrics.h"
#include "services/serving/scheduler/rate_limits.h"
#include "services/serving/scheduler/response_cache.h"

namespace oree::server {

namespace {

constexpr std::string_view kVersion = OREE_VERSION;
constexpr image::DecodeLimits kPictures{};

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : cat("[", address, "]");
}

serving::RepositorySettings repository_settings(const Settings& settings) {
  serving::RepositorySettings out;
  out.mode = settings.control == Control::fixed     ? serving::ControlMode::none
             : settings.control == Control::by_hand ? serving::ControlMode::explicitly
                                                    : serving::ControlMode::poll;
  out.load_at_start = settings.load;
  out.memory_budget = settings.max_bytes;
  out.poll_every = std::chrono::duration_cast<milliseconds>(settings.look_every);
  return out;
}

}  // namespace

// In the order of starting; destroyed the other way.
struct ModelServer::State {
  State(Settings chosen, World around)
      : settings(std::move(chosen)),
        world(std::move(around)),
        workers(std::make_shared<serving::Workers>(world.clock)),
        cache(settings.cache_bytes),
        rates(*workers),
        shown(metrics, &cache) {}

  Status open();
  void mount();
  void mount_metrics();
  Status listen();
  Status listen_http(const http::Listen& where, const http::Router& routes,
                     std::unique_ptr<http::Server>& place);
  Status listen_grpc();
  std::string picture_model() const;
  void load();

  const Settings settings;
  const World world;
  oip::LogSwitch log{world.log};
  monitoring::Registry metrics;
  std::shared_ptr<serving::Workers> workers;
  serving::ResponseCache cache;
  serving::RateLimits rates;
  serving::ModelMetrics shown;
  std::unique_ptr<serving::ModelRepository> models;
  std::unique_ptr<oip::Oip> protocol;
  http::Router router, metrics_router;
  std::unique_ptr<http::Server> http, metrics_http;
  std::unique_ptr<grpc::Server> grpc_server;
  std::mutex mutex;
  std::condition_variable changed;
  bool loaded = false;
  std::jthread loading;
};

Status ModelServer::State::open() {
  serving::LoaderParts loader;
  loader.backends = &world.backends;
  loader.backend_name = settings.backend;
  loader.key = settings.key;
  loader.clock = &world.clock;
  loader.workers = workers;
  loader.cache = &cache;
  loader.rates = &rates;
  loader.shown = &shown;
  if (settings.max_wait) loader.bound = {.longest = *settings.max_wait, .always = 0};
  auto opened =
      serving::ModelRepository::open(settings.repository, std::move(loader), repository_settings(settings));
  if (!opened) return forward(opened);
  models = *std::move(opened);
  return {};
}

// The only model that understands pictures, unless one is named.
std::string ModelServer::State::picture_model() const {
  if (!settings.picture_model.empty()) return settings.picture_model;
  const std::vector<std::string> names = models->names();
  return names.size() == 1 ? names.front() : "";
}

void ModelServer::State::mount() {
  const auto model = [this] { return picture_model(); };
  protocol = std::make_unique<oip::Oip>(
      *models,
      oip::OipOptions{.name = settings.name,
                      .version = std::string(kVersion),
                      .trace = [this](uint64_t, std::string_view trace) { log.info(cat("trace ", trace)); },
                      .log = &log});
  protocol->mount(router);
  dialects::mount_tf_serving(
      router, *models,
      {.picture = serving::vio_predict(*models, kPictures),
       .metadata = [this](std::string_view name) { return serving::vio_metadata(*models, name); }});
  dialects::mount_ovms(router, *models, [this] { return models->rescan(); });
  dialects::mount_edge_impulse(router, {models.get(), models.get(), model, kPictures});
  serving::mount_custom_vision(router, {.models = models.get(),
                                        .clock = &world.clock,
                                        .model = model,
                                        .fetch = serving::fetch_over_http(),
                                        .limits = kPictures});
  mount_sheet(router,
              {.service = *models,
               .pictures = *models,
               .name = settings.name,
               .version = std::string(kVersion),
               .grpc = settings.grpc ? cat(bracketed(settings.grpc->address), ":", settings.grpc->port) : "",
               .changes = settings.control != Control::fixed,
               .set_default = [this](std::string_view name, std::string_view version) -> Status {
                 auto chosen = models->served(name, version);
                 if (!chosen) return forward(chosen);
                 models->prefer(std::string(name), *std::move(chosen));
                 return {};
               }});
  mount_metrics();
  dialects::mount_openapi(router, "server", "Orée model server", kVersion);
  if (world.mount_pages) world.mount_pages(router);
}

void ModelServer::State::mount_metrics() {
  metrics.callback("oree_process_resident_bytes", "Memory of this process.", {},
                   [] { return static_cast<double>(monitoring::read_host_usage().process_resident_bytes); });
  metrics.callback("oree_http_connections", "Open connections.", {},
                   [this] { return http ? static_cast<double>(http->stats().connections) : 0; });
  metrics.callback("oree_http_rejected_total", "Requests refused because the queue was full.", {},
                   [this] { return http ? static_cast<double>(http->stats().rejected) : 0; });
  const http::Handler show = [this](const http::Request&) {
    http::Response response = http::text(200, metrics.prometheus());
    response.headers.clear();
    response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
  };
  for (http::Router* routes : {&router, &metrics_router}) {
    routes->add({"GET", "/metrics", "server", "Counters and times, for Prometheus.", show});
  }
}

Status ModelServer::State::listen_http(const http::Listen& where, const http::Router& routes,
                                       std::unique_ptr<http::Server>& place) {
  http::ServerOptions options;
  options.address = where.address;
  options.port = where.port;
  options.tls = settings.tls;
  options.workers = std::max(4u, std::thread::hardware_concurrency());
  options.max_queue = 256;
  options.max_body_bytes = settings.max_body_bytes;
  options.error_page = [](int status, std::string_view what, const http::Request& request) {
    if (auto page = oip::error_page(status, what, request)) return *std::move(page);
    return http::json(status, json::print(json::Object{{"error", what}}));
  };
  auto started = http::Server::start(options, routes, log);
  if (!started) return forward(started);
  place = *std::move(started);
  return {};
}

Status ModelServer::State::listen_grpc() {
  grpc::Methods methods;
  oip::mount_grpc(methods, {.service = *models,
                            .shared_memory = &protocol->shared_memory(),
                            .trace = &protocol->trace(),
                            .log = &log,
                            .name = settings.name,
                            .version = std::string(kVersion)});
  grpc::ServerOptions options;
  options.address = settings.grpc->address;
  options.port = settings.grpc->port;
  options.max_message_bytes = settings.max_body_bytes;
  options.tls = {settings.tls.certificate, settings.tls.key, settings.tls.ca,
                 settings.tls.require_client_certificate};
  auto started = grpc::Server::start(options, std::move(methods), log);
  if (!started) return forward(started);
  grpc_server = *std::move(started);
  return {};
}

Status ModelServer::State::listen() {
  if (Status http_up = listen_http(settings.http, for_own_pages(router), http); !http_up) return http_up;
  if (settings.metrics) {
    if (Status up = listen_http(*settings.metrics, metrics_router, metrics_http); !up) return up;
  }
  return settings.grpc ? listen_grpc() : Status{};
}

void ModelServer::State::load() {
  models->start();
  for (const inference::IndexRow& model : models->index()) {
    if (model.state != "UNAVAILABLE" || model.reason.empty()) continue;
    const std::string version = model.version.empty() ? "" : cat(" version ", model.version);
    world.log.warning(cat("model '", model.name, "'", version, ": ", model.reason));
  }
  const std::lock_guard lock(mutex);
  loaded = true;
  changed.notify_all();
}

ModelServer::ModelServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ModelServer::~ModelServer() {
  stop();
}

Result<std::unique_ptr<ModelServer>> ModelServer::start(Settings settings, World world) {
  auto state = std::make_unique<State>(std::move(settings), std::move(world));
  if (Status opened = state->open(); !opened) return forward(opened);
  // A runtime takes as long to open as the server to listen. It makes a hundred thousand small things, so the
  // thread that opens it is the program's first: other threads' heaps grow by a page at a time.
  std::promise<Status> promised;
  std::future<Status> listening = promised.get_future();
  state->loading = std::jthread([&into = *state, up = std::move(promised)]() mutable {
    into.mount();
    Status listens = into.listen();
    const bool good = listens.has_value();
    up.set_value(std::move(listens));
    if (good) into.load();
  });
  state->models->prepare();
  if (Status up = listening.get(); !up) return forward(up);
  return std::unique_ptr<ModelServer>(new ModelServer(std::move(state)));
}

void ModelServer::stop() {
  if (!state_) return;
  if (state_->loading.joinable()) state_->loading.join();
  if (state_->grpc_server) state_->grpc_server->stop();
  if (state_->http) state_->http->stop();
  if (state_->metrics_http) state_->metrics_http->stop();
}

std::string ModelServer::url() const {
  const std::string_view scheme = state_->settings.tls.certificate.empty() ? "http://" : "https://";
  return cat(scheme, bracketed(state_->settings.http.address), ":", state_->http->port());
}

std::string ModelServer::grpc() const {
  if (!state_->grpc_server) return "";
  return cat(bracketed(state_->settings.grpc->address), ":", state_->grpc_server->port());
}

void ModelServer::wait_until_loaded() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->loaded; });
}

}  // namespace oree::server
