#include "services/rollouts/state.h"

#include <doctest/doctest.h>

#include "services/rollouts/testing/small_fleet.h"

namespace oree::rollouts {

TEST_CASE("State and steps survive JSON, evidence included") {
  testing::SmallFleet hub(20, 2);
  hub.prove_canary();
  for (const auto& id : hub.in(StationState::offered)) hub.succeed(id);
  hub.after(std::chrono::minutes(1));
  Evidence evidence{.requests = 10, .errors = 1, .latency = {}, .confidence = {}, .shadowed = 5, .agreed = 5};
  evidence.latency.add(1'500, 9);
  evidence.confidence.add(0.93, 10);
  for (auto& [id, report] : hub.fleet.stations) report.candidate = evidence;
  const auto steps = hub.after(std::chrono::hours(7));
  REQUIRE(testing::has(steps, StepKind::mark));
  for (const Step& step : steps) {
    const auto text = json::print(to_json(step));
    const auto again = parse_step_json(*json::parse(text));
    REQUIRE(again);
    CHECK(*again == step);
  }
  const auto again = parse_state_json(*json::parse(json::print(to_json(hub.state))));
  REQUIRE(again);
  CHECK(*again == hub.state);
}

TEST_CASE("What was stored wrongly is named") {
  const auto read = [](const char* text) { return parse_state_json(*json::parse(text)); };
  CHECK(read("{}"));
  CHECK(read("[]").error().what == "roll-out state is no object");
  CHECK(read(R"({"status": "flying"})").error().what == "roll-out state: 'status' is not as it was written");
  CHECK(read(R"({"stations": {"a": {"state": 3}}})").error().what ==
        "station 'a': 'state' is not as it was written");
  CHECK(read(R"({"stations": {"a": {"wave": 5000000000}}})").error().kind == ErrorKind::corrupt);
  CHECK(read(R"({"marks": {"c": {"candidate": {"requests": -1}}}})").error().kind == ErrorKind::corrupt);
  CHECK(parse_step_json(*json::parse("{}")).error().what == "step: 'kind' is not as it was written");
}

TEST_CASE("Evidence adds up, and what came since is what is left") {
  Evidence a{.requests = 10, .errors = 1}, b{.requests = 5, .errors = 2};
  a.confidence.add(0.5);
  b.latency.add(100);
  Evidence both = a;
  both.merge(b);
  CHECK(both.requests == 15);
  CHECK(both.since(a) == b);
  CHECK(a.since(both).requests == 0);  // it went back: nothing, not a huge number
  CHECK_FALSE(parse_evidence(*json::parse(R"({"latency_us": [[1]]})")));
  CHECK_FALSE(parse_evidence(*json::parse(R"({"confidence": [0.5]})")));
  CHECK(*parse_evidence(to_json(both)) == both);
}

}  // namespace oree::rollouts
