// A few stations and the hub's loop around next_steps, for tests that set every report by hand.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "services/rollouts/rollout.h"

namespace oree::rollouts::testing {

struct SmallFleet {
  static constexpr const char* kNew = "sha256:new";
  static constexpr const char* kOld = "sha256:old";

  // One station first, then the rest, each wave soaking for an hour; gates on requests are off.
  explicit SmallFleet(int stations, int classes = 1) {
    plan.package = kNew;
    plan.waves.resize(2);
    plan.waves[0].name = "canary";
    plan.waves[0].count = 1;
    plan.waves[1].name = "rest";
    plan.waves[1].max_exposed = 100;
    for (Wave& wave : plan.waves) wave.soak = std::chrono::hours(1);
    plan.gates.errors.reset();
    plan.gates.p95_ratio.reset();
    plan.gates.min_requests = 0;
    plan.gates.min_stations = 1;
    for (int i = 0; i < stations; ++i) add(cat("s", i / 100, i / 10 % 10, i % 10), cat("class", i % classes));
    state = begin(plan, now);
    fleet.listening_since = now;
  }
  StationReport& add(const std::string& id, const std::string& hardware) {
    StationReport& report = fleet.stations[id];
    report.hardware = hardware;
    report.current = kOld;
    report.last_seen = now;
    return report;
  }
  std::vector<Step> tick() {
    auto steps = next_steps(plan, state, fleet, now);
    for (const Step& step : steps) apply(state, step);
    return steps;
  }
  // Time passes; all but `quiet` are heard of at its end.
  std::vector<Step> after(microseconds time, const std::vector<std::string>& quiet = {}) {
    now += time;
    for (auto& [id, report] : fleet.stations) {
      if (std::ranges::find(quiet, id) == quiet.end()) report.last_seen = now;
    }
    return tick();
  }
  std::vector<std::string> in(StationState wanted) const {
    std::vector<std::string> out;
    for (const auto& [id, station] : state.stations) {
      if (station.state == wanted) out.push_back(id);
    }
    return out;
  }
  StationReport& report(const std::string& id) { return fleet.stations[id]; }
  void say(const std::string& id, StationState said) { report(id).state = said; }
  void succeed(const std::string& id) {
    say(id, StationState::healthy);
    report(id).current = kNew;
  }
  // The canary has proven it, the rest was offered it.
  void prove_canary() {
    tick();
    for (const auto& id : in(StationState::offered)) succeed(id);
    after(std::chrono::minutes(1));
    after(std::chrono::hours(1));
  }

  RolloutPlan plan;
  RolloutState state;
  FleetSnapshot fleet;
  WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};
};

inline bool has(const std::vector<Step>& steps, StepKind kind) {
  return std::ranges::any_of(steps, [&](const Step& step) { return step.kind == kind; });
}

inline const Step* find(const std::vector<Step>& steps, StepKind kind) {
  const auto at = std::ranges::find(steps, kind, &Step::kind);
  return at == steps.end() ? nullptr : &*at;
}

}  // namespace oree::rollouts::testing
