#include "services/orders/order.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/orders/operations.h"
#include "services/orders/placing.h"
#include "services/orders/testing/sample.h"
#include "services/orders/transitions.h"

namespace oree::orders {
namespace {

const WallTime kNow = from_ms(1'780'000'000'000);

Order moved(Order order, std::initializer_list<State> states) {
  for (const State state : states)
    order = advance(std::move(order), {state, "x", "c", "r", order.updated + microseconds(1000)}).value();
  return order;
}

TEST_CASE("AnOrderComesBackFromItsJson") {
  Order order = moved(testing::wear_order("mo-1", kNow), {State::approved, State::ordered, State::scheduled});
  order.proof = json::Object{{"ledger", "embedded"}, {"index", 3}};
  order.evidence = {"aa", {{"window.json", "application/json", 12, "bb"}}};
  for (const char* field : {"note", "photo"}) {
    Operation operation{.id = cat("op-", field),
                        .order = "mo-1",
                        .field = field,
                        .value = "worn",
                        .seen = "",
                        .at = kNow,
                        .by = "Ada",
                        .device = "phone",
                        .resolves = {}};
    if (operation.field == "photo") operation.value = json::Object{{"digest", std::string(64, 'a')}};
    REQUIRE(apply(order, operation));
  }
  Operation other{.id = "op-9",
                  .order = "mo-1",
                  .field = "note",
                  .value = "fine",
                  .seen = "",
                  .at = kNow,
                  .by = "Bo",
                  .device = "tablet",
                  .resolves = {}};
  CHECK(apply(order, other).value() == Outcome::conflict);
  const auto text = json::print(order_json(order));
  const auto again = parse_order(json::parse(text).value());
  REQUIRE(again);
  CHECK(*again == order);
}

TEST_CASE("AStoredOrderWithAHoleIsNamedCorrupt") {
  const json::Value whole = order_json(testing::wear_order("mo-1", kNow));
  for (const auto& [key, member] : *whole.object()) {
    if (key == "versions") continue;  // made of the fields
    json::Object holed;
    for (const auto& one : *whole.object())
      if (one.first != key) holed.push_back(one);
    const auto parsed = parse_order(holed);
    CAPTURE(key);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::corrupt);
    CHECK(parsed.error().what.find(key) != std::string::npos);
  }
}

TEST_CASE("OnlyTheStatesThatFollowAreReached") {
  const Order proposed = testing::wear_order("mo-1", kNow);
  CHECK(may_follow(State::proposed, State::approved));
  CHECK_FALSE(may_follow(State::proposed, State::ordered));
  CHECK_FALSE(may_follow(State::refused, State::approved));
  CHECK_FALSE(may_follow(State::done, State::in_progress));
  const auto wrong = advance(proposed, {State::done, "x", "", "", kNow});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == ErrorKind::conflict);
  const Order done = moved(proposed, {State::approved, State::ordered, State::in_progress, State::done});
  CHECK(done.history.size() == 5);
  CHECK_FALSE(is_open(done.state));
}

TEST_CASE("FromEveryStateAnEndIsReached") {
  for (int i = 0; i <= static_cast<int>(State::cancelled); ++i) {
    const State from = static_cast<State>(i);
    bool goes_on = false;
    for (int j = 0; j <= static_cast<int>(State::cancelled); ++j)
      goes_on = goes_on || may_follow(from, static_cast<State>(j));
    CHECK(goes_on == is_open(from));
  }
}

TEST_CASE("CausesMergeIntoTheOpenOrder") {
  const Order open = testing::wear_order("mo-1", kNow);
  const Placed placed = place(std::vector{open}, std::chrono::hours(1), kNow + std::chrono::hours(5));
  CHECK(placed.way == Placed::Way::merge);
  CHECK(placed.order == "mo-1");
}

TEST_CASE("AClosedOrderRestsForItsCoolDown") {
  const Order closed = moved(testing::wear_order("mo-1", kNow), {State::refused});
  const std::vector known{closed};
  CHECK(place(known, std::chrono::hours(1), kNow + std::chrono::minutes(59)).way == Placed::Way::rest);
  CHECK(place(known, std::chrono::hours(1), kNow + std::chrono::minutes(61)).way == Placed::Way::propose);
}

TEST_CASE("AClockThatWentBackDoesNotRestForEver") {
  const Order closed =
      moved(testing::wear_order("mo-1", kNow + std::chrono::hours(24 * 365)), {State::refused});
  const Placed placed = place(std::vector{closed}, std::chrono::hours(1), kNow);
  CHECK(placed.way == Placed::Way::rest);
  CHECK(placed.until <= kNow + std::chrono::hours(1));
}

}  // namespace
}  // namespace oree::orders
