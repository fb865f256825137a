#include "services/simulation/robot.h"

#include <doctest/doctest.h>

#include <cmath>

#include "services/simulation/fleet.h"

using namespace oree;
using namespace oree::simulation;
using namespace std::chrono_literals;

namespace {

double mean(const RobotPlan& plan, Sensor sensor, microseconds from, microseconds length, size_t robot = 0) {
  double sum = 0;
  int count = 0;
  for (microseconds at = from; at < from + length; at += 1s) {
    const auto value = read(plan, robot, at).values[static_cast<size_t>(sensor)];
    if (!value) continue;
    sum += *value;
    ++count;
  }
  return sum / count;
}

bool same(const Reading& a, const Reading& b) {
  return a.at == b.at && a.values == b.values && a.drilling == b.drilling;
}

}  // namespace

TEST_CASE("TheSameSeedGivesTheSameReadingsInAnyOrder") {
  const RobotPlan plan{.seed = 42, .bit_life = 1h};
  const Reading late = read(plan, 3, 400 * 24h);
  const Reading early = read(plan, 3, 1s);
  CHECK(same(read(plan, 3, 1s), early));
  CHECK(same(read(plan, 3, 400 * 24h), late));
  CHECK_FALSE(same(read({.seed = 43, .bit_life = 1h}, 3, 1s), early));
  CHECK_FALSE(same(read(plan, 4, 1s), early));
}

TEST_CASE("DigitsOfAKnownReadingNeverChange") {
  // Whoever changes these has changed every demonstration and every trained model.
  const Reading reading = read({.seed = 1}, 0, 100s);
  CHECK(message(0, WallTime{}, reading) ==
        "{\"robot\":\"robot-01\",\"time\":\"1970-01-01T00:01:40.000000Z\",\"drill_speed\":243.4,"
        "\"drill_temperature\":54.35,\"bit_friction\":0.0549,\"cooling_temperature\":26.96}");
}

