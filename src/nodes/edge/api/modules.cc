// /api/v1/modules: what runs beside the station, its logs, starting it again. /api/v1/check.
#include "nodes/edge/modules/modules.h"

#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/station/version.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

Result<modules::LogQuery> read_query(const Request& request, WallTime now) {
  modules::LogQuery query;
  query.after = request.parameter("after").value_or("");
  if (const auto tail = request.parameter("tail")) {
    const auto count = modules::parse_tail(*tail);
    if (!count) return forward(count, "tail");
    query.tail = *count;
  }
  for (const auto& [name, into] : {std::pair{"since", &query.since}, std::pair{"until", &query.until}}) {
    const auto text = request.parameter(name);
    if (!text) continue;
    const auto time = modules::parse_log_time(*text, now);
    if (!time) return forward(time, name);
    *into = *time;
  }
  return query;
}

Response logs(const Request& request, Modules& modules, const Clock& clock) {
  const auto query = read_query(request, clock.wall());
  if (!query) return error_response(query.error());
  const auto page = modules.logs(std::string(request.capture("name")), *query);
  if (!page) return error_response(page.error());
  return http::text(200, page->text).with("X-Log-Cursor", page->cursor);
}

Response restart(const Request& request, Modules& modules) {
  const auto done = modules.supervisor().restart(std::string(request.capture("name")));
  return done ? http::json(202, "{}") : error_response(done.error());
}

Response list(const Request& request, Modules& modules, const Clock& clock) {
  if (request.parameter("as") == "iotedge")
    return http::text(200, modules::list_text(modules.rows(), clock.wall()));
  return http::json(200, json::print(modules.json()));
}

json::Value checks_json(const Modules& modules) {
  json::Array out;
  for (const auto& check : modules.checks()) {
    json::Array details;
    for (const auto& detail : check.details) details.push_back(detail);
    out.push_back(json::Object{{"id", check.id},
                               {"name", check.name},
                               {"section", check.section},
                               {"outcome", static_cast<int>(check.outcome)},
                               {"details", std::move(details)}});
  }
  return json::Object{{"version", kVersion}, {"checks", std::move(out)}};
}

}  // namespace

void mount_modules(http::Router& router, Modules& modules, const Clock& clock) {
  router.add({"GET",
              "/api/v1/modules",
              "modules",
              "What runs beside the station, and the deployment.",
              [&](const Request& request) { return list(request, modules, clock); },
              false,
              {{"as", "iotedge: the table of `iotedge list`"}}});
  router.add({"GET",
              "/api/v1/modules/{name}/logs",
              "modules",
              "What a module said.",
              [&](const Request& request) { return logs(request, modules, clock); },
              false,
              {{"tail", "The newest so many lines, or all"},
               {"since", "\"1 day\", RFC 3339, or seconds since 1970"},
               {"until", "The same"},
               {"after", "X-Log-Cursor of an earlier answer: only what came since"}}});
  router.add({"POST", "/api/v1/modules/{name}/restart", "modules", "Stops a module and starts it again.",
              [&](const Request& request) { return restart(request, modules); }});
  router.add({"GET", "/api/v1/check", "modules", "What `oree check` asks.",
              [&](const Request&) { return http::json(200, json::print(checks_json(modules))); }});
}

}  // namespace oree::edge
