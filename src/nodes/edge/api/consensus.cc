// /api/v1/authorities, /api/v1/ledger and /ledger: who approves, and what can be proven.
#include "base/text.h"
#include "nodes/edge/maintenance/maintenance.h"
#include "nodes/edge/station/parts.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

Response entries(const Request& request, Maintenance& maintenance) {
  const auto from = parse_number<uint64_t>(request.parameter("from").value_or("0"));
  const auto limit = parse_number<size_t>(request.parameter("limit").value_or("50"));
  if (!from || !limit || *limit < 1 || *limit > 1000)
    return error_response({ErrorKind::invalid, "'from' must be a number from 0, 'limit' one from 1 to 1000"});
  const auto found = maintenance.ledger_entries_json(*from, *limit);
  return found ? http::json(200, json::print(*found)) : error_response(found.error());
}

// Tiles never change, but for the partial ones, which have a name of their own for each width.
Response file(const Request& request, Maintenance& maintenance) {
  const std::string path(request.capture("rest"));
  auto bytes = maintenance.ledger_file(path);
  if (!bytes) return error_response(bytes.error());
  const bool checkpoint = path == "checkpoint";
  Response response;
  response.body = *std::move(bytes);
  response.with("Content-Type", checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream");
  response.with("Cache-Control", checkpoint ? "no-cache" : "public, max-age=31536000, immutable");
  return response;
}

}  // namespace

void mount_consensus(http::Router& router, Maintenance& maintenance) {
  router.add({"GET", "/api/v1/authorities", "maintenance", "Who approves orders, and how they answered.",
              [&](const Request&) { return http::json(200, json::print(maintenance.authorities_json())); }});
  router.add({"GET", "/api/v1/ledger", "maintenance", "The ledger: size, root, checkpoint, keys.",
              [&](const Request&) { return http::json(200, json::print(maintenance.ledger_json())); }});
  router.add({"GET",
              "/api/v1/ledger/entries",
              "maintenance",
              "Entries of the ledger.",
              [&](const Request& request) { return entries(request, maintenance); },
              false,
              {{"from", "the first index"}, {"limit", "1 to 1000"}}});
  router.add({"GET", "/ledger/{rest...}", "maintenance", "The log's checkpoint and tiles (C2SP tlog-tiles).",
              [&](const Request& request) { return file(request, maintenance); }});
}

}  // namespace oree::edge