TEST_CASE("AHealthyRobotDrillsAboutTwelveOfTwentySeconds") {
  const RobotPlan plan{.seed = 5};
  int drilling = 0;
  for (int i = 0; i < 20'000; ++i) drilling += read(plan, 0, 100ms * i).drilling ? 1 : 0;
  CHECK(drilling > 11'500);
  CHECK(drilling < 12'500);
}

TEST_CASE("TemperatureIsTheSameWhetherTheLookBackBeginsBeforeOrAfterTheStart") {
  const RobotPlan plan{.seed = 5, .noise = 0};
  const double first = mean(plan, Sensor::drill_temperature, 0s, 10min);
  const double later = mean(plan, Sensor::drill_temperature, 24h, 10min);
  CHECK(std::abs(first - later) < 1.5);
}

TEST_CASE("WearRaisesFrictionAndHeatAndLowersSpeed") {
  const RobotPlan plan{.seed = 9, .bit_life = 2h};
  const auto change = [&](Sensor sensor) {
    return mean(plan, sensor, 2h, 5min) / mean(plan, sensor, 0s, 5min);
  };
  CHECK(change(Sensor::bit_friction) > 1.5);
  CHECK(change(Sensor::drill_temperature) > 1.3);
  CHECK(change(Sensor::cooling_temperature) > 1.1);
  CHECK(change(Sensor::drill_speed) < 0.95);
}

TEST_CASE("TruthGoesFromHealthyToWornToFaulty") {
  const RobotPlan plan{.seed = 9, .bit_life = 100min, .bit_age = 10min};
  const auto spans = truth_spans(plan, 0, 0s, 2h);
  REQUIRE(spans.size() == 3);
  CHECK(spans[0].truth == Truth{});
  CHECK(spans[0].until == 60min);
  CHECK(spans[1].truth == Truth{Health::worn, "wear"});
  CHECK(spans[2].from == 90min);
  CHECK(spans[2].until == 2h);
  CHECK(spans[2].truth.health == Health::faulty);
}

TEST_CASE("TruthSpansAgreeWithTruthAtEveryMinute") {
  RobotPlan plan{.seed = 2, .bit_life = 70min};
  plan.faults = {{FaultKind::stuck, Sensor::drill_speed, 10min, 20min},
                 {FaultKind::bearing, {}, 15min, 30min}};
  for (const auto& span : truth_spans(plan, 0, 0s, 2h)) {
    for (microseconds at = span.from; at < span.until; at += 1min) CHECK(truth(plan, 0, at) == span.truth);
  }
}

TEST_CASE("LostCoolingHeatsWaterAndDrill") {
  RobotPlan plan{.seed = 3};
  plan.faults = {{.kind = FaultKind::cooling_loss, .from = 1h, .until = 2h}};
  CHECK(mean(plan, Sensor::cooling_temperature, 70min, 5min) >
        mean(plan, Sensor::cooling_temperature, 50min, 5min) + 10);
  CHECK(mean(plan, Sensor::drill_temperature, 70min, 5min) >
        mean(plan, Sensor::drill_temperature, 50min, 5min) + 10);
  CHECK(mean(plan, Sensor::cooling_temperature, 150min, 5min) <
        mean(plan, Sensor::cooling_temperature, 50min, 5min) + 1.5);
}

TEST_CASE("AStuckSensorRepeatsTheValueOfItsLastGoodMoment") {
  RobotPlan plan{.seed = 3};
  const auto healthy = read(plan, 0, 10min);
  plan.faults = {{FaultKind::stuck, Sensor::bit_friction, 10min, 20min}};
  for (int i = 0; i < 60; ++i) {
    const auto reading = read(plan, 0, 10min + 1s * i);
    CHECK(reading.values[2] == healthy.values[2]);
    CHECK(reading.values[0] == read({.seed = 3}, 0, 10min + 1s * i).values[0]);
  }
}

TEST_CASE("DropOutsSpikesAndDriftTouchTheirSensorOnly") {
  RobotPlan plan{.seed = 11};
  plan.faults = {{FaultKind::drop_outs, Sensor::drill_speed, 0s},
                 {FaultKind::spikes, Sensor::drill_temperature, 0s},
                 {FaultKind::drift, Sensor::cooling_temperature, 0s}};
  const RobotPlan healthy{.seed = 11};
  int missing = 0, jumped = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto sick = read(plan, 0, 1s * i), well = read(healthy, 0, 1s * i);
    missing += sick.values[0] ? 0 : 1;
    jumped += std::abs(*sick.values[1] - *well.values[1]) > 10 ? 1 : 0;
    CHECK(sick.values[2] == well.values[2]);
  }
  CHECK(missing > 400);
  CHECK(missing < 600);
  CHECK(jumped > 60);
  CHECK(jumped < 140);
  const double offset = *read(plan, 0, 600s).values[3] - *read(healthy, 0, 600s).values[3];
  CHECK(offset == doctest::Approx(15).epsilon(0.01));
}

TEST_CASE("OnlyTheWearingRobotsOfAFleetWear") {
  const Fleet fleet{.seed = 1, .robots = 3, .wearing = 1, .bit_life = 10min};
  CHECK(truth(plan_of(fleet, 0), 0, 1h).health == Health::faulty);
  CHECK(truth(plan_of(fleet, 1), 1, 1h).health == Health::healthy);
  CHECK(robot_name(0) == "robot-01");
  CHECK(topic(11) == "factory/robot-12/readings");
}

TEST_CASE("ADroppedValueIsLeftOutOfTheMessage") {
  RobotPlan plan{.seed = 1, .drop_out_rate = 1};
  CHECK(message(0, WallTime{}, read(plan, 0, 1s)) ==
        "{\"robot\":\"robot-01\",\"time\":\"1970-01-01T00:00:01.000000Z\"}");
}

TEST_CASE("PaceTurnsRealTimeIntoSimulatedTimeAndBack") {
  const Pace pace{.started = MonoTime{5s}, .speed = 60};
  CHECK(pace.simulated(MonoTime{7s}) == 2min);
  CHECK(pace.due(2min) == MonoTime{7s});
}
