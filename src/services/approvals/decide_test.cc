#include "services/approvals/decide.h"

#include <doctest/doctest.h>

#include <functional>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;

namespace {

Rules rules_of(std::string_view more) {
  const auto rules = parse_rules(cat("authority: safety\nstations:\n  - {name: line-1, key: \"",
                                     key(1).public_key().base64(), "\"}\n", more),
                                 "rules.yaml");
  REQUIRE_MESSAGE(rules, (rules ? "" : rules.error().what));
  return *rules;
}

Facts sample_facts() {
  const Evidence evidence = seal();
  const auto facts = check_evidence(proposal(evidence), as_bytes(evidence.manifest_text()), evidence.fetch());
  REQUIRE(facts);
  return *facts;
}

struct Row {
  std::string_view what;
  std::string rules;
  Answer answer;
  std::string_view code;
  std::function<void(Proposal&, Facts&)> change = [](Proposal&, Facts&) {};
  int64_t now = kNow;
};

constexpr int64_t kHour = 3'600'000;

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Proposal p = proposal();
    Facts facts = sample_facts();
    row.change(p, facts);
    const Ruling ruling = decide(rules_of(row.rules), p, facts, {}, wall(row.now));
    CHECK(name(ruling.answer) == name(row.answer));
    CHECK(ruling.code == row.code);
    CHECK(!ruling.reason.empty());
  }
}

}  // namespace

TEST_CASE("RulesThatAreMetApprove") {
  const std::string digest = sample_facts().model_digest;
  check({
      {"no rules", "", Answer::approve, "ok"},
      {"a person has the last word", "when_met: ask\n", Answer::ask, "person_wanted"},
      {"model by name", "models: {allowed: [robot-lstm/1]}\n", Answer::approve, "ok"},
      {"model by pattern", "models: {allowed: [x, 'robot-*']}\n", Answer::approve, "ok"},
      {"model by digest", cat("models: {allowed: ['sha256:", digest, "']}\n"), Answer::approve, "ok"},
      {"detector", "detectors: {allowed: [wear]}\n", Answer::approve, "ok"},
      {"score at its limit", "score: {minimum: 2.5, ratio: 2}\n", Answer::approve, "ok"},
      {"sensors inside", "sensors: {limits: {temperature: {low: 0, high: 61.5}, 'x*': {high: 0}}}\n",
       Answer::approve, "ok"},
      {"inside the hours", "windows: {open: [{days: [mon], from: \"06:00\", to: \"22:00\"}]}\n",
       Answer::approve, "ok"},
      {"at the ceiling", "cost: {ceiling: {EUR: 1200}}\n", Answer::approve, "ok"},
      {"above it, but urgent", "cost: {ceiling: {EUR: 10}, by_priority: {high: {EUR: 2000}}}\n",
       Answer::approve, "ok"},
      {"costs nothing", "cost: {ceiling: {USD: 1}}\n", Answer::approve, "ok",
       [](Proposal& p, Facts&) { p.cost = 0; }},
      {"evidence", "evidence: {names: [window.json, 'model/*'], types: [application/yaml]}\n",
       Answer::approve, "ok"},
      {"clocks differ a little", "", Answer::approve, "ok", [](Proposal&, Facts&) {},
       kNow + 900'000 + 30'000},
  });
}

