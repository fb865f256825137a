// /api/v1/rollouts: what is on its way to the fleet, how far it is, and the button that stops it.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "nodes/hub/parts.h"
#include "platform/json/members.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;
using json::Object;
using rollouts::StationState;

constexpr int64_t kLongestWatch = 366 * 24 * 3600, kMostWhole = std::numeric_limits<int32_t>::max();

int64_t ms_of(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

json::Value waves_json(const Rollout& rollout) {
  json::Array waves;
  const auto& state = rollout.state;
  const bool over = state.status == rollouts::RolloutStatus::done;
  for (int number = 0; number < static_cast<int>(rollout.plan.waves.size()); ++number) {
    const auto& wave = rollout.plan.waves[static_cast<size_t>(number)];
    int stations = 0, healthy = 0, failed = 0;
    for (const auto& [id, progress] : state.stations) {
      if (progress.wave != number) continue;
      ++stations;
      healthy += progress.proven || progress.state == StationState::healthy ? 1 : 0;
      failed += progress.failed ? 1 : 0;
    }
    waves.push_back(Object{{"name", wave.name},
                           {"percent", wave.percent},
                           {"count", wave.count},
                           {"state", number < state.wave || over ? "done"
                                     : number == state.wave      ? "running"
                                                                 : "waiting"},
                           {"stations", stations},
                           {"healthy", healthy},
                           {"failed", failed}});
  }
  return waves;
}

json::Value gates_json(const std::vector<rollouts::GateView>& gates) {
  json::Array out;
  for (const auto& gate : gates)
    out.push_back(Object{
        {"hardware", gate.hardware}, {"gate", gate.gate}, {"verdict", gate.verdict}, {"text", gate.text}});
  return out;
}

Response list(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  json::Array out;
  for (const auto& rollout : parts.conductor.list()) out.push_back(rollout_json(rollout, parts));
  return http::json(200, json::print(Object{{"rollouts", std::move(out)}, {"now", now_ms(parts.clock)}}));
}

Response show(const Rollout& rollout, Parts& parts) {
  json::Value out = rollout_json(rollout, parts);
  json::Array stations;
  for (const auto& [id, progress] : rollout.state.stations) {
    stations.push_back(Object{{"id", id},
                              {"state", rollouts::state_name(progress.state)},
                              {"since", ms_of(progress.since)},
                              {"wave", progress.wave},
                              {"exposed", progress.exposed},
                              {"proven", progress.proven.has_value()},
                              {"why", progress.why}});
  }
  out.set("by_station", std::move(stations));
  out.set("gates", gates_json(parts.conductor.gates(rollout)));
  out.set("waits_for", parts.conductor.waits_for(rollout));
  out.set("plan", rollouts::to_json(rollout.plan));
  return http::json(200, json::print(out));
}

Response one(const Request& request, Parts& parts) {
  if (auto person = person_for(request, parts, Role::operator_); !person) return to_response(person.error());
  const auto rollout = parts.conductor.find(std::string(request.capture("id")));
  return rollout ? show(*rollout, parts) : to_response(rollout.error());
}

// How much stations compare before they serve (docs/formats/fleet.md): what they would not understand must
// not reach them.
Status check_shadow(const json::Value& shadow) {
  if (shadow.is_null()) return {};
  if (shadow.object() == nullptr) return fail(ErrorKind::invalid, "it must be null or an object");
  if (auto known = json::check_members(shadow, {"percent", "requests", "at_most_s", "agreement"}); !known)
    return known;
  const auto requests = json::whole_member(shadow, "requests", 0, 0, kMostWhole);
  const auto at_most = json::whole_member(shadow, "at_most_s", 0, 0, kMostWhole);
  const auto percent = json::number_member(shadow, "percent", 0, 0, 100);
  const auto agreement = json::number_member(shadow, "agreement", 0, 0, 1);
  if (!requests) return forward(requests);
  if (!at_most) return forward(at_most);
  if (!percent) return forward(percent);
  return agreement ? Status() : forward(agreement);
}

Result<StartRequest> wanted_of(std::string_view text) {
  const auto body = json::parse_object(text, {"model", "version", "plan", "shadow", "watch_s"});
  if (!body) return forward(body);
  StartRequest wanted;
  auto model = json::text_member(*body, "model"), version = json::text_member(*body, "version");
  if (!model) return forward(model);
  if (!version) return forward(version);
  if (model->empty() || version->empty())
    return fail(ErrorKind::invalid, "a roll-out needs 'model' and 'version'");
  wanted.model = *std::move(model);
  wanted.version = *std::move(version);
  if (const auto* plan = body->find("plan"); plan != nullptr && !plan->is_null())
    wanted.plan = plan->text() != nullptr ? *plan->text() : json::print(*plan);
  if (const auto* shadow = body->find("shadow")) wanted.shadow = *shadow;
  if (auto good = check_shadow(wanted.shadow); !good) return forward(good, "'shadow'");
  const auto watch = json::whole_member(*body, "watch_s", wanted.watch_s, 0, kLongestWatch);
  if (!watch) return forward(watch);
  wanted.watch_s = *watch;
  return wanted;
}

Response start(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  auto wanted = wanted_of(request.body);
  if (!wanted) return to_response(wanted.error());
  wanted->by = person->name;
  const auto rollout = parts.conductor.start(*wanted);
  if (!rollout) return to_response(rollout.error());
  parts.nudge();
  return http::json(201, json::print(rollout_json(*rollout, parts)));
}

// Whoever watches may stop; to go on takes an engineer.
Response decide(const Request& request, Parts& parts, Conductor::Verb verb) {
  const auto least = verb == Conductor::Verb::resume ? Role::engineer : Role::operator_;
  const auto person = person_for(request, parts, least);
  if (!person) return to_response(person.error());
  const auto rollout = parts.conductor.decide(std::string(request.capture("id")), verb, person->name);
  if (!rollout) return to_response(rollout.error());
  parts.nudge();
  return http::json(200, json::print(rollout_json(*rollout, parts)));
}

}  // namespace

