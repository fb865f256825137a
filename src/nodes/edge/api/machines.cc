// /api/v1/machines and /api/v1/anomalies: what machines say, and what was found in it.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/telemetry/charts.h"
#include "nodes/edge/telemetry/telemetry.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;
using readings::Micros;

constexpr size_t kMostPoints = 5'000;
constexpr int64_t kUsualSpanMs = 3'600'000;

template <class T>
Result<T> number_parameter(const Request& request, std::string_view name, T fallback, T least, T most) {
  const auto text = request.parameter(name);
  if (!text || text->empty()) return fallback;
  const auto number = parse_number<T>(*text);
  if (!number || *number < least || *number > most) {
    return fail(ErrorKind::invalid,
                cat("'", name, "' must be a number from ", least, " to ", most, ", got '", *text, "'"));
  }
  return *number;
}

json::Array to_json(const std::vector<detection::Anomaly>& anomalies) {
  json::Array out;
  for (const auto& anomaly : anomalies) out.push_back(detection::anomaly_json(anomaly));
  return out;
}

Response machine(const Request& request, Telemetry& telemetry) {
  const std::string name(request.capture("name"));
  auto value = telemetry.board().machine_json(name, 0);
  const auto anomalies = telemetry.anomalies().list({.machine = name});
  if (!anomalies) return error_response(anomalies.error());
  if (value.is_null() && anomalies->empty())
    return error_response({ErrorKind::not_found, cat("there is no machine '", name, "'")});
  if (value.is_null()) value = json::Object{{"name", name}, {"state", "stale"}, {"sensors", json::Array()}};
  value.set("anomalies", to_json(*anomalies));
  return http::json(200, json::print(value));
}

Result<ChartQuery> chart_query(const Request& request, Telemetry& telemetry) {
  constexpr int64_t kLast = readings::kEndOfTime / 1000;
  ChartQuery query{.machine = std::string(request.capture("name"))};
  const auto board = telemetry.board().machine_json(query.machine, 0);
  const auto* newest = board.find("newest");
  const int64_t now = newest != nullptr && newest->integer() ? *newest->integer() + 1 : kLast;
  const auto to = number_parameter<int64_t>(request, "to", now, 0, kLast);
  if (!to) return forward(to);
  const auto from =
      number_parameter<int64_t>(request, "from", std::max<int64_t>(0, *to - kUsualSpanMs), 0, kLast);
  if (!from) return forward(from);
  if (*from >= *to)
    return fail(ErrorKind::invalid, cat("'from' (", *from, ") must lie before 'to' (", *to, ")"));
  const auto points = number_parameter<size_t>(request, "points", 600, 2, kMostPoints);
  if (!points) return forward(points);
  query.range = {*from * 1000, *to * 1000};
  query.points = *points;
  const std::string sensors = request.parameter("sensors").value_or("");
  if (!sensors.empty()) {
    for (const auto sensor : split(sensors, ',')) query.sensors.emplace_back(sensor);
  }
  return query;
}

Response series(const Request& request, Telemetry& telemetry) {
  const auto query = chart_query(request, telemetry);
  if (!query) return error_response(query.error());
  auto view = telemetry.series().view();
  if (!view) return error_response(view.error());
  auto shown = chart(**view, *query, telemetry.board());
  if (!shown) return error_response(shown.error());
  const auto anomalies = telemetry.anomalies().list({.machine = query->machine,
                                                     .from = WallTime(microseconds(query->range.from)),
                                                     .to = WallTime(microseconds(query->range.to)),
                                                     .limit = 200});
  if (!anomalies) return error_response(anomalies.error());
  shown->emplace_back("anomalies", to_json(*anomalies));
  return http::json(200, json::print(*shown));
}

Response anomalies(const Request& request, Telemetry& telemetry) {
  const auto limit = number_parameter<size_t>(request, "limit", 50, 1, 1000);
  if (!limit) return error_response(limit.error());
  const auto found =
      telemetry.anomalies().list({.machine = request.parameter("machine").value_or(""), .limit = *limit});
  if (!found) return error_response(found.error());
  return http::json(200, json::print(json::Object{{"anomalies", to_json(*found)}}));
}

}  // namespace

void mount_machines(http::Router& router, Telemetry& telemetry) {
  const auto add = [&](std::string pattern, std::string summary, auto handler,
                       std::vector<http::QueryParameter> query = {}) {
    router.add({"GET", std::move(pattern), "station", std::move(summary),
                [&telemetry, handler](const Request& request) { return handler(request, telemetry); }, false,
                std::move(query)});
  };
  add("/api/v1/machines", "Every machine that has spoken: its state, newest readings and scores.",
      [](const Request&, Telemetry& t) {
        return http::json(200, json::print(t.board().machines_json([](const std::string&) { return 0; })));
      });
  add("/api/v1/machines/{name}", "One machine, with the anomalies found in it.", machine);
  add("/api/v1/machines/{name}/series", "Its readings and scores for a chart.", series,
      {{"from", "milliseconds since 1970; an hour before 'to' when absent"},
       {"to", "milliseconds since 1970; the newest reading when absent"},
       {"points", "how many points each sensor may have; 600 when absent"},
       {"sensors", "names, with commas between them; all when absent"}});
  add("/api/v1/anomalies", "Anomalies, newest first.", anomalies,
      {{"machine", "of this machine only"}, {"limit", "1 to 1000; 50 when absent"}});
  add("/api/v1/messages", "Messages: rates, queues, drops by reason, clients.",
      [](const Request&, Telemetry& t) { return http::json(200, json::print(t.messages_json())); });
}

}  // namespace oree::edge
