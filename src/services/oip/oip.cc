#include "services/oip/oip.h"

#include "platform/json/value.h"
#include "services/oip/error.h"
#include "services/oip/models.h"
#include "services/oip/regions.h"
#include "services/oip/repository.h"
#include "services/oip/settings.h"

namespace oree::oip {

namespace {

using http::Request;
using http::Response;

constexpr std::string_view kTag = "oip-v2";

}  // namespace

// Everything the routes share; lives as long as they do.
struct Oip::State {
  State(inference::Service& given, OipOptions chosen)
      : service(given),
        options(std::move(chosen)),
        trace(options.trace),
        infer(service, memory, options.regions, trace),
        models(service),
        repository(service),
        regions(memory, options.regions),
        settings(service, trace, options.log) {}

  inference::Service& service;
  OipOptions options;
  SharedMemory memory;
  Trace trace;
  Infer infer;
  Models models;
  Repository repository;
  Regions regions;
  Settings settings;

  Response live(const Request&) const { return http::json(200, R"({"live":true})"); }
  Response ready(const Request&) const {
    const bool ready = service.ready();
    return http::json(ready ? 200 : 400, ready ? R"({"ready":true})" : R"({"ready":false})");
  }
  Response metadata(const Request&) const;
};

Response Oip::State::metadata(const Request&) const {
  json::Value body;
  body.set("name", options.name);
  body.set("version", options.version);
  body.set("extensions", json::Array{"classification", "sequence", "model_repository",
                                     "model_repository(unload_dependents)", "schedule_policy",
                                     "model_configuration", "system_shared_memory", "cuda_shared_memory",
                                     "binary_tensor_data", "parameters", "statistics", "trace", "logging"});
  return http::json(200, json::print(body));
}

namespace {

// A route and who answers it; `part` is the member of State that `handle` belongs to.
template <class State>
class Table {
 public:
  Table(http::Router& router, std::shared_ptr<State> state) : router_(router), state_(std::move(state)) {}

  template <class Part>
  void add(std::string_view method, std::string_view pattern, std::string_view summary, Part State::* part,
           Response (Part::*handle)(const Request&) const, bool quick = false) {
    put(method, pattern, summary, quick,
        [state = state_, part, handle](const Request& request) { return ((*state).*part.*handle)(request); });
  }
  void add(std::string_view method, std::string_view pattern, std::string_view summary,
           Response (State::*handle)(const Request&) const) {
    put(method, pattern, summary, true,
        [state = state_, handle](const Request& request) { return ((*state).*handle)(request); });
  }
  void add_infer(std::string_view pattern, std::string_view summary, Dress dress) {
    router_.add(
        {"POST",
         std::string(pattern),
         std::string(kTag),
         std::string(summary),
         [state = state_, dress](const Request& request) { return state->infer.handle(request, dress); },
         false,
         {},
         [state = state_](const Request& request) { return state->infer.is_quick(request); }});
  }

 private:
  void put(std::string_view method, std::string_view pattern, std::string_view summary, bool quick,
           http::Handler handler) {
    router_.add({std::string(method), std::string(pattern), std::string(kTag), std::string(summary),
                 std::move(handler), quick});
  }
  http::Router& router_;
  std::shared_ptr<State> state_;
};

}  // namespace

Oip::Oip(inference::Service& service, OipOptions options)
    : state_(std::make_shared<State>(service, std::move(options))) {}

Oip::~Oip() = default;

Trace& Oip::trace() {
  return state_->trace;
}

SharedMemory& Oip::shared_memory() {
  return state_->memory;
}

void Oip::mount(http::Router& router) {
  using S = State;
  Table<S> table(router, state_);
  table.add("GET", "/v2", "Name, version and extensions of this server.", &S::metadata);
  table.add("GET", "/v2/health/live", "Whether the server lives.", &S::live);
  table.add("GET", "/v2/health/ready", "Whether all models that were asked for are ready.", &S::ready);

  const std::string model = "/v2/models/{model}", version = model + "/versions/{version}";
  for (const std::string& path : {model, version}) {
    table.add("GET", path, "Inputs and outputs of a model.", &S::models, &Models::metadata);
    table.add("GET", path + "/ready", "Whether the model can be asked.", &S::models, &Models::ready);
    table.add("GET", path + "/config", "The model's configuration, completed.", &S::models, &Models::config);
    table.add("GET", path + "/stats", "What the model has done, exactly.", &S::models, &Models::statistics);
    table.add_infer(path + "/infer", "Runs a model on tensors.", Dress::infer);
    table.add_infer(path + "/generate", "Runs a model on the members of an object.", Dress::generate);
    table.add_infer(path + "/generate_stream", "The same, the answer as an event.", Dress::generate_stream);
  }
  table.add("GET", "/v2/models/stats", "What all models have done.", &S::models, &Models::statistics);

  for (const char* path : {"/v2/trace/setting", "/v2/models/{model}/trace/setting"}) {
    table.add("GET", path, "What is traced.", &S::settings, &Settings::trace);
    table.add("POST", path, "Changes what is traced.", &S::settings, &Settings::update_trace);
  }
  table.add("GET", "/v2/logging", "What is logged.", &S::settings, &Settings::logging);
  table.add("POST", "/v2/logging", "Changes what is logged.", &S::settings, &Settings::update_logging);

  const std::string repository = "/v2/repository", named = repository + "/{repository}";
  table.add("POST", repository + "/index", "Every version, its state and why.", &S::repository,
            &Repository::index);
  table.add("POST", repository + "/models/{model}/load", "Loads a model, as it lies there or as given.",
            &S::repository, &Repository::load);
  table.add("POST", repository + "/models/{model}/unload", "Lets go of all versions of a model.",
            &S::repository, &Repository::unload);
  table.add("POST", named + "/index", "The same for one repository: there are no names.", &S::repository,
            &Repository::index);
  for (const char* what : {"/load", "/unload"})
    table.add("POST", named + "/models/{model}" + what, "Not supported.", &S::repository, &Repository::named);

  const std::string region = "/region/{region}";
  for (const std::string& one : {std::string(), region}) {
    const std::string system = "/v2/systemsharedmemory" + one, cuda = "/v2/cudasharedmemory" + one;
    table.add("GET", system + "/status", "Registered shared memory.", &S::regions, &Regions::status);
    table.add("POST", system + "/unregister", "Forgets shared memory.", &S::regions, &Regions::remove);
    table.add("GET", cuda + "/status", "Registered CUDA memory: none.", &S::regions, &Regions::cuda_status);
    table.add("POST", cuda + "/unregister", "Forgets CUDA memory.", &S::regions, &Regions::cuda_remove);
  }
  table.add("POST", "/v2/systemsharedmemory" + region + "/register", "Registers shared memory under a name.",
            &S::regions, &Regions::add);
  table.add("POST", "/v2/cudasharedmemory" + region + "/register", "Refused: no GPU.", &S::regions,
            &Regions::cuda_add);
}

std::optional<Response> error_page(int status, std::string_view what, const Request& request) {
  if (request.path != "/v2" && !request.path.starts_with("/v2/")) return std::nullopt;
  if (status == 404) return error_answer(404, "Not Found");
  if (status == 405) return error_answer(405, "Method Not Allowed");
  if (status == 400 && request.path.starts_with("/v2/repository/models/") && request.path.contains("/.."))
    return error_answer(400, "model name must not contain path traversal characters");
  return error_answer(status, what);
}

}  // namespace oree::oip
