#include "services/rollouts/plan.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace oree::rollouts {

TEST_CASE("A plan may say nothing: then the canary is one percent for a day and a half") {
  const auto plan = parse_plan("{}", "plan.yaml");
  REQUIRE(plan);
  REQUIRE(plan->waves.size() == 4);
  CHECK(plan->waves[0].percent == 1);
  CHECK(plan->waves[0].soak == std::chrono::hours(36));
  CHECK(shadow_of(*plan, 0).requests == 1500);
  CHECK(shadow_of(*plan, 1).requests == 50);
  CHECK(plan->max_exposed == 1);
  CHECK_FALSE(plan->abort_when_undecided);
}

TEST_CASE("What is written is read, and survives JSON") {
  const auto plan = parse_plan(R"(
model: ducks
version: "3"
package: sha256:abc
waves:
  - {name: pilots, tags: [pilot, site=lyon], soak: 2h, shadow: {percent: 50, requests: 200, at_most: 1h}}
  - {name: ten, count: 10, soak: 30min, max_exposed: 5}
  - {percent: 100}
max_exposed: 2
offers_per_minute: 20
budgets: [{group_by: line, max_unavailable: 2}]
deadlines: {installing: 5min, silence: 20min, max_wait: 24h}
gates: {alpha: 0.02, drift: off, agreement: 0.9, failures: 0, min_stations: 3}
when_undecided: abort
seed: 7
)",
                               "plan.yaml");
  REQUIRE(plan);
  CHECK(plan->waves[0].tags == std::vector<std::string>{"pilot", "site=lyon"});
  CHECK(plan->waves[1].count == 10);
  CHECK(plan->waves[2].name == "wave 3");
  CHECK(plan->budgets[0].max_unavailable == 2);
  CHECK(plan->deadlines.silence == std::chrono::minutes(20));
  CHECK_FALSE(plan->gates.drift);
  CHECK(*plan->gates.failures == 0);
  CHECK(plan->abort_when_undecided);
  const std::string text = json::print(to_json(*plan));
  const auto again = parse_plan(text, "stored");
  REQUIRE(again);
  CHECK(json::print(to_json(*again)) == text);
}

// The JSON Schema judges the same files in tests/station/test_schemas.py.
TEST_CASE("The reader judges the corpus of the schema as it is named") {
  for (const bool good : {true, false}) {
    const auto folder =
        std::filesystem::path(OREE_SOURCE_DIR) / "schemas/corpus/rollout" / (good ? "good" : "bad");
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      CAPTURE(entry.path().string());
      CHECK(parse_plan(text.str(), entry.path().filename().string()).has_value() == good);
      ++files;
    }
    CHECK(files >= 2);
  }
}

TEST_CASE("Every mistake is named with its place") {
  const auto plan = parse_plan(
      "waves:\n  - {percent: 0, tag: [a]}\n  - {count: 3, percent: 5}\ngates: {drif: 1}\n"
      "deadlines: {silence: 0s}\n",
      "plan.yaml");
  REQUIRE_FALSE(plan);
  for (const char* part : {"plan.yaml:2", "'percent'", "did you mean 'tags'", "cannot stand beside 'percent'",
                           "did you mean 'drift'", "silence is failure"}) {
    CAPTURE(plan.error().what);
    CHECK(plan.error().what.find(part) != std::string::npos);
  }
}

}  // namespace oree::rollouts