TEST_CASE("EachMissIsRefusedOrAskedAbout") {
  check({
      {"model", "models: {allowed: [other/*]}\n", Answer::refuse, "model_not_allowed"},
      {"model asks", "models: {allowed: [other/*], on_miss: ask}\n", Answer::ask, "model_not_allowed"},
      {"no model", "models: {allowed: [a*]}\n", Answer::refuse, "model_not_allowed",
       [](Proposal&, Facts& f) { f.model.clear(); }},
      {"model's digest", cat("models: {allowed: ['sha256:", digest_of("x").hex(), "']}\n"), Answer::refuse,
       "model_not_allowed"},
      {"detector", "on_miss: ask\ndetectors: {allowed: [other]}\n", Answer::ask, "detector_not_allowed"},
      {"score", "score: {minimum: 2.6}\n", Answer::refuse, "score_below_limit"},
      {"ratio", "score: {ratio: 2.1}\n", Answer::refuse, "score_below_limit"},
      {"no threshold", "score: {ratio: 1}\n", Answer::refuse, "score_below_limit",
       [](Proposal& p, Facts&) { p.threshold = 0; }},
      {"too hot", "sensors: {limits: {temp*: {high: 61}}}\n", Answer::refuse, "sensor_out_of_limits"},
      {"too cold", "sensors: {limits: {temperature: {low: 21}}}\n", Answer::refuse, "sensor_out_of_limits"},
      {"hours", "windows: {open: [{days: [tue], from: \"06:00\", to: \"22:00\"}]}\n", Answer::refuse,
       "outside_window"},
      {"cost", "cost: {ceiling: {EUR: 1199.99}}\n", Answer::refuse, "cost_ceiling"},
      {"currency", "cost: {ceiling: {USD: 5000}}\n", Answer::refuse, "cost_ceiling"},
      {"priority's own ceiling", "cost: {ceiling: {EUR: 5000}, by_priority: {high: {EUR: 100}}}\n",
       Answer::refuse, "cost_ceiling"},
      {"part", "evidence: {names: [picture.png]}\n", Answer::refuse, "evidence_missing"},
      {"type", "evidence: {types: [image/*], on_miss: ask}\n", Answer::ask, "evidence_missing"},
      {"orders", "orders: {per_asset_per_day: 0}\n", Answer::refuse, "too_many_orders"},
      {"expired", "when_met: ask\n", Answer::refuse, "expired", [](Proposal&, Facts&) {},
       kNow + 900'000 + 30'001},
      {"expired by a strict clock", "clock_skew: 0s\n", Answer::refuse, "expired", [](Proposal&, Facts&) {},
       kNow + 900'001},
      {"of tomorrow", "", Answer::refuse, "from_the_future", [](Proposal&, Facts&) {}, kNow - 40'000},
      {"unknown station", "", Answer::refuse, "unknown_station",
       [](Proposal& p, Facts&) { p.station = "line-2"; }},
  });
}

TEST_CASE("ARefusalWinsOverAQuestionAndEveryMissIsNamed") {
  const auto rules = rules_of("models: {allowed: [x], on_miss: ask}\ncost: {ceiling: {EUR: 1}}\n");
  const Ruling ruling = decide(rules, proposal(), sample_facts(), {}, wall(kNow));
  CHECK(ruling.answer == Answer::refuse);
  CHECK(ruling.code == "cost_ceiling");
  CHECK(ruling.reason.find("robot-lstm/1") != std::string::npos);
  CHECK(ruling.reason.find("1200.00 EUR") != std::string::npos);
}

TEST_CASE("OrdersAreCountedByStationAndAssetOverTheLastDay") {
  const auto rules = rules_of("orders: {per_asset_per_day: 2}\n");
  const Proposal p = proposal();
  const auto answer = [&](const std::vector<Past>& past) {
    return decide(rules, p, sample_facts(), past, wall(kNow)).answer;
  };
  const Past recent{"line-1", "robot-1", kNow - kHour};
  CHECK(answer({recent}) == Answer::approve);
  CHECK(answer({recent, recent}) == Answer::refuse);
  CHECK(answer({recent, {"line-1", "robot-1", kNow - 24 * kHour}}) == Answer::approve);
  CHECK(answer({recent, {"line-1", "robot-2", kNow}, {"line-2", "robot-1", kNow}}) == Answer::approve);
}

TEST_CASE("HoursGoPastMidnightAndFollowTheOffset") {
  using std::chrono::minutes;
  const TimesOfDay night{.days = {true}, .from = minutes(22 * 60), .to = minutes(6 * 60)};
  const int64_t monday = kNow - 10 * kHour;
  const auto open = [&](int64_t at, minutes offset = minutes(0)) {
    return is_open(std::array{night}, offset, at);
  };
  CHECK(!open(monday + 5 * kHour));
  CHECK(!open(monday + 22 * kHour - 1));
  CHECK(open(monday + 22 * kHour));
  CHECK(open(monday + 30 * kHour - 1));
  CHECK(!open(monday + 30 * kHour));
  CHECK(!open(monday + 46 * kHour));
  CHECK(open(monday + 21 * kHour, minutes(60)));
  CHECK(!open(monday + 22 * kHour, minutes(-60)));
  const TimesOfDay day{.days = {true}};
  CHECK(is_open(std::array{day}, minutes(0), monday));
  CHECK(is_open(std::array{day}, minutes(0), monday + 24 * kHour - 1));
  CHECK(!is_open(std::array{day}, minutes(0), monday + 24 * kHour));
}
