#include "services/orders/plan.h"

#include <doctest/doctest.h>

namespace oree::orders {
namespace {

Result<std::vector<OrderRule>> read(std::string_view text) {
  return parse_order_rules(config::parse(text, "station.yaml").value());
}

TEST_CASE("ARuleSaysWhatTheOrderIsMadeOf") {
  const auto rules = read(R"(
- on: anomaly
  machines: robot-*
  detectors: [lstm]
  fault: wear
  priority: high
  due: 12h
  cost: 1200.50 EUR
  tasks:
    - {id: t1, en: Replace the bit, fr: Changer le foret}
  parts:
    - {id: p1, en: Drill bit, quantity: 2}
- on: ko_run
  fault: worm
  count: 3
)");
  REQUIRE(rules);
  const OrderRule* rule = rule_for_anomaly(*rules, "robot-7", "lstm");
  REQUIRE(rule != nullptr);
  CHECK(rule_for_anomaly(*rules, "press-1", "lstm") == nullptr);
  CHECK(rule_for_anomaly(*rules, "robot-7", "ewma") == nullptr);
  const Order order = draft(*rule, "mo-1", "robot-7", json::Object{}, from_ms(1000));
  CHECK(order.cost == Cost{1200.5, "EUR"});
  CHECK(order.due == from_ms(1000) + std::chrono::hours(12));
  CHECK(order.parts[0].name.fr == "Drill bit");
  CHECK(order.parts[0].quantity == 2);
  CHECK((*rules)[1].of == 20);
}

TEST_CASE("EachMistakeOfARuleHasItsPlace") {
  const auto rules = read(R"(
- on: anomaly
  fault: wear
  cost: a lot
  tasks:
    - {id: t1}
- on: ko_run
  fault: worm
  count: 8
  of: 5
  detectors: [x]
)");
  REQUIRE_FALSE(rules);
  const std::string& what = rules.error().what;
  for (const char* said : {"station.yaml:4", "1200 EUR", "station.yaml:6", "'en', 'fr'", "station.yaml:10",
                           "must not be below 'count'", "unknown key 'detectors'"}) {
    CAPTURE(said);
    CHECK(what.find(said) != std::string::npos);
  }
}

}  // namespace
}  // namespace oree::orders
