#include "services/deployment/slots/unit.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/deployment/slots/unit_json.h"

namespace oree::deployment {
namespace {

PackageRef ref(const std::string& version, uint64_t release) {
  return {version, std::string(64, version[0]), release};
}

Wish wish(const std::string& version, uint64_t release, bool shadow = true, bool watch = true) {
  Wish out{.package = ref(version, release), .rollout = cat("r", version), .target = "t", .bytes = 9};
  if (shadow) out.shadow = ShadowPlan{};
  if (watch) out.watch = WatchPlan{};
  return out;
}

// A unit that serves version 1, and version 0 before it.
Unit settled() {
  return {.name = "ducks", .current = ref("1", 1), .last_good = ref("0", 0), .highest_release = 1};
}

Unit in_phase(Phase phase) {
  Unit unit = offer(settled(), wish("2", 2));
  while (unit.phase != phase) unit = succeed(std::move(unit));
  return unit;
}

TEST_CASE("AGoodPackageWalksThroughAllPhasesAndTheOldOneStaysUntilItIsProven") {
  Unit unit = offer(settled(), wish("2", 2));
  const Phase phases[] = {Phase::downloading, Phase::installing, Phase::shadow, Phase::trial, Phase::watch};
  for (const Phase phase : phases) {
    CHECK(unit.phase == phase);
    CHECK(unit.current == ref(phase == Phase::watch ? "2" : "1", phase == Phase::watch ? 2 : 1));
    CHECK(unit.at_work()->version == (phase >= Phase::trial ? "2" : "1"));
    unit = succeed(std::move(unit));
  }
  CHECK(unit.phase == Phase::settled);
  CHECK(unit.current == ref("2", 2));
  CHECK(unit.last_good == ref("1", 1));
  CHECK(unit.highest_release == 2);
  CHECK(unit.last->kind == Outcome::Kind::healthy);
  CHECK(unit.last->rollout == "r2");
}

TEST_CASE("WithoutShadowAndWatchTheirPhasesArePassedOver") {
  Unit unit = succeed(succeed(offer(settled(), wish("2", 2, false, false))));
  CHECK(unit.phase == Phase::trial);
  CHECK(succeed(std::move(unit)).phase == Phase::settled);
}

TEST_CASE("EveryStepMayFailAndThenTheOldOneServes") {
  struct Row {
    Phase phase;
    const char* code;
    Outcome::Kind kind;
    bool bad;
  };
  const Row rows[] = {{Phase::downloading, "hardware", Outcome::Kind::failed, true},
                      {Phase::installing, "self_test", Outcome::Kind::failed, true},
                      {Phase::installing, "signature", Outcome::Kind::failed, false},
                      {Phase::shadow, "shadow", Outcome::Kind::failed, true},
                      {Phase::trial, "errors", Outcome::Kind::rolled_back, true},
                      {Phase::watch, "latency", Outcome::Kind::rolled_back, true}};
  for (const auto& row : rows) {
    CAPTURE(row.code);
    const Unit unit = reject(in_phase(row.phase), {row.code, "why"});
    CHECK(unit.phase == Phase::settled);
    CHECK_FALSE(unit.wish);
    CHECK(unit.at_work() == ref("1", 1));
    CHECK(unit.last->kind == row.kind);
    CHECK(unit.last->package == ref("2", 2));
    CHECK((unit.find_bad(ref("2", 2).digest) != nullptr) == row.bad);
    const Unit again = offer(unit, wish("2", 2));
    CHECK((again.phase == Phase::settled) == row.bad);
    if (row.bad) CHECK(again.last->why.code == "known_bad");
  }
}

TEST_CASE("APackageThatEndsTheProcessThreeTimesIsTakenForTheReason") {
  for (const Phase phase : {Phase::installing, Phase::shadow, Phase::trial, Phase::watch}) {
    Unit unit = in_phase(phase);
    for (int i = 0; i < kMaxStarts; ++i) {
      unit = started(std::move(unit));
      CHECK(unit.phase == (phase == Phase::shadow ? Phase::installing : phase));
    }
    unit = started(std::move(unit));
    CHECK(unit.phase == Phase::settled);
    CHECK(unit.at_work() == ref("1", 1));
    CHECK(unit.last->why.code == "crash");
    CHECK(unit.find_bad(ref("2", 2).digest) != nullptr);
  }
  CHECK(started(settled()) == settled());
  const Unit fetching = in_phase(Phase::downloading);
  CHECK(started(fetching) == fetching);
}

TEST_CASE("TheSameWishAgainChangesNothing") {
  for (const Phase phase :
       {Phase::downloading, Phase::installing, Phase::shadow, Phase::trial, Phase::watch}) {
    const Unit unit = in_phase(phase);
    CHECK(offer(unit, *unit.wish) == unit);
  }
}

TEST_CASE("AnotherWishGivesUpWhatIsNotProven") {
  Unit unit = offer(in_phase(Phase::trial), wish("3", 3));
  CHECK(unit.phase == Phase::downloading);
  CHECK(unit.at_work() == ref("1", 1));
  CHECK(unit.find_bad(ref("2", 2).digest) == nullptr);
  unit = offer(in_phase(Phase::shadow), wish("1", 1));  // the hub wants the old one back
  CHECK(unit.phase == Phase::settled);
  CHECK(unit.current == ref("1", 1));
  CHECK(unit.last->kind == Outcome::Kind::healthy);
}

TEST_CASE("AnOlderReleaseIsRefusedUnlessItIsTheLastGoodOne") {
  Unit unit = settled();
  unit.highest_release = 5;
  const Unit refused = offer(unit, wish("2", 4));
  CHECK(refused.phase == Phase::settled);
  CHECK(refused.last->why.code == "tuf");
  unit = offer(unit, wish("0", 0));
  CHECK(unit.phase == Phase::downloading);
  unit = succeed(succeed(std::move(unit)));
  CHECK(unit.phase == Phase::trial);  // known to be good: no shadow
  unit = succeed(std::move(unit));
  CHECK(unit.phase == Phase::settled);
  CHECK(unit.current == ref("0", 0));
  CHECK(unit.highest_release == 5);
}

TEST_CASE("WhatTheHubCondemnsGivesWay") {
  Unit unit = condemn(settled(), ref("1", 1).digest);
  CHECK(unit.current == ref("0", 0));
  CHECK(unit.last->kind == Outcome::Kind::rolled_back);
  CHECK(unit.last->why.code == "told");
  CHECK(condemn(unit, ref("1", 1).digest) == unit);
  unit = condemn(settled(), ref("0", 0).digest);
  CHECK(unit.current == ref("1", 1));
  CHECK_FALSE(unit.last_good);
  unit = condemn(in_phase(Phase::watch), ref("2", 2).digest);
  CHECK(unit.current == ref("1", 1));
  unit = condemn(in_phase(Phase::downloading), ref("2", 2).digest);
  CHECK(unit.last->kind == Outcome::Kind::failed);
}

TEST_CASE("WhatIsKnownToBeBadIsNoWayBackEither") {
  // The old one is asked for again, and turns out to be bad this time.
  const Unit back = succeed(succeed(offer(settled(), wish("0", 0))));
  REQUIRE(back.phase == Phase::trial);
  for (const Unit& unit : {reject(back, {"errors", "all fail"}), condemn(back, ref("0", 0).digest)}) {
    CHECK(unit.at_work() == ref("1", 1));
    CHECK_FALSE(unit.last_good);
    CHECK(unit.find_bad(ref("0", 0).digest) != nullptr);
    CHECK_FALSE(condemn(unit, ref("1", 1).digest).at_work());
  }
}

TEST_CASE("WithNothingBehindItWhatTheStationBroughtItselfServes") {
  Unit unit{.name = "ducks"};
  unit = offer(unit, wish("2", 2, false));
  unit = succeed(succeed(succeed(std::move(unit))));
  CHECK(unit.phase == Phase::watch);
  unit = reject(std::move(unit), {"errors", "all fail"});
  CHECK_FALSE(unit.at_work());
  CHECK(reject(unit, {"load", "x"}) == unit);
}

TEST_CASE("AUnitComesBackFromItsTextAsItWas") {
  std::vector<Unit> units;
  for (const Phase phase :
       {Phase::downloading, Phase::installing, Phase::shadow, Phase::trial, Phase::watch}) {
    units.push_back(in_phase(phase));
    units.push_back(reject(in_phase(phase), {"crash", "a \"word\"\n"}));
  }
  units.push_back({.kind = UnitKind::configuration});
  units.push_back(
      {.kind = UnitKind::configuration, .current = PackageRef{"3", std::string(64, '2'), 3, "line"}});
  const auto again = parse_units(json::print(to_json(units)));
  REQUIRE(again);
  CHECK(*again == units);
}

TEST_CASE("ATextThatIsNoUnitIsRefusedByItsMember") {
  const auto refused = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    const auto units = parse_units(text);
    REQUIRE_FALSE(units);
    CHECK(units.error().kind == ErrorKind::corrupt);
    return units.error().what;
  };
  const std::string good = json::print(to_json({in_phase(Phase::watch)}));
  CHECK(refused(good, "\"watch\"", "\"resting\"").find("'phase'") != std::string::npos);
  CHECK(refused(good, "\"watch\"", "\"settled\"").find("contradict") != std::string::npos);
  CHECK(refused(good, std::string(64, '2'), "22").find("'digest'") != std::string::npos);
  CHECK(refused(good, "\"starts\":0", "\"starts\":-1").find("'starts'") != std::string::npos);
}

}  // namespace
}  // namespace oree::deployment
