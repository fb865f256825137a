// Fleets that do whatever they like: what rollout.h promises must hold all the same.
#include <doctest/doctest.h>

#include "services/rollouts/testing/dice.h"
#include "services/rollouts/testing/small_fleet.h"

namespace oree::rollouts {

namespace {

using testing::Dice;
using testing::SmallFleet;
using enum StationState;

RolloutPlan random_plan(Dice& dice) {
  RolloutPlan plan;
  plan.package = SmallFleet::kNew;
  plan.waves.resize(static_cast<size_t>(1 + dice.below(4)));
  for (size_t i = 0; i < plan.waves.size(); ++i) {
    Wave& wave = plan.waves[i];
    wave.name = cat("wave", i);
    wave.percent = 100.0 * static_cast<double>(i + 1) / static_cast<double>(plan.waves.size());
    if (dice.happens(0.2)) wave.count = 1 + dice.below(10);
    if (dice.happens(0.2)) wave.tags = {"pilot"};
    wave.soak = std::chrono::minutes(dice.below(120));
    wave.max_exposed = dice.happens(0.5) ? dice.between(1, 40) : 0;
  }
  plan.max_exposed = dice.between(0.5, 20);
  plan.offers_per_minute = dice.happens(0.3) ? 1 + dice.below(5) : 0;
  if (dice.happens(0.3)) plan.budgets = {{.group_by = "line", .max_unavailable = 1 + dice.below(3)}};
  plan.gates.failures = dice.between(0.02, 0.6);
  plan.gates.min_stations = 1 + dice.below(3);
  plan.gates.min_requests = 0;
  if (dice.happens(0.5)) plan.gates.errors.reset();
  plan.gates.p95_ratio.reset();
  plan.deadlines.max_wait = std::chrono::hours(1 + dice.below(100));
  plan.abort_when_undecided = dice.happens(0.3);
  if (dice.happens(0.6)) {
    plan.deadlines.offered = plan.deadlines.installing = std::chrono::hours(24);
    plan.deadlines.silence = std::chrono::hours(48);
  }

  plan.seed = dice.bits();
  return plan;
}

StationReport random_station(Dice& dice, WallTime now) {
  StationReport out;
  out.hardware = cat("class", dice.below(3));
  out.tags = {cat("line=", dice.below(4)), cat("site=", dice.below(3))};
  if (dice.happens(0.5)) out.tags.emplace_back("pilot");
  out.current = SmallFleet::kOld;
  out.last_seen = now;
  return out;
}

// Mostly what a station would do; sometimes anything at all.
void live(StationReport& report, const StationProgress& known, double trouble, Dice& dice, WallTime now) {
  if (dice.happens(0.15)) return;  // not heard of
  report.last_seen = now;
  report.candidate.requests += 10;
  if (dice.happens(trouble / 2)) report.candidate.errors += 3;
  const bool wants_new = known.state != pending && known.state != offline && !known.told_back;
  if (!wants_new && report.current == SmallFleet::kNew && dice.happens(0.7)) {
    report.current = SmallFleet::kOld;
    report.state = rolled_back;
  } else if (wants_new && report.current != SmallFleet::kNew && dice.happens(0.6)) {
    const StationState next = static_cast<StationState>(std::min(5, static_cast<int>(known.state) + 1));
    report.state = dice.happens(trouble) ? failed : next;
    if (report.state == healthy && dice.happens(1 - trouble)) report.current = SmallFleet::kNew;
  } else if (dice.happens(trouble / 5)) {
    report.state = static_cast<StationState>(dice.below(8));
    report.current = dice.happens(0.5) ? SmallFleet::kNew : SmallFleet::kOld;
    report.knows_bad = dice.happens(0.3);
  }
}

struct Game {
  explicit Game(uint64_t seed)
      : dice(seed),
        trouble(seed % 3 == 0   ? 0.05
                : seed % 3 == 1 ? 0.01
                                : 0),
        plan(random_plan(dice)) {
    const int stations = 3 + dice.below(120);
    fleet.listening_since = now;
    for (int i = 0; i < stations; ++i) fleet.stations[cat("s", i)] = random_station(dice, now);
    state = begin(plan, now);
  }

