// /api/v1/alerts and /api/v1/silences: what fires, and what is not to be told for a while.
#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/telemetry/telemetry.h"
#include "nodes/edge/telemetry/told.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

constexpr double kMostMinutes = 60 * 24 * 365;

int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

json::Array rules_json(const alerts::AlertService& service) {
  json::Array out;
  for (const auto& rule : service.rules()) {
    out.push_back(json::Object{{"name", rule.name},
                               {"expression", alerts::print(rule.expression)},
                               {"for_s", std::chrono::duration<double>(rule.hold_for).count()},
                               {"severity", alerts::severity_name(rule.severity)}});
  }
  return out;
}

json::Array silences_json(const alerts::AlertService& service) {
  json::Array out;
  for (const auto& silence : service.silences()) {
    json::Object matchers;
    for (const auto& matcher : silence.matchers)
      matchers.emplace_back(matcher.name == "alertname" ? "rule" : matcher.name, matcher.value);
    out.push_back(json::Object{{"id", silence.id},
                               {"matchers", std::move(matchers)},
                               {"from", to_ms(silence.from)},
                               {"until", to_ms(silence.until)},
                               {"comment", silence.comment}});
  }
  return out;
}

Response list(const Request&, Telemetry& telemetry) {
  const auto& service = telemetry.alerts();
  json::Array alerts;
  for (const auto& alert : service.alerts()) alerts.push_back(alert_json(alert, service.is_silenced(alert)));
  return http::json(200, json::print(json::Object{{"alerts", std::move(alerts)},
                                                  {"silences", silences_json(service)},
                                                  {"rules", rules_json(service)}}));
}

// {"machine": "robot-1", "rule": "robot_anomaly"}: labels by name; "rule" is the label alertname.
Result<std::vector<alerts::Matcher>> matchers_of(const json::Value& body) {
  const auto* given = body.find("matchers");
  const auto* object = given != nullptr ? given->object() : nullptr;
  if (object == nullptr || object->empty())
    return fail(ErrorKind::invalid,
                "'matchers' must be an object of labels, such as {\"machine\": \"robot-1\"}");
  std::vector<alerts::Matcher> matchers;
  for (const auto& [name, value] : *object) {
    if (value.text() == nullptr) return fail(ErrorKind::invalid, cat("matcher '", name, "' must be a text"));
    matchers.push_back({name == "rule" ? "alertname" : name, alerts::Matcher::How::equal, *value.text()});
  }
  return matchers;
}

Response silence(const Request& request, Telemetry& telemetry) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  auto matchers = matchers_of(*body);
  if (!matchers) return error_response(matchers.error());
  const auto* minutes = body->find("minutes");
  const auto length = minutes != nullptr ? minutes->number() : std::nullopt;
  if (!length || !(*length > 0) || *length > kMostMinutes)
    return error_response({ErrorKind::invalid, "'minutes' must be a number above 0, at most a year"});
  const auto* comment = body->find("comment");
  const auto id = telemetry.alerts().silence(
      std::move(*matchers), microseconds(static_cast<int64_t>(*length * 60e6)),
      comment != nullptr && comment->text() != nullptr ? *comment->text() : std::string());
  if (!id) return error_response(id.error());
  return http::json(201, json::print(json::Object{{"id", *id}}));
}

Response lift(const Request& request, Telemetry& telemetry) {
  if (auto done = telemetry.alerts().lift(request.capture("id")); !done) return error_response(done.error());
  Response response;
  response.status = 204;
  return response;
}

}  // namespace

void mount_alerts(http::Router& router, Telemetry& telemetry) {
  const auto add = [&](std::string method, std::string pattern, std::string summary, auto handler) {
    router.add({std::move(method), std::move(pattern), "station", std::move(summary),
                [&telemetry, handler](const Request& request) { return handler(request, telemetry); }});
  };
  add("GET", "/api/v1/alerts", "Alerts that are pending, firing or over; silences; rules.", list);
  add("POST", "/api/v1/silences", "Tells nobody of alerts with these labels for so many minutes.", silence);
  add("DELETE", "/api/v1/silences/{id}", "Ends a silence.", lift);
}

}  // namespace oree::edge
