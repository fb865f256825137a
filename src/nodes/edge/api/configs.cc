// /api/v1/configs…: which configurations there are, and which one is at work.
#include "base/text.h"
#include "nodes/edge/station/parts.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

const Error kNoneActive{ErrorKind::invalid, "No active configuration set"};

// FastAPI's status for a body or parameter that makes no sense, which VIO's clients expect here.
Response unprocessable(std::string_view why) {
  Response response = error_response({ErrorKind::invalid, std::string(why)});
  response.status = 422;
  return response;
}

Response list(const Request& request, Parts& parts) {
  if (request.parameter("reload").value_or("") == "true") {
    if (auto status = parts.configurations.load(); !status) return error_response(status.error());
  }
  json::Object out;
  for (const auto& [name, configuration] : parts.configurations.all())
    out.emplace_back(name, configuration->json);
  if (out.empty()) return error_response({ErrorKind::invalid, "No existing configuration"});
  return http::json(200, json::print(out));
}

Response active(const Request&, Parts& parts) {
  const auto current = parts.configurations.active();
  if (!current.configuration) return error_response(kNoneActive);
  return http::json(200, json::print(current.configuration->json));
}

Response activate(const Request& request, Parts& parts) {
  const auto name = request.parameter("station_name");
  const bool has_body = !trim(request.body).empty();
  if (name.has_value() == has_body) {
    return unprocessable("give exactly one of ?station_name= and a station configuration as the body");
  }
  if (name) {
    const auto activated = parts.configurations.activate(*name);
    return activated ? http::json(200, json::print(activated->configuration->json))
                     : unprocessable(activated.error().what);
  }
  const auto body = json::parse(request.body);
  if (!body) return unprocessable(body.error().what);
  const auto activated = parts.configurations.activate(*body);
  if (activated) return http::json(200, json::print(activated->configuration->json));
  return activated.error().kind == ErrorKind::invalid ? unprocessable(activated.error().what)
                                                      : error_response(activated.error());
}

Response ready(const Request&, Parts& parts) {
  const auto current = parts.configurations.active();
  if (!current.configuration) {
    return http::json(503, json::print(json::Object{{"status", "not ready"}, {"reason", kNoneActive.what}}));
  }
  return http::json(
      200, json::print(json::Object{{"status", "ready"}, {"active_config", current.configuration->name}}));
}

}  // namespace

void mount_configs(http::Router& router, Parts& parts) {
  const auto add = [&](std::string method, std::string pattern, std::string summary, auto handler,
                       std::vector<http::QueryParameter> query = {}) {
    router.add({std::move(method), std::move(pattern), "station", std::move(summary),
                [&parts, handler](const Request& request) { return handler(request, parts); }, false,
                std::move(query)});
  };
  add("GET", "/api/v1", "What this is.", [](const Request&, Parts& p) {
    return http::text(200, cat("Orée station ", p.file.plan.station, ": see /openapi.json"));
  });
  add("GET", "/api/v1/configs", "The configurations by name.", list,
      {{"reload", "true reads the folder of configurations again first"}});
  add("GET", "/api/v1/configs/active", "The configuration at work.", active);
  add("POST", "/api/v1/configs/active", "Puts a configuration to work, by ?station_name= or as the body.",
      activate, {{"station_name", "the name of a known configuration"}});
  add("GET", "/api/v1/health/live", "Whether the process answers.",
      [](const Request&, Parts&) { return http::json(200, R"({"status":"ok"})"); });
  add("GET", "/api/v1/health/ready", "Whether a configuration is at work.", ready);
}

}  // namespace oree::edge
