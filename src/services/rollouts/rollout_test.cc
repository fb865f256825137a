#include "services/rollouts/rollout.h"

#include <doctest/doctest.h>

#include "services/rollouts/listening.h"
#include "services/rollouts/testing/small_fleet.h"

namespace oree::rollouts {

using std::chrono::hours;
using std::chrono::minutes;
using testing::find;
using testing::has;
using testing::SmallFleet;
using enum StationState;

TEST_CASE("A model that works reaches everybody, wave after wave") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  REQUIRE(first.size() == 1);
  for (const StationState state : {downloading, installing, shadow}) {
    hub.say(first[0], state);
    hub.after(minutes(1));
    CHECK(hub.in(state) == first);
    CHECK(hub.in(offered).empty());
  }
  hub.succeed(first[0]);
  hub.after(minutes(1));
  CHECK(hub.in(healthy) == first);
  CHECK(has(hub.after(hours(1)), StepKind::next_wave));
  const auto rest = hub.in(offered);
  REQUIRE(rest.size() == 2);
  for (const auto& id : rest) hub.succeed(id);
  hub.after(minutes(1));
  hub.after(hours(1));
  CHECK(hub.state.status == RolloutStatus::done);
  CHECK(count(hub.state).proven == 3);
}

TEST_CASE("What keeps a wave from ending is said while it waits") {
  SmallFleet hub(3);
  const auto waits = [&] { return view_wait(hub.plan, hub.state, hub.fleet, hub.now); };
  hub.tick();
  CHECK(waits() == "1 stations are not through");
  apply(hub.state, pause_by("paul", hub.now));
  CHECK(waits().empty());
  SmallFleet lost(3);
  lost.plan.waves[0].tags = {"site=nowhere"};
  lost.tick();
  CHECK(view_wait(lost.plan, lost.state, lost.fleet, lost.now) == "no station of the fleet has its tags");
  SmallFleet none(0);
  none.tick();
  CHECK(view_wait(none.plan, none.state, none.fleet, none.now) == "the fleet has no station");
}

TEST_CASE("A model that fails on the first wave goes nowhere else") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  REQUIRE(first.size() == 1);
  hub.say(first[0], failed);
  hub.report(first[0]).error = "self_test: golden input 3";
  const auto steps = hub.after(minutes(1));
  CHECK(has(steps, StepKind::abort));
  CHECK(find(steps, StepKind::roll_back)->station == first[0]);
  CHECK(find(steps, StepKind::note)->reason == "failed: self_test: golden input 3");
  hub.report(first[0]).error = "";  // it serves the old one again, and has nothing to complain of
  hub.after(minutes(1));
  CHECK(hub.state.status == RolloutStatus::aborted);
  CHECK(hub.in(offered).empty());
  CHECK(hub.state.stations[first[0]].why == "failed: self_test: golden input 3");
  CHECK(parse_state_json(to_json(hub.state))->stations[first[0]].why == hub.state.stations[first[0]].why);
}

// hawkbit#693, greengrass-nucleus#1203
TEST_CASE("Silence after it began to install is failure") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  hub.say(first[0], installing);
  hub.after(minutes(1));
  CHECK_FALSE(has(hub.after(minutes(50), first), StepKind::abort));
  const auto steps = hub.after(minutes(20), first);
  CHECK(hub.in(silent) == first);
  CHECK(has(steps, StepKind::abort));
  CHECK(hub.state.status == RolloutStatus::aborting);
  // It comes back on its old model: then all are back.
  hub.say(first[0], rolled_back);
  hub.after(minutes(1));
  CHECK(hub.state.status == RolloutStatus::aborted);
}

TEST_CASE("Silence before it began to install only takes the offer back") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  const auto steps = hub.after(hours(2), first);
  CHECK(find(steps, StepKind::withdraw)->station == first[0]);
  CHECK(hub.in(offline) == first);
  CHECK(count(hub.state).failed == 0);
  CHECK(hub.in(offered).size() == 1);  // another one is the canary now
}

