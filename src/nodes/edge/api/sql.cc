// /api/v1/sql and /api/v1/jobs: questions to the station's tables and series, and what works on them by
// itself.
#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/telemetry/desk.h"
#include "nodes/edge/telemetry/telemetry.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

constexpr int64_t kMostRows = 100'000;
constexpr int64_t kUsualRows = 1'000;

// Readers only: whoever reaches the port may look, and change nothing.
Response ask(const Request& request, Telemetry& telemetry, const Clock& clock) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  const auto* text = body->find("sql");
  if (text == nullptr || text->text() == nullptr)
    return error_response({ErrorKind::invalid, "the body must be {\"sql\": \"SELECT …\", \"limit\": 1000}"});
  const auto* limit = body->find("limit");
  const int64_t rows = limit != nullptr ? limit->integer().value_or(0) : kUsualRows;
  if (rows < 1 || rows > kMostRows)
    return error_response({ErrorKind::invalid, cat("'limit' must be a number from 1 to ", kMostRows)});
  queries::Limits limits;
  limits.rows = static_cast<size_t>(rows);
  limits.nobody_waits = [&request] { return request.client_gone(); };
  const MonoTime started = clock.mono();
  const auto answer = telemetry.desk().ask(*text->text(), queries::Role::reader, limits);
  if (!answer) return error_response(answer.error());
  auto out = tsql::to_json(*answer);
  out.set("elapsed_ms", std::chrono::duration<double, std::milli>(clock.mono() - started).count());
  return http::json(200, json::print(out));
}

}  // namespace

void mount_sql(http::Router& router, Telemetry& telemetry) {
  router.add({"POST", "/api/v1/sql", "station", "Asks the station's tables and series; changes nothing.",
              [&telemetry](const Request& request) { return ask(request, telemetry, SystemClock()); }});
  router.add(
      {"GET", "/api/v1/jobs", "station", "Streaming jobs and schedules, with their states.",
       [&telemetry](const Request&) { return http::json(200, json::print(telemetry.desk().jobs_json())); }});
}

}  // namespace oree::edge
