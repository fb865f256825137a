#include "services/serving/dialects/oip_v2.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/serving/dialects/oip_json.h"
#include "services/serving/pool.h"

namespace oree::serving {

namespace {

using http::Request;
using http::Response;
using ServedResult = Result<std::shared_ptr<const ServedModel>>;

constexpr std::string_view kTag = "oip-v2";

Response error_body(int status, std::string_view what) {
  json::Value body;
  body.set("error", what);
  return http::json(status, json::print(body));
}

Response error_answer(const Error& error) {
  return error_body(facts(error.kind).http_status, error.what);
}

// Shared by the routes; lives as long as they do.
class Dialect {
 public:
  Dialect(ModelRepository& repository, OipServer server)
      : repository_(repository), server_(std::move(server)) {}

  Response live(const Request&) const { return http::json(200, R"({"live":true})"); }

  Response ready(const Request&) const {
    const std::vector<ModelStatus> models = repository_.list();
    const bool loading = std::ranges::any_of(
        models, [](const ModelStatus& model) { return model.state == ModelState::loading; });
    return loading ? http::json(400, R"({"ready":false})") : http::json(200, R"({"ready":true})");
  }

  Response server_metadata(const Request&) const {
    json::Value body;
    body.set("name", server_.name);
    body.set("version", server_.version);
    body.set("extensions", json::Array{"model_repository"});
    return http::json(200, json::print(body));
  }

  Response model_metadata(const Request& request) const {
    const ServedResult served = find(request);
    if (!served) return error_answer(served.error());
    json::Array versions;
    for (const ModelStatus& model : repository_.list()) {
      if (model.name == (*served)->identity.name && model.state == ModelState::ready) {
        versions.emplace_back(model.version);
      }
    }
    const inference::Signature& signature = (*served)->model->signature();
    json::Value body;
    body.set("name", (*served)->identity.name);
    body.set("versions", std::move(versions));
    body.set("platform", (*served)->platform);
    body.set("inputs", tensors(signature.inputs));
    body.set("outputs", tensors(signature.outputs));
    return http::json(200, json::print(body));
  }

  Response model_ready(const Request& request) const {
    const ServedResult served = find(request);
    if (!served && served.error().kind == ErrorKind::not_found) return error_answer(served.error());
    if (!served) return error_body(400, cat("Model version not ready: ", served.error().what));
    json::Value body;
    body.set("name", (*served)->identity.name);
    body.set("ready", true);
    return http::json(200, json::print(body));
  }

  Response infer(const Request& request) const {
    if (!request.header("Inference-Header-Content-Length").empty()) {
      return error_body(501,
                        "binary tensors (Inference-Header-Content-Length) are not spoken yet; send JSON");
    }
    const ServedResult served = find(request);
    if (!served) return error_answer(served.error());
    const auto reader = readers_.take([] { return std::make_unique<json::Reader>(); });
    const Result<InferRequest> parsed = parse_infer_json(*reader, request.body);
    if (!parsed) return error_answer(parsed.error());
    const Result<InferAnswer> answer = serving::infer(**served, *parsed);
    if (!answer) return error_answer(answer.error());
    Result<std::string> body = print_infer_json(*answer);
    if (!body) return error_answer(body.error());
    return http::json(200, std::move(*body));
  }

  Response index(const Request& request) const {
    const bool only_ready = request.body.find("true") != std::string::npos && asks_ready(request.body);
    json::Array models;
    for (const ModelStatus& model : repository_.list()) {
      if (only_ready && model.state != ModelState::ready) continue;
      json::Value& row = models.emplace_back();
      row.set("name", model.name);
      row.set("version", model.version);
      row.set("state", state_name(model.state));
      row.set("reason", model.reason);
    }
    return http::json(200, json::print(json::Value(std::move(models))));
  }

  Response load(const Request& request) const {
    return done(repository_.load_version(request.capture("model"), ""));
  }
  Response unload(const Request& request) const {
    return done(repository_.unload_version(request.capture("model"), ""));
  }

 private:
  static Response done(const Status& status) {
    if (!status) return error_answer(status.error());
    return http::json(200, "");
  }

