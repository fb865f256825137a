#include "services/alerts/alert_states.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace oree;
using namespace oree::alerts;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kStart{std::chrono::hours(24 * 365 * 55)};

Rule hot_rule(std::string_view when = "series heat > 80 clear 75") {
  const auto expression = parse_expression(when);
  REQUIRE(expression);
  Rule rule;
  rule.name = "hot";
  rule.expression = *expression;
  rule.hold_for = 1min;
  rule.severity = Severity::page;
  rule.sentence = "{machine}: {sensor} is {value}, limit {threshold}";
  return rule;
}

Observation heat(double value, std::string_view machine = "press") {
  return {.source = Source::series,
          .name = "heat",
          .labels = {{"machine", std::string(machine)}},
          .value = value,
          .threshold = {}};
}

const Alert* only(const AlertStates& states) {
  return states.alerts().size() == 1 ? &states.alerts().begin()->second : nullptr;
}

}  // namespace

TEST_CASE("AnAlertFiresOnlyAfterItHasBeenSoForTheWholeTime") {
  AlertStates states({hot_rule()});
  CHECK(states.observe(heat(81), kStart));
  REQUIRE(only(states));
  CHECK(only(states)->state == AlertState::pending);
  CHECK_FALSE(states.observe(heat(90), kStart + 59s));
  CHECK(only(states)->state == AlertState::pending);
  CHECK(states.observe(heat(85.25), kStart + 60s));
  CHECK(only(states)->state == AlertState::firing);
  CHECK(only(states)->since == kStart);
  CHECK(only(states)->fired == kStart + 60s);
  CHECK(only(states)->sentence == "press: heat is 85.25, limit 80");
  CHECK(only(states)->labels ==
        Labels{{"alertname", "hot"}, {"machine", "press"}, {"sensor", "heat"}, {"severity", "page"}});
}

TEST_CASE("TimeAloneMakesAPendingAlertFire") {
  AlertStates states({hot_rule()});
  states.observe(heat(81), kStart);
  CHECK_FALSE(states.tick(kStart + 59s));
  CHECK(states.tick(kStart + 60s));
  CHECK(only(states)->state == AlertState::firing);
}

TEST_CASE("OneGoodValueStartsTheWaitAnew") {
  AlertStates states({hot_rule()});
  states.observe(heat(81), kStart);
  CHECK(states.observe(heat(80), kStart + 30s));
  CHECK(states.alerts().empty());
  states.observe(heat(81), kStart + 31s);
  states.observe(heat(81), kStart + 80s);
  CHECK(only(states)->state == AlertState::pending);
}

TEST_CASE("AFiringAlertEndsOnlyBeyondItsClearValue") {
  AlertStates states({hot_rule()});
  states.observe(heat(81), kStart);
  states.observe(heat(81), kStart + 1min);
  states.observe(heat(76), kStart + 2min);
  CHECK(only(states)->state == AlertState::firing);
  CHECK(states.observe(heat(75), kStart + 3min));
  CHECK(only(states)->state == AlertState::resolved);
  CHECK(only(states)->ended == kStart + 3min);
}

TEST_CASE("KeepFiringRidesOverAShortPause") {
  Rule rule = hot_rule();
  rule.keep_firing = 5min;
  AlertStates states({rule});
  states.observe(heat(81), kStart);
  states.observe(heat(81), kStart + 1min);
  states.observe(heat(70), kStart + 2min);
  states.observe(heat(81), kStart + 4min);
  states.observe(heat(70), kStart + 5min);
  states.tick(kStart + 9min);
  CHECK(only(states)->state == AlertState::firing);
  states.tick(kStart + 10min);
  CHECK(only(states)->state == AlertState::resolved);
}

TEST_CASE("EachMachineHasItsOwnAlert") {
  AlertStates states({hot_rule()});
  states.observe(heat(81, "a"), kStart);
  states.observe(heat(81, "b"), kStart + 30s);
  states.tick(kStart + 1min);
  int firing = 0;
  for (const auto& [id, alert] : states.alerts()) firing += alert.state == AlertState::firing ? 1 : 0;
  CHECK(states.alerts().size() == 2);
  CHECK(firing == 1);
}

