#include "services/approvals/rules.h"

#include <doctest/doctest.h>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;

namespace {

std::string head() {
  return cat("authority: safety\nstations:\n  - {name: line-1, key: \"", key(1).public_key().base64(),
             "\", address: \"http://127.0.0.1:8000\"}\n");
}

void check_mistake(const std::string& text, std::string_view wanted) {
  CAPTURE(text);
  const auto rules = parse_rules(text, "rules.yaml");
  REQUIRE(!rules);
  CHECK(rules.error().kind == ErrorKind::invalid);
  CHECK_MESSAGE(rules.error().what.find(wanted) != std::string::npos, rules.error().what);
}

}  // namespace

TEST_CASE("RulesAreReadFromAFile") {
  const auto rules = parse_rules(head() +
                                     "on_miss: ask\n"
                                     "clock_skew: 5s\n"
                                     "models: {allowed: ['robot-*'], on_miss: refuse}\n"
                                     "score: {minimum: 0.5, ratio: 1.5}\n"
                                     "sensors: {limits: {temperature: {low: -10, high: 90}}}\n"
                                     "windows: {zone: CET, open: [{days: [mon, Tuesday], from: \"06:30\"}]}\n"
                                     "cost: {ceiling: {EUR: 500}, by_priority: {urgent: {EUR: 5000}}}\n"
                                     "orders: {per_asset_per_day: 3}\n",
                                 "rules.yaml");
  REQUIRE_MESSAGE(rules, (rules ? "" : rules.error().what));
  CHECK(rules->authority == "safety");
  REQUIRE(rules->station(key(1).public_key()) != nullptr);
  CHECK(rules->station(key(1).public_key())->address == "http://127.0.0.1:8000");
  CHECK(rules->station(key(2).public_key()) == nullptr);
  CHECK(rules->clock_skew == std::chrono::seconds(5));
  CHECK(rules->models.on_miss == Miss::refuse);
  CHECK(rules->score.on_miss == Miss::ask);
  CHECK(rules->evidence.on_miss == Miss::ask);
  CHECK(*rules->score.ratio == 1.5);
  CHECK(*rules->sensors.limits.at(0).low == -10);
  CHECK(rules->windows.offset == std::chrono::hours(1));
  CHECK(rules->windows.open.at(0).from == std::chrono::minutes(390));
  CHECK(rules->windows.open.at(0).days[1]);
  CHECK(!rules->windows.open.at(0).days[2]);
  CHECK(rules->cost.by_priority.at("urgent").at("EUR") == 5000);
  CHECK(*rules->orders.per_asset_per_day == 3);
  CHECK(in_words(*rules).size() >= 8);
}

TEST_CASE("EveryMistakeInTheRulesIsNamed") {
  check_mistake("stations: []\n", "authority");
  check_mistake("authority: safety\n", "stations");
  check_mistake("authority: a b\nstations: []\n", "letters");
  check_mistake("authority: a\nstations: [{name: x, key: abc}]\n", "public key");
  check_mistake(head() + "otherwise: yes\n", "unknown key");
  check_mistake(head() + "on_miss: approve\n", "on_miss");
  check_mistake(head() + "models: [a]\n", "must be a map");
  check_mistake(head() + "models: {alowed: [a]}\n", "alowed");
  check_mistake(head() + "models: {allowed: ['sha256:12']}\n", "sha256");
  check_mistake(head() + "sensors: {limits: {t: {}}}\n", "low");
  check_mistake(head() + "sensors: {limits: {t: {low: 2, high: 1}}}\n", "high");
  check_mistake(head() + "windows: {zone: Europe/Paris}\n", "zone");
  check_mistake(head() + "windows: {open: [{days: [monday, noday]}]}\n", "noday");
  check_mistake(head() + "windows: {open: [{from: \"25:00\"}]}\n", "from");
  check_mistake(head() + "cost: {ceiling: {EUR: -1}}\n", "ceiling");
  check_mistake(head() + "cost: {ceiling: {euro: 1}}\n", "ceiling");
  check_mistake(head() + "cost: {by_priority: {soon: {EUR: 1}}}\n", "soon");
  check_mistake(head() + "orders: {per_asset_per_day: -1}\n", "per_asset_per_day");
  check_mistake(head() + "clock_skew: 48h\n", "clock_skew");
}

TEST_CASE("TwoStationsNeverShareANameOrAKey") {
  const auto one = cat("  - {name: line-1, key: \"", key(2).public_key().base64(), "\"}\n");
  const auto two = cat("  - {name: line-2, key: \"", key(1).public_key().base64(), "\"}\n");
  check_mistake(head() + one, "two of the name");
  check_mistake(head() + two, "twice");
  check_mistake(cat("authority: a\nstations:\n  - {name: x, key: \"", key(1).public_key().base64(),
                    "\", address: \"http://h/path\"}\n"),
                "address");
}

TEST_CASE("AStarStandsForAnyRunOfLetters") {
  CHECK(matches("*", ""));
  CHECK(matches("robot-*", "robot-"));
  CHECK(matches("*/1", "robot-lstm/1"));
  CHECK(matches("a*b*c", "aXbYbZc"));
  CHECK(!matches("a*b*c", "aXbY"));
  CHECK(!matches("robot", "robot-1"));
  CHECK(!matches("", "a"));
  CHECK(matches("**", "anything"));
  // A pattern that would take a backtracking matcher for ever.
  CHECK(!matches(std::string(50, '*') + "b", std::string(5000, 'a')));
}