TEST_CASE("Who lives but does not move on has failed") {
  for (const StationState state : {downloading, installing, shadow}) {
    SmallFleet hub(3);
    hub.tick();
    const auto first = hub.in(offered);
    hub.say(first[0], state);
    hub.after(minutes(1));
    for (int i = 0; i < 25 * 6; ++i) hub.after(minutes(10));
    CHECK(hub.in(failed) == first);
    CHECK(hub.state.status == RolloutStatus::aborted);
  }
}

TEST_CASE("A second attempt does not start a deadline again") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  for (int i = 0; i < 30; ++i) {
    hub.say(first[0], i % 2 == 0 ? installing : downloading);
    hub.after(minutes(1));
  }
  CHECK(hub.in(failed) == first);
}

// iotedge#6933: the hub's clock or the hub itself was away, not the fleet.
TEST_CASE("A hub that was down does not take its fleet for dead") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  hub.say(first[0], installing);
  hub.after(minutes(1));
  hub.now += hours(100);
  hub.fleet.listening_since = hub.now;
  hub.tick();
  CHECK(hub.in(installing) == first);
  CHECK(hub.state.status == RolloutStatus::running);
  hub.now -= hours(200);  // and a clock that goes back
  hub.tick();
  CHECK(hub.in(installing) == first);
}

TEST_CASE("Listening begins anew after a gap or a jump of the clock, and not for less") {
  const WallTime wall{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};
  const MonoTime mono{};
  Listening listening(wall, mono);
  CHECK(listening.tick(wall + minutes(4), mono + minutes(4)) == wall);
  CHECK(listening.tick(wall + minutes(8) + std::chrono::seconds(30), mono + minutes(8)) ==
        wall);  // ntp slews
  const WallTime jumped = wall + hours(24 * 365);
  CHECK(listening.tick(jumped, mono + minutes(9)) == jumped);
  CHECK(listening.tick(jumped + minutes(1), mono + minutes(10)) == jumped);
  CHECK(listening.tick(wall, mono + minutes(11)) == wall);                                   // and back
  CHECK(listening.tick(wall + hours(2), mono + minutes(11) + hours(2)) == wall + hours(2));  // slept
}

TEST_CASE("A site that falls silent as a whole is an outage, not the model's fault") {
  SmallFleet hub(6);
  for (auto& [id, report] : hub.fleet.stations) report.tags = {"site=lyon"};
  hub.tick();
  const auto first = hub.in(offered);
  hub.succeed(first[0]);
  hub.after(minutes(1));
  hub.now += hours(2);
  hub.tick();
  CHECK(hub.in(offline) == first);
  CHECK(count(hub.state).failed == 0);
  hub.after(minutes(1));
  CHECK(hub.in(healthy) == first);
}

// zephyr#71750
TEST_CASE("Success that is reported after falling back is none") {
  SmallFleet hub(3);
  hub.tick();
  const auto first = hub.in(offered);
  hub.say(first[0], healthy);  // while the old package serves
  hub.after(minutes(1));
  CHECK(hub.in(rolled_back) == first);
  CHECK(hub.state.status != RolloutStatus::running);
}

// hawkbit#446
TEST_CASE("Who serves the old model again later has gone back, though it says nothing") {
  SmallFleet hub(40);
  hub.prove_canary();
  const auto second = hub.in(offered);
  for (const auto& id : second) hub.succeed(id);
  hub.after(minutes(1));
  hub.report(second[0]).current = SmallFleet::kOld;
  hub.say(second[0], pending);
  hub.after(minutes(1));
  CHECK(hub.in(rolled_back) == std::vector{second[0]});
  CHECK(hub.state.stations[second[0]].failed);
}