TEST_CASE("AResolvedAlertThatComesAgainIsANewOne") {
  Rule rule = hot_rule();
  rule.hold_for = 0s;
  AlertStates states({rule});
  states.observe(heat(81), kStart);
  states.observe(heat(70), kStart + 1min);
  CHECK(only(states)->state == AlertState::resolved);
  CHECK(states.observe(heat(82), kStart + 2min));
  CHECK(only(states)->state == AlertState::firing);
  CHECK(only(states)->since == kStart + 2min);
  CHECK(only(states)->ended == WallTime{});
}

TEST_CASE("SilenceOfTheSourceForgetsThePendingAndKeepsTheFiring") {
  Rule slow = hot_rule();
  slow.hold_for = 1h;
  AlertStates pending({slow});
  pending.observe(heat(81), kStart);
  CHECK(pending.tick(kStart + 6min));
  CHECK(pending.alerts().empty());
  AlertStates firing({hot_rule()});
  firing.observe(heat(81), kStart);
  firing.tick(kStart + 1min);
  firing.tick(kStart + 48h);
  CHECK(only(firing)->state == AlertState::firing);
}

TEST_CASE("AScoreBringsItsOwnThresholdAndClearIsAShareOfIt") {
  Rule rule = hot_rule("score > threshold clear 0.8");
  rule.hold_for = 0s;
  AlertStates states({rule});
  Observation score{.source = Source::score, .name = "lstm", .labels = {}, .value = 0.5, .threshold = 0.4};
  CHECK(states.observe(score, kStart));
  score.value = 0.33;
  states.observe(score, kStart + 1s);
  CHECK(only(states)->state == AlertState::firing);
  score.value = 0.32;
  states.observe(score, kStart + 2s);
  CHECK(only(states)->state == AlertState::resolved);
  score.threshold.reset();
  score.value = 100;
  CHECK_FALSE(states.observe(score, kStart + 3s));
}

TEST_CASE("ACounterIsJudgedByItsGrowthAndMayBeginAnew") {
  Rule rule = hot_rule("counter drops > 1");
  rule.hold_for = 0s;
  AlertStates states({rule});
  Observation drops{.source = Source::counter, .name = "drops", .labels = {}, .value = 1000, .threshold = {}};
  CHECK_FALSE(states.observe(drops, kStart));
  drops.value = 1010;
  CHECK_FALSE(states.observe(drops, kStart + 10s));
  drops.value = 30;  // restarted, and 30 since
  CHECK(states.observe(drops, kStart + 20s));
  CHECK(only(states)->value == 3);
}

TEST_CASE("ValuesThatAreNoNumbersSayNothing") {
  AlertStates states({hot_rule("series heat < 10")});
  CHECK_FALSE(states.observe(heat(std::nan("")), kStart));
  CHECK(states.alerts().empty());
}

TEST_CASE("AnAlertWhoseRuleIsGoneEndsAtTheRestart") {
  AlertStates before({hot_rule()});
  before.observe(heat(81), kStart);
  before.tick(kStart + 1min);
  AlertStates after({});
  after.restore(before.alerts(), {}, kStart + 2min);
  CHECK(only(after)->state == AlertState::resolved);
  CHECK(only(after)->ended == kStart + 2min);
}

TEST_CASE("AClockThatIsSetBackAYearMakesAWaitBeginAnewAndNoLonger") {
  AlertStates states({hot_rule()});
  states.observe(heat(81), kStart);
  const WallTime back = kStart - 24h * 365;
  states.observe(heat(81), back);
  CHECK(only(states)->state == AlertState::pending);
  states.observe(heat(81), back + 1min);
  CHECK(only(states)->state == AlertState::firing);
  states.observe(heat(70), back + 2min);
  CHECK(only(states)->state == AlertState::resolved);
}