json::Value rollout_json(const Rollout& rollout, Parts& parts) {
  const auto package = parts.cache.find(rollout.plan.package);
  const auto counts = rollouts::count(rollout.state);
  Object states;
  for (int state = 0; state <= static_cast<int>(StationState::offline); ++state) {
    const auto wanted = static_cast<StationState>(state);
    const auto many = std::ranges::count_if(rollout.state.stations,
                                            [&](const auto& one) { return one.second.state == wanted; });
    if (many > 0) states.emplace_back(rollouts::state_name(wanted), static_cast<int64_t>(many));
  }
  return Object{{"id", rollout.plan.id},
                {"kind", deployment::kind_name(package ? package->index.kind : deployment::UnitKind::model)},
                {"model", rollout.plan.model},
                {"version", rollout.plan.version},
                {"package", rollout.plan.package},
                {"state", rollouts::status_name(rollout.state.status)},
                {"reason", rollout.state.reason},
                {"created", rollout.created},
                {"created_by", rollout.created_by},
                {"wave", rollout.state.wave},
                {"waves", waves_json(rollout)},
                {"stations", Object{{"fleet", parts.fleet.counts().stations},
                                    {"exposed", counts.exposed},
                                    {"unproven", counts.unproven},
                                    {"proven", counts.proven},
                                    {"failed", counts.failed},
                                    {"offline", counts.offline}}},
                {"states", std::move(states)}};
}

void mount_rollouts(http::Router& router, Parts& parts) {
  using Verb = Conductor::Verb;
  router.add({"GET", "/api/v1/rollouts", "rollouts", "The roll-outs, newest first.",
              [&](const Request& request) { return list(request, parts); }});
  router.add({"POST", "/api/v1/rollouts", "rollouts", "Starts one.",
              [&](const Request& request) { return start(request, parts); }});
  router.add({"GET", "/api/v1/rollouts/{id}", "rollouts", "One, station by station, with its gates.",
              [&](const Request& request) { return one(request, parts); }});
  router.add({"POST", "/api/v1/rollouts/{id}/pause", "rollouts", "No further offers.",
              [&](const Request& request) { return decide(request, parts, Verb::pause); }});
  router.add({"POST", "/api/v1/rollouts/{id}/resume", "rollouts", "Goes on.",
              [&](const Request& request) { return decide(request, parts, Verb::resume); }});
  router.add({"POST", "/api/v1/rollouts/{id}/abort", "rollouts",
              "Stops it and takes the version back everywhere.",
              [&](const Request& request) { return decide(request, parts, Verb::abort); }});
}

}  // namespace oree::hub