// hawkBit PR#2161
TEST_CASE("Paused stays paused, whatever fails next, until a person resumes") {
  SmallFleet hub(3);
  hub.prove_canary();
  apply(hub.state, pause_by("anna", hub.now));
  hub.succeed(hub.in(offered)[0]);
  hub.after(minutes(1));
  for (int i = 0; i < 5; ++i) {
    hub.add(cat("late", i), "class0");
    CHECK_FALSE(has(hub.after(hours(1)), StepKind::offer));
  }
  CHECK(hub.state.status == RolloutStatus::paused);
  CHECK(hub.state.reason == "paused by anna");
  apply(hub.state, resume_by("anna", hub.now));
  CHECK(has(hub.after(minutes(1)), StepKind::offer));
  CHECK(hub.state.status == RolloutStatus::running);
}

// hawkBit PR#328
TEST_CASE("Deleted and added stations do not skew what was counted") {
  SmallFleet hub(50);
  hub.prove_canary();
  auto second = hub.in(offered);
  REQUIRE(second.size() == 49);
  hub.say(second[0], failed);
  hub.succeed(second[1]);
  hub.after(minutes(1));
  const Counts before = count(hub.state);
  hub.fleet.stations.erase(second[0]);  // failed
  hub.fleet.stations.erase(second[1]);  // healthy
  hub.fleet.stations.erase(second[2]);  // only offered
  for (int i = 0; i < 30; ++i) hub.add(cat("new", i), "class0");
  hub.after(minutes(1));
  const Counts after = count(hub.state);
  CHECK(after.failed == before.failed);
  CHECK(after.exposed == before.exposed);
  CHECK_FALSE(hub.state.stations.contains(second[2]));
  hub.add(second[0], "class0");  // the same station again: it failed
  hub.after(minutes(1));
  CHECK(hub.state.stations[second[0]].failed);
}

TEST_CASE("After a stop, who was offline is told to go back as well, and nobody is offered it again") {
  SmallFleet hub(4);
  hub.prove_canary();
  const auto second = hub.in(offered);
  REQUIRE(second.size() == 3);
  for (const auto& id : second) hub.succeed(id);
  hub.after(minutes(1));
  const std::vector<std::string> away{second[0]};
  hub.after(minutes(30), away);
  apply(hub.state, abort_by("anna", hub.now));
  const auto steps = hub.after(minutes(1), away);
  CHECK(std::ranges::count(steps, StepKind::roll_back, &Step::kind) == 4);
  for (auto& [id, report] : hub.fleet.stations) {
    if (id == second[0]) continue;
    report.current = SmallFleet::kOld;
    report.state = rolled_back;
  }
  hub.after(hours(1), away);
  CHECK(hub.state.status == RolloutStatus::aborting);  // one is still out there
  hub.after(hours(24 * 30), away);
  CHECK(hub.state.status == RolloutStatus::aborting);
  hub.report(second[0]).current = SmallFleet::kOld;
  hub.say(second[0], rolled_back);
  hub.after(minutes(1));
  CHECK(hub.state.status == RolloutStatus::aborted);
  CHECK(hub.state.reason == "stopped by anna");
  // A station that was never told, or is back on the bad one, makes it open again.
  hub.succeed(second[1]);
  hub.after(minutes(1));
  CHECK(hub.state.status == RolloutStatus::aborting);
}

// screentinker#144
TEST_CASE("A package that is known as bad is not offered, to nobody or to that station") {
  SmallFleet hub(3);
  for (auto& [id, report] : hub.fleet.stations) report.knows_bad = true;
  hub.tick();
  CHECK(hub.in(offered).empty());
  SmallFleet other(3);
  other.fleet.bad = {SmallFleet::kNew};
  other.tick();
  CHECK(other.in(offered).empty());
  CHECK(other.state.status == RolloutStatus::aborted);
}

TEST_CASE("What cannot be decided is left to a person, or taken back, as the plan says") {
  for (const bool abort_it : {false, true}) {
    SmallFleet hub(3);
    hub.plan.gates.errors = 0.01;
    hub.plan.gates.min_requests = 1'000;  // and nobody ever asks the model anything
    hub.plan.abort_when_undecided = abort_it;
    hub.prove_canary();
    CHECK(hub.state.wave == 0);
    const auto steps = hub.after(hours(80));
    CHECK(has(steps, abort_it ? StepKind::abort : StepKind::pause));
    CHECK(hub.state.reason.find("has not decided within 3 d") != std::string::npos);
  }
}