TEST_CASE("AFloodOfLabelsIsRefusedAndCounted") {
  AlertStates states({hot_rule()});
  for (size_t i = 0; i < AlertStates::kMaxAlerts + 5; ++i)
    states.observe(heat(81, std::to_string(i)), kStart);
  CHECK(states.alerts().size() == AlertStates::kMaxAlerts);
  CHECK(states.refused() == 5);
  CHECK(states.counters().empty());
}

TEST_CASE("CountersNobodyAsksForAreNotRemembered") {
  AlertStates states({hot_rule("counter drops > 1")});
  Observation other{.source = Source::counter, .name = "others", .labels = {}, .value = 1, .threshold = {}};
  states.observe(other, kStart);
  CHECK(states.counters().empty());
  other.name = "drops";
  states.observe(other, kStart);
  CHECK(states.counters().size() == 1);
}

TEST_CASE("ExpressionsReadAsTheyPrint") {
  for (const char* text : {"series heat > 80", "series heat >= 80 clear 75", "score > threshold",
                           "score lstm <= 0.5", "counter drops > 0", "score > threshold clear 0.8"}) {
    const auto e = parse_expression(text);
    REQUIRE(e);
    CHECK(print(*e) == text);
  }
}

TEST_CASE("ExpressionsThatMeanNothingAreRefusedWithAnExample") {
  for (const char* text : {"", "heat > 80", "series > 80", "series heat 80", "series heat > eighty",
                           "series heat > 80 or", "series heat > threshold", "series heat > 80 clear 90",
                           "series heat > 80 clear 75 x", "series heat > inf"}) {
    CAPTURE(std::string(text));
    const auto e = parse_expression(text);
    REQUIRE_FALSE(e);
    CHECK(e.error().kind == ErrorKind::invalid);
    CHECK(e.error().what.find("such as `series") != std::string::npos);
  }
}

TEST_CASE("MatchersReadAsTheyPrintAndMatchWholeValues") {
  const Labels labels{{"machine", "robot-12"}, {"site", "Lyon"}};
  const auto says = [&](std::string_view text) {
    const auto m = parse_matcher(text);
    REQUIRE(m);
    CHECK(*parse_matcher(print(*m)) == *m);
    return matches(*m, labels);
  };
  CHECK(says("machine=robot-12"));
  CHECK(says("machine = \"robot-12\""));
  CHECK_FALSE(says("machine=robot-1"));
  CHECK(says("machine!=robot-1"));
  CHECK(says("machine=~\"robot-.*\""));
  CHECK(says("machine=~press|.*-12"));
  CHECK(says("machine=~r.*t-.*2"));
  CHECK_FALSE(says("machine=~robot-1"));
  CHECK_FALSE(says("machine=~.*-1"));
  CHECK(says("machine!~press.*"));
  CHECK(says("line=\"\""));
  CHECK_FALSE(parse_matcher("machine"));
  CHECK_FALSE(parse_matcher("=x"));
  CHECK_FALSE(parse_matcher("a!x"));
  CHECK_FALSE(parse_matcher("machine=~robot-[0-9]+"));
  CHECK_FALSE(parse_matcher("machine=a\"b"));
}

TEST_CASE("FingerprintsAreThoseOfPrometheus") {
  // The empty label set's is the FNV-1a offset basis.
  CHECK(fingerprint({}) == "cbf29ce484222325");
  CHECK(fingerprint({{"a", "b"}}) != fingerprint({{"ab", ""}}));
}

TEST_CASE("SentencesFillInWhatTheyKnow") {
  Rule rule = hot_rule();
  rule.sentence = "{rule} on {machine} at {place}: {value} > {threshold} {";
  CHECK(fill_sentence(rule, {{"machine", "a"}}, 1234.56, 80) == "hot on a at {place}: 1235 > 80 {");
  rule.sentence = "";
  CHECK(fill_sentence(rule, {}, 0.30407, 0.25) == "hot: 0.3041 is above 0.25");
}
