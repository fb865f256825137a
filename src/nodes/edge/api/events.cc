// /api/v1/events…: who hears of orders, what was delivered, and what could not be.
#include "base/text.h"
#include "nodes/edge/maintenance/maintenance.h"
#include "nodes/edge/station/parts.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

Result<size_t> limit_of(const Request& request) {
  const auto limit = parse_number<size_t>(request.parameter("limit").value_or("100"));
  if (!limit || *limit < 1 || *limit > 1000)
    return fail(ErrorKind::invalid, "'limit' must be a number from 1 to 1000");
  return *limit;
}

Response answer(const Result<json::Value>& value) {
  return value ? http::json(200, json::print(*value)) : error_response(value.error());
}

Response deliveries(const Request& request, Maintenance& maintenance) {
  const auto limit = limit_of(request);
  if (!limit) return error_response(limit.error());
  return answer(maintenance.deliveries_json(request.parameter("subscription").value_or(""),
                                            request.parameter("state").value_or(""), *limit));
}

Response dead(const Request& request, Maintenance& maintenance) {
  const auto limit = limit_of(request);
  return limit ? answer(maintenance.dead_json(*limit)) : error_response(limit.error());
}

Response retry(const Request& request, Maintenance& maintenance) {
  const auto done =
      maintenance.retry_dead(cat(request.capture("subscription"), "/", request.capture("number")));
  return done ? http::json(200, "{}") : error_response(done.error());
}

Response validate(const Request& request, Maintenance& maintenance) {
  if (maintenance.confirm_subscription(request.parameter("code").value_or("")))
    return http::text(200, "The subscription is confirmed.\n");
  return error_response(
      {ErrorKind::not_found, "no subscription waits for this code; it holds for five minutes"});
}

}  // namespace

void mount_events(http::Router& router, Maintenance& maintenance) {
  router.add(
      {"GET", "/api/v1/events/subscriptions", "maintenance", "Who hears of orders.",
       [&](const Request&) { return http::json(200, json::print(maintenance.subscriptions_json())); }});
  router.add({"GET",
              "/api/v1/events/deliveries",
              "maintenance",
              "What is waiting and what was tried.",
              [&](const Request& request) { return deliveries(request, maintenance); },
              false,
              {{"subscription", "of one"}, {"state", "waiting, delivered or dead"}, {"limit", "1 to 1000"}}});
  router.add({"GET",
              "/api/v1/events/dead",
              "maintenance",
              "Events that could not be delivered.",
              [&](const Request& request) { return dead(request, maintenance); },
              false,
              {{"limit", "1 to 1000"}}});
  router.add({"GET",
              "/api/v1/events/validate",
              "maintenance",
              "Confirms an Event Grid subscription by hand.",
              [&](const Request& request) { return validate(request, maintenance); },
              false,
              {{"code", "of the validation event"}}});
  router.add({"POST", "/api/v1/events/dead/{subscription}/{number}/retry", "maintenance", "Tries one again.",
              [&](const Request& request) { return retry(request, maintenance); }});
}

}  // namespace oree::edge