// hawkBit's empty group counts as success.
TEST_CASE("A wave whose tags nobody has waits; it is not skipped") {
  SmallFleet hub(3);
  hub.plan.waves[0].tags = {"pilot"};
  for (int i = 0; i < 10; ++i) CHECK(hub.after(hours(1)).empty());
  hub.report("s001").tags = {"pilot"};
  hub.after(minutes(1));
  CHECK(hub.in(offered) == std::vector<std::string>{"s001"});
}

TEST_CASE("Not more at a time than a group can spare, and the broken keep their place") {
  SmallFleet hub(12);
  hub.plan.waves.erase(hub.plan.waves.begin());
  hub.plan.budgets = {{.group_by = "line", .max_unavailable = 1}};
  hub.plan.gates.failures = 0.9;
  hub.plan.gates.min_stations = 12;
  int number = 0;
  for (auto& [id, report] : hub.fleet.stations) report.tags = {cat("line=", number++ % 3)};
  const auto busy = [&](StationState state) {
    std::vector<int> out(3, 0);
    for (const auto& id : hub.in(state)) ++out[static_cast<size_t>(hub.report(id).tags[0].back() - '0')];
    return out;
  };
  hub.tick();
  CHECK(busy(offered) == std::vector{1, 1, 1});
  for (const auto& id : hub.in(offered))
    hub.report(id).tags[0] == "line=0" ? hub.say(id, failed) : hub.succeed(id);
  hub.after(minutes(1));
  CHECK(busy(offered) == std::vector{0, 1, 1});
}

TEST_CASE("The ramp lets so many in a minute") {
  SmallFleet hub(30);
  hub.prove_canary();
  SmallFleet slow(30);
  slow.plan.offers_per_minute = 4;
  slow.prove_canary();
  CHECK(hub.in(offered).size() == 29);
  CHECK(slow.in(offered).size() == 4);
  slow.now += std::chrono::seconds(30);
  slow.tick();
  CHECK(slow.in(offered).size() == 4);
  slow.now += std::chrono::seconds(30);
  slow.tick();
  CHECK(slow.in(offered).size() == 8);
}

TEST_CASE("A class of hardware in which nobody has proven it goes slowly, whatever the wave allows") {
  SmallFleet hub(200, 2);
  hub.plan.gates.min_stations = 2;
  hub.plan.waves[0].tags = {"pilot"};  // only of class0
  for (const char* id : {"s000", "s002", "s004"}) hub.report(id).tags = {"pilot"};
  hub.plan.waves[0].count = 3;
  hub.plan.max_exposed = 2;
  hub.prove_canary();
  for (const auto& id : hub.in(offered)) hub.succeed(id);
  hub.after(minutes(1));
  hub.after(hours(1));
  REQUIRE(hub.state.wave == 1);
  int of_class1 = 0;
  for (const auto& id : hub.in(offered)) of_class1 += hub.report(id).hardware == "class1" ? 1 : 0;
  CHECK(of_class1 == 2);
  CHECK(hub.in(offered).size() > 90);
}

TEST_CASE("Done goes on: who comes late is offered it, and a model that turns bad is taken back") {
  SmallFleet hub(3);
  hub.prove_canary();
  for (const auto& id : hub.in(offered)) hub.succeed(id);
  hub.after(minutes(1));
  hub.after(hours(1));
  REQUIRE(hub.state.status == RolloutStatus::done);
  hub.add("late", "class0");
  hub.after(minutes(1));
  CHECK(hub.in(offered) == std::vector<std::string>{"late"});
  hub.succeed("late");
  hub.after(minutes(1));
  for (auto& [id, report] : hub.fleet.stations) {
    if (id == "late") continue;
    report.state = rolled_back;
    report.current = SmallFleet::kOld;
  }
  const auto steps = hub.after(minutes(1));
  CHECK(has(steps, StepKind::abort));
  CHECK(hub.state.status == RolloutStatus::aborting);
}

}  // namespace oree::rollouts
