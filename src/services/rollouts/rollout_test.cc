#include "services/rollouts/rollout.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.h"

namespace oree::rollouts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kStart = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 29));
constexpr const char* kNew = "sha256:new";
constexpr const char* kOld = "sha256:old";

// A fleet that does what it is told, unless a test says otherwise.
struct Hub {
  explicit Hub(int stations, int classes = 1) {
    plan.package = kNew;
    plan.waves.resize(2);
    plan.waves[0].count = 1;
    plan.waves[1].max_exposed = 100;
    for (Wave& wave : plan.waves) wave.soak = hours(1);
    plan.gates.min_requests = 0;
    plan.gates.p95_ratio.reset();
    plan.gates.errors.reset();
    plan.gates.min_stations = 1;
    for (int i = 0; i < stations; ++i) {
      auto& report = fleet.stations[cat("s", i / 10, i % 10)];
      report.hardware = cat("class", i % classes);
      report.current = kOld;
    }
    state = begin(plan, now);
    fleet.listening_since = kStart;
    everybody_is_heard();
  }
  void everybody_is_heard() {
    for (auto& [id, report] : fleet.stations) report.last_seen = now;
  }
  std::vector<Step> tick() {
    auto steps = next_steps(plan, state, fleet, now);
    for (const Step& step : steps) apply(state, step);
    return steps;
  }
  std::vector<Step> after(microseconds time) {
    now += time;
    everybody_is_heard();
    return tick();
  }
  std::vector<std::string> offered() const {
    std::vector<std::string> out;
    for (const auto& [id, station] : state.stations) {
      if (station.state == StationState::offered) out.push_back(id);
    }
    return out;
  }
  void succeed(const std::string& id) {
    fleet.stations[id].state = StationState::healthy;
    fleet.stations[id].current = kNew;
  }
  RolloutPlan plan;
  RolloutState state;
  FleetSnapshot fleet;
  WallTime now = kStart;
};

bool has(const std::vector<Step>& steps, StepKind kind) {
  return std::ranges::any_of(steps, [&](const Step& step) { return step.kind == kind; });
}

}  // namespace

TEST_CASE("A model that works reaches everybody, wave after wave") {
  Hub hub(3);
  hub.tick();
  const auto first = hub.offered();
  REQUIRE(first.size() == 1);
  hub.succeed(first[0]);
  hub.after(minutes(1));
  CHECK(hub.offered().empty());
  const auto steps = hub.after(hours(1));
  CHECK(has(steps, StepKind::next_wave));
  const auto rest = hub.offered();
  REQUIRE(rest.size() == 2);
  for (const auto& id : rest) hub.succeed(id);
  hub.after(minutes(1));
  hub.after(hours(1));
  CHECK(hub.state.status == RolloutStatus::done);
  CHECK(count(hub.state).proven == 3);
}

TEST_CASE("A model that fails on the first wave goes nowhere else, and everybody is back") {
  Hub hub(3);
  hub.tick();
  const auto first = hub.offered();
  REQUIRE(first.size() == 1);
  auto& report = hub.fleet.stations[first[0]];
  report.state = StationState::failed;
  report.error = "self_test: golden input 3";
  const auto steps = hub.after(minutes(1));
  CHECK(has(steps, StepKind::abort));
  CHECK(has(steps, StepKind::roll_back));
  hub.after(minutes(1));
  CHECK(hub.state.status == RolloutStatus::aborted);
  CHECK(hub.offered().empty());
}

TEST_CASE("Called again with the same, it answers nothing") {
  Hub hub(20, 2);
  CHECK_FALSE(hub.tick().empty());
  CHECK(hub.tick().empty());
}

TEST_CASE("State and steps survive JSON") {
  Hub hub(20, 2);
  for (const Step& step : hub.tick()) {
    const auto again = parse_step_json(to_json(step));
    REQUIRE(again);
    CHECK(*again == step);
  }
  const auto again = parse_state_json(to_json(hub.state));
  REQUIRE(again);
  CHECK(*again == hub.state);
}

}  // namespace oree::rollouts