  void pass_time() {
    now += std::chrono::minutes(dice.happens(0.05) ? dice.below(2'000) : 1 + dice.below(30));
    if (dice.happens(0.01)) now -= std::chrono::hours(5);
    if (dice.happens(0.02)) fleet.listening_since = now;
    for (auto& [id, report] : fleet.stations) {
      const auto known = state.stations.find(id);
      live(report, known == state.stations.end() ? StationProgress{} : known->second, trouble, dice, now);
    }
    if (dice.happens(0.05)) fleet.stations[cat("s", dice.below(200))] = random_station(dice, now);
    if (dice.happens(0.05)) fleet.stations.erase(cat("s", dice.below(200)));
    if (dice.happens(0.01)) apply(state, pause_by("anna", now));
    if (dice.happens(0.1)) apply(state, resume_by("anna", now));
    if (dice.happens(0.002)) apply(state, abort_by("anna", now));
  }

  int allowed() const {
    const Wave& wave = plan.waves[static_cast<size_t>(state.wave)];
    const double percent = wave.max_exposed > 0 ? wave.max_exposed : plan.max_exposed;
    return std::max(1, static_cast<int>(percent / 100 * static_cast<double>(fleet.stations.size()) + 1e-9));
  }

  void check_offer(const Step& step) {
    CHECK(state.status != RolloutStatus::paused);
    CHECK(state.status != RolloutStatus::aborting);
    CHECK(state.status != RolloutStatus::aborted);
    CHECK_FALSE(fleet.stations.at(step.station).knows_bad);
    CHECK_FALSE(failed_before.contains(step.station));
    CHECK(step.wave == state.wave);
  }

  void check_wave(const Step& step) {
    CHECK(step.wave == state.wave + 1);
    int proven = 0;
    for (const auto& [id, station] : state.stations) {
      if (station.wave != state.wave || station.gone || station.failed) continue;
      CHECK((station.proven || station.told_back || station.state == offline || station.state == silent));
      proven += station.proven ? 1 : 0;
    }
    waves_with_proof += proven > 0 ? 1 : 0;
  }

  void check_step(const Step& step) {
    CAPTURE(json::print(to_json(step)));
    if (step.kind == StepKind::offer) check_offer(step);
    if (step.kind == StepKind::next_wave) check_wave(step);
    CHECK(step.kind != StepKind::resume);
    if (state.status == RolloutStatus::paused) CHECK(step.kind != StepKind::next_wave);
    apply(state, step);
    RolloutState again = state;
    apply(again, step);
    CHECK(again == state);  // done twice is done once
    if (step.kind == StepKind::offer) CHECK(count(state).unproven <= allowed());
    const auto at = state.stations.find(step.station);
    if (at != state.stations.end() && at->second.failed) failed_before[step.station] = true;
  }

  void check_after_stop() const {
    for (const auto& [id, station] : state.stations) {
      if (!station.gone && (station.wave >= 0 || station.state == healthy)) CHECK(station.told_back);
      if (state.status == RolloutStatus::aborted) CHECK((station.gone || station.state != healthy));
    }
  }

  void turn() {
    pass_time();
    const auto steps = next_steps(plan, state, fleet, now);
    CHECK(steps == next_steps(plan, state, fleet, now));  // the same in, the same out
    for (const Step& step : steps) check_step(step);
    CHECK(next_steps(plan, state, fleet, now).empty());
    if (state.status == RolloutStatus::aborting || state.status == RolloutStatus::aborted) check_after_stop();
  }

  Dice dice;
  double trouble;
  WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};
  RolloutPlan plan;
  FleetSnapshot fleet;
  RolloutState state;
  std::map<std::string, bool> failed_before;
  int waves_with_proof = 0;
};

}  // namespace

TEST_CASE("Whatever a fleet does, the promises of rollout.h hold") {
  int finished = 0, stopped = 0, paused = 0, waves = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Game game(seed);
    for (int turn = 0; turn < 160; ++turn) game.turn();
    const auto again = parse_state_json(to_json(game.state));
    REQUIRE(again);
    CHECK(*again == game.state);
    waves += game.waves_with_proof;
    finished += game.state.status == RolloutStatus::done ? 1 : 0;
    paused += game.state.status == RolloutStatus::paused ? 1 : 0;
    stopped +=
        game.state.status == RolloutStatus::aborting || game.state.status == RolloutStatus::aborted ? 1 : 0;
  }
  // The games are worth something only when all of this happens in them.
  CHECK(finished > 5);
  CHECK(stopped > 20);
  CHECK(paused > 0);
  CHECK(waves > 20);
}

}  // namespace oree::rollouts
