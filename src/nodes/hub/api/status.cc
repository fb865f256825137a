// Who the hub is, who may ask it, what it decided, what it tells pages, and its metrics.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/parts.h"
#include "platform/http/ends/asker.h"
#include "platform/json/members.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;
using json::Object;

Response identity(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::operator_);
  const auto counts = parts.fleet.counts();
  Object out{
      {"name", parts.settings.hub},
      {"key", parts.hub_key.base64()},
      {"root", cat("sha256:", crypto::sha256(parts.vouching.first_root()).hex())},
      {"audit_key", parts.audit.key().text()},
      {"takes_unsigned", parts.packages.takes_unsigned()},
      {"now", now_ms(parts.clock)},
      {"person", person ? json::Value(Object{{"name", person->name}, {"role", role_name(person->role)}})
                        : json::Value()}};
  if (person) {
    out.emplace_back("stations", counts.stations);
    out.emplace_back("online", counts.online);
  }
  return http::json(200, json::print(out));
}

Response people(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::admin); !person) return to_response(person.error());
  const auto known = parts.people.people();
  if (!known) return to_response(known.error());
  json::Array out;
  for (const auto& one : *known) out.push_back(Object{{"name", one.name}, {"role", role_name(one.role)}});
  return http::json(200, json::print(Object{{"people", std::move(out)}}));
}

Response invite_station(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  const auto body = json::parse_object(request.body, {"note", "uses", "minutes"});
  if (!body) return to_response(body.error());
  auto note = json::text_member(*body, "note");
  const auto uses = json::whole_member(*body, "uses", 1, 1, 100'000);
  const auto minutes = json::whole_member(*body, "minutes", 24 * 60, 1, 365 * 24 * 60);
  if (!note) return to_response(note.error());
  if (!uses) return to_response(uses.error());
  if (!minutes) return to_response(minutes.error());
  Invitation invitation{.note = *std::move(note), .uses = *uses, .created = now_ms(parts.clock)};
  invitation.expires = invitation.created + *minutes * 60'000;
  const auto secret = parts.people.invite(invitation);
  if (!secret) return to_response(secret.error());
  parts.audit.add("invited", {{"note", invitation.note}, {"uses", invitation.uses}, {"by", person->name}});
  const std::string token = cat("oree1.", *secret, ".", crypto::sha256(parts.vouching.first_root()).hex());
  return http::json(201, json::print(Object{{"token", token}, {"expires", invitation.expires}}));
}

Response audit(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto limit = parse_number<size_t>(request.parameter("limit").value_or("200"));
  if (!limit || *limit < 1 || *limit > 1000)
    return to_response(Refusal{400, "invalid", "'limit' must be a number from 1 to 1000"});
  auto entries = parts.audit.newest(*limit);
  if (!entries) return to_response(entries.error());
  json::Array out;
  for (auto& entry : *entries) out.push_back(std::move(entry));
  return http::json(200, json::print(Object{{"entries", std::move(out)}, {"size", parts.audit.size()}}));
}

Response audit_file(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto bytes = parts.audit.file(request.capture("path"));
  return bytes ? http::text(200, as_text(*bytes)) : to_response(bytes.error());
}

Response events(const Request& request, Parts& parts) {
  // A browser's stream of events cannot carry a header.
  Request asked = request;
  if (const auto token = request.parameter("token"))
    asked.headers.emplace_back("Authorization", cat("Bearer ", *token));
  if (auto person = person_for(asked, parts, Role::operator_); !person) return to_response(person.error());
  Response response;
  response.on_stream = [&parts](std::shared_ptr<http::EventStream> stream) {
    stream->send("changed", "", "{}");
    parts.feed.join(std::move(stream));
  };
  return response;
}

void print_metric(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out += cat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

std::string prometheus(Parts& parts) {
  const auto counts = parts.fleet.counts();
  std::string out;
  print_metric(out, "oree_fleet_stations", "Stations that are enrolled, by what they are.", "gauge");
  for (const auto& [state, many] :
       {std::pair{"enrolled", counts.stations}, std::pair{"online", counts.online},
        std::pair{"waiting", counts.waiting}, std::pair{"cloned", counts.cloned},
        std::pair{"updating", counts.updating}})
    out += cat("oree_fleet_stations{state=\"", state, "\"} ", many, "\n");
  print_metric(out, "oree_fleet_requests_total", "Requests that models of the fleet answered.", "counter");
  const auto totals = parts.evidence.totals();
  const auto labels = [](const PackageTotals& total) {
    return cat("{model=\"", total.model, "\",version=\"", total.version, "\"} ");
  };
  for (const auto& [package, total] : totals)
    out += cat("oree_fleet_requests_total", labels(total), total.requests, "\n");
  print_metric(out, "oree_fleet_errors_total", "Those of them that failed.", "counter");
  for (const auto& [package, total] : totals)
    out += cat("oree_fleet_errors_total", labels(total), total.errors, "\n");
  print_metric(out, "oree_rollout_stations", "Stations of each roll-out.", "gauge");
  for (const auto& rollout : parts.conductor.list()) {
    const auto c = rollouts::count(rollout.state);
    for (const auto& [state, many] : {std::pair{"exposed", c.exposed}, std::pair{"proven", c.proven},
                                      std::pair{"failed", c.failed}, std::pair{"offline", c.offline}})
      out +=
          cat("oree_rollout_stations{rollout=\"", rollout.plan.id, "\",state=\"", state, "\"} ", many, "\n");
  }
  return out;
}

}  // namespace

int64_t now_ms(const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.wall().time_since_epoch()).count();
}

Outcome<Person> person_for(const http::Request& request, Parts& parts, Role least) {
  std::optional<Person> known;
  if (const auto token = http::bearer_of(request); !token.empty()) {
    auto found = parts.people.find_person(token);
    if (!found) return std::unexpected(refusal_of(found.error()));
    known = *std::move(found);
  }
  const auto people = parts.people.people();
  if (!people) return std::unexpected(refusal_of(people.error()));
  return check_access(request, known, !people->empty(), least);
}

void mount_status(http::Router& router, Parts& parts) {
  router.add({"GET", "/api/v1/hub", "hub", "Name and keys, and who asks.",
              [&](const Request& request) { return identity(request, parts); }});
  router.add({"GET", "/api/v1/people", "hub", "Who may ask, in which role.",
              [&](const Request& request) { return people(request, parts); }});
  router.add({"POST", "/api/v1/invitations", "hub", "A token for a station.",
              [&](const Request& request) { return invite_station(request, parts); }});
  router.add({"GET",
              "/api/v1/audit",
              "hub",
              "What was decided, newest first.",
              [&](const Request& request) { return audit(request, parts); },
              false,
              {{"limit", "1 to 1000"}}});
  router.add({"GET", "/audit/{path...}", "hub",
              "The log's own files: checkpoint, tiles (c2sp.org/tlog-tiles).",
              [&](const Request& request) { return audit_file(request, parts); }});
  router.add({"GET", "/events", "hub", "Tells pages that something changed.",
              [&](const Request& request) { return events(request, parts); }});
  router.add({"GET", "/metrics", "hub", "For Prometheus.",
              [&](const Request&) { return http::text(200, prometheus(parts)); }});
  router.add({"GET", "/api/v1/health/live", "hub", "Says that the hub lives.",
              [](const Request&) { return http::json(200, R"({"status":"ok"})"); }, true});
}

}  // namespace oree::hub