  static bool asks_ready(std::string_view body) {
    const Result<json::Value> parsed = json::parse(body);
    const json::Value* ready = parsed ? parsed->find("ready") : nullptr;
    return ready != nullptr && ready->boolean() != nullptr && *ready->boolean();
  }

  static json::Value tensors(const std::vector<tensor::TensorSpec>& specs) {
    json::Array rows;
    for (const tensor::TensorSpec& spec : specs) {
      json::Value& row = rows.emplace_back();
      row.set("name", spec.name);
      row.set("datatype", tensor::facts(spec.dtype).name);
      row.set("shape", json::Array(spec.shape.begin(), spec.shape.end()));
    }
    return rows;
  }

  // The model a path names, or the sentence that the protocol's clients look for.
  ServedResult find(const Request& request) const {
    const std::string_view name = request.capture("model");
    const std::string_view version = request.capture("version");
    ServedResult served = repository_.served(name, version);
    if (served) return served;
    const std::string model = cat("Request for unknown model: '", name, "'");
    const std::string which = version.empty() ? model : cat(model, " version ", version);
    const Error& why = served.error();
    if (why.kind == ErrorKind::not_found && !exists(name, version)) {
      return fail(ErrorKind::not_found, cat(which, " is not found"));
    }
    const std::string_view state =
        version.empty() ? " has no available versions: " : " is not at ready state: ";
    return fail(ErrorKind::unavailable, cat(which, state, why.what));
  }

  bool exists(std::string_view name, std::string_view version) const {
    return std::ranges::any_of(repository_.list(), [&](const ModelStatus& model) {
      return model.name == name && (version.empty() || model.version == version);
    });
  }

  ModelRepository& repository_;
  OipServer server_;
  mutable Pool<json::Reader> readers_;
};

}  // namespace

void mount_oip_v2(http::Router& router, ModelRepository& repository, const OipServer& server) {
  using Handle = Response (Dialect::*)(const Request&) const;
  struct Row {
    std::string_view method, pattern, summary;
    Handle handle;
    bool quick = false;
  };
  static constexpr Row kRoutes[] = {
      {"GET", "/v2", "Name, version and extensions of this server.", &Dialect::server_metadata, true},
      {"GET", "/v2/health/live", "Whether the server lives.", &Dialect::live, true},
      {"GET", "/v2/health/ready", "Whether no model is being loaded.", &Dialect::ready, true},
      {"GET", "/v2/models/{model}", "Inputs and outputs of the newest version.", &Dialect::model_metadata},
      {"GET", "/v2/models/{model}/versions/{version}", "Inputs and outputs of one version.",
       &Dialect::model_metadata},
      {"GET", "/v2/models/{model}/ready", "Whether the model can be asked.", &Dialect::model_ready},
      {"GET", "/v2/models/{model}/versions/{version}/ready", "Whether this version can be asked.",
       &Dialect::model_ready},
      {"POST", "/v2/models/{model}/infer", "Runs the newest version on tensors.", &Dialect::infer},
      {"POST", "/v2/models/{model}/versions/{version}/infer", "Runs one version on tensors.",
       &Dialect::infer},
      {"POST", "/v2/repository/index", "Every version, its state and why.", &Dialect::index},
      {"POST", "/v2/repository/models/{model}/load", "Loads the highest version.", &Dialect::load},
      {"POST", "/v2/repository/models/{model}/unload", "Lets go of all versions.", &Dialect::unload},
  };
  const auto dialect = std::make_shared<const Dialect>(repository, server);
  for (const Row& row : kRoutes) {
    router.add(
        {std::string(row.method), std::string(row.pattern), std::string(kTag), std::string(row.summary),
         [dialect, handle = row.handle](const Request& request) { return ((*dialect).*handle)(request); },
         row.quick});
  }
}

std::optional<http::Response> oip_v2_error_page(int status, std::string_view what,
                                                const http::Request& request) {
  if (request.path != "/v2" && !request.path.starts_with("/v2/")) return std::nullopt;
  if (status == 404) return error_body(404, "Not Found");
  if (status == 405) return error_body(405, "Method Not Allowed");
  return error_body(status, what);
}

}  // namespace oree::serving
