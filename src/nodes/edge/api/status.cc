// /api/v1/station, /events, /metrics: how the station is.
#include "base/text.h"
#include "core/monitoring/host.h"
#include "nodes/edge/fleet/fleet_link.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/station/version.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;
using json::Array;
using json::Object;
using json::Value;

Value storage_json(const Parts& parts) {
  const auto stats = parts.store.stats();
  return Object{{"records", stats.records},
                {"blobs", stats.blobs},
                {"bytes", stats.bytes},
                {"max_bytes", stats.max_bytes},
                {"free_bytes", stats.free_bytes},
                {"written_bytes", stats.written_bytes},
                {"expired_records", stats.expired_records},
                {"refused", stats.refused},
                {"full", stats.full}};
}

Value cameras_json(const Parts& parts) {
  Array out;
  const auto active = parts.configurations.active();
  if (!active.inspector) return out;
  for (const auto& camera : active.inspector->cameras()) {
    out.push_back(Object{{"name", camera.name},
                         {"type", camera_kind_name(camera.kind)},
                         {"state", camera.state},
                         {"last_error", camera.last_error},
                         {"last_seen", camera.last_seen ? Value(iso_text(*camera.last_seen)) : Value()},
                         {"frames", camera.frames},
                         {"failures", camera.failures},
                         {"deadline_ms", int64_t{camera.deadline.count()}}});
  }
  return out;
}

Value triggers_json(const Parts& parts) {
  Array out;
  for (const auto& trigger : parts.triggers()) {
    out.push_back(Object{{"type", trigger.type},
                         {"detail", trigger.detail},
                         {"fired", trigger.fired},
                         {"missed", trigger.missed}});
  }
  return out;
}

Value check(std::string_view name, std::string_view state, std::string detail) {
  return Object{{"check", name}, {"state", state}, {"detail", std::move(detail)}};
}

Value health_json(const Parts& parts) {
  Array out;
  const auto stats = parts.store.stats();
  out.push_back(
      check("disk",
            stats.full                                           ? "failed"
            : stats.free_bytes < 2 * parts.file.storage.min_free ? "warning"
                                                                 : "ok",
            stats.full ? "full: new items are refused" : cat(size_text(stats.free_bytes), " free")));
  const auto active = parts.configurations.active();
  out.push_back(check("configuration", active.configuration ? "ok" : "failed",
                      active.configuration ? active.configuration->name : "none is active"));
  if (!active.inspector) return out;
  for (const auto& camera : active.inspector->cameras()) {
    const bool bad = camera.state == "failed" || camera.state == "late";
    out.push_back(
        check(cat("camera ", camera.name), bad ? "failed" : "ok", bad ? camera.last_error : camera.state));
  }
  for (const auto& step : active.inspector->plan().steps) {
    const auto model = parts.models.find(step.model, step.version);
    out.push_back(check(cat("model ", step.model), model ? "ok" : "failed",
                        model ? cat("version ", (*model)->identity().version) : model.error().what));
  }
  return out;
}

Value log_json(const Parts& parts) {
  Array out;
  for (auto& line : parts.log.lines()) out.push_back(std::move(line));
  return out;
}

Response events(const Request& request, Parts& parts) {
  Response response;
  response.on_stream = [&parts, last = std::string(request.header("Last-Event-ID"))](auto stream) {
    parts.feed.join(std::move(stream), last);
  };
  return response;
}

Response metrics(Parts& parts) {
  Response response = http::text(200, parts.metrics.prometheus());
  response.headers.clear();
  response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

Response history(const Request& request, Parts& parts) {
  const auto minutes = parse_number<int>(request.parameter("minutes").value_or("10"));
  if (!minutes || *minutes < 1)
    return error_response({ErrorKind::invalid, "'minutes' must be a number from 1 to 60"});
  return http::json(200, json::print(parts.statistics.history(*minutes)));
}

}  // namespace

Value pulse_json(const Parts& parts) {
  return Object{{"totals", parts.statistics.totals()},
                {"health", health_json(parts)},
                {"cameras", cameras_json(parts)}};
}

Value station_json(const Parts& parts) {
  const auto usage = monitoring::read_host_usage();
  const auto up = std::chrono::duration<double>(parts.clock.wall() - parts.started).count();
  return Object{{"station_name", parts.file.plan.station},
                {"version", kVersion},
                {"started", iso_text(parts.started)},
                {"uptime_s", up},
                {"host", Object{{"name", usage.host_name},
                                {"cpus", usage.host_cpus},
                                {"load", usage.host_load},
                                {"memory_bytes", usage.host_memory_bytes},
                                {"available_bytes", usage.host_available_bytes}}},
                {"process", Object{{"rss_bytes", usage.process_resident_bytes},
                                   {"cpu_s", usage.process_cpu_seconds},
                                   {"threads", usage.process_threads}}},
                {"storage", storage_json(parts)},
                {"cameras", cameras_json(parts)},
                {"models", models_json(parts)},
                {"triggers", triggers_json(parts)},
                {"telemetry", parts.telemetry != nullptr},
                {"maintenance", parts.maintenance != nullptr},
                {"modules", parts.modules != nullptr},
                {"fleet", parts.fleet != nullptr ? to_json(parts.fleet->standing()) : Value()},
                {"totals", parts.statistics.totals()},
                {"health", health_json(parts)},
                {"log", log_json(parts)}};
}

void mount_status(http::Router& router, Parts& parts) {
  router.add({"GET", "/api/v1/station", "station", "What runs here: cameras, models, disk, health, log.",
              [&parts](const Request&) { return http::json(200, json::print(station_json(parts))); }});
  router.add({"GET",
              "/api/v1/station/history",
              "station",
              "Decisions and latency in 10 s buckets.",
              [&parts](const Request& request) { return history(request, parts); },
              false,
              {{"minutes", "how far back; 10 when absent"}}});
  router.add({"GET", "/events", "station", "Every verdict as it falls (server-sent events).",
              [&parts](const Request& request) { return events(request, parts); }});
  router.add({"GET", "/metrics", "station", "Counters and latencies for Prometheus.",
              [&parts](const Request&) { return metrics(parts); }});
}

}  // namespace oree::edge
