#include "services/orders/order_store.h"

#include <doctest/doctest.h>

#include <set>

#include "base/text.h"
#include "core/outbox/outbox.h"
#include "services/orders/testing/sample.h"

namespace oree::orders {
namespace {

using testing::TempOrders;
using testing::wear_order;

OrderStore::Placing placed(TempOrders& temp, const std::string& key, const std::string& id) {
  const auto now = temp.clock.wall();
  auto placing = temp.store().place({key, "robot-1", "wear", std::chrono::hours(1)},
                                    [&]() -> Result<Order> { return wear_order(id, now); });
  REQUIRE(placing);
  return *placing;
}

int64_t events(TempOrders& temp) {
  auto database = sql::Database::open((temp.folder() / "maintenance.db").string(), {});
  auto count = database->prepare("SELECT count(*) FROM outbox");
  REQUIRE(count);
  REQUIRE(count->step().value());
  return count->integer(0);
}

TEST_CASE("ThreeAnomaliesOfOneFaultMakeOneOrder") {
  TempOrders temp;
  CHECK(placed(temp, "a1", "mo-1").way == OrderStore::Placing::Way::proposed);
  CHECK(placed(temp, "a2", "mo-2").way == OrderStore::Placing::Way::merged);
  CHECK(placed(temp, "a3", "mo-3").order->causes == 3);
  CHECK(placed(temp, "a2", "mo-4").way == OrderStore::Placing::Way::known);
  CHECK(temp.store().list({}).value().size() == 1);
}

TEST_CASE("AnOrderAndItsEventAreThereAfterTheProcessIsBack") {
  TempOrders temp;
  placed(temp, "a1", "mo-1");
  REQUIRE(temp.store().advance("mo-1", {State::approved, "quorum", "quorum", "", temp.clock.wall()}));
  temp.reopen();
  CHECK(temp.store().find("mo-1").value().state == State::approved);
  CHECK(events(temp) == 2);
}

TEST_CASE("WhatIsRefusedLeavesNeitherAChangeNorAnEvent") {
  TempOrders temp;
  placed(temp, "a1", "mo-1");
  const auto wrong = temp.store().advance("mo-1", {State::done, "x", "", "", temp.clock.wall()});
  CHECK(wrong.error().kind == ErrorKind::conflict);
  CHECK(temp.store().find("mo-1").value().state == State::proposed);
  CHECK(events(temp) == 1);
  const auto failed = temp.store().place({"a9", "robot-9", "wear", {}}, []() -> Result<Order> {
    return fail(ErrorKind::full, "no room for evidence");
  });
  CHECK(failed.error().kind == ErrorKind::full);
  CHECK(placed(temp, "a9", "mo-9").way != OrderStore::Placing::Way::known);
}

TEST_CASE("OrdersAreFoundByStateAssetAndTime") {
  TempOrders temp;
  for (int i = 0; i < 5; ++i) {
    temp.clock.advance(std::chrono::minutes(1));
    const auto now = temp.clock.wall();
    REQUIRE(temp.store().place({cat("a", i), cat("robot-", i), "wear", {}}, [&]() -> Result<Order> {
      Order order = wear_order(cat("mo-", i), now);
      order.asset = cat("robot-", i);
      return order;
    }));
  }
  REQUIRE(temp.store().advance("mo-2", {State::refused, "maker", "", "", temp.clock.wall()}));
  CHECK(temp.store().list({.states = {State::refused}}).value().front().id == "mo-2");
  CHECK(temp.store().list({.asset = "robot-3"}).value().front().id == "mo-3");
  const auto page = temp.store().list({.before = "mo-3", .limit = 2}).value();
  REQUIRE(page.size() == 2);
  CHECK(page[0].id == "mo-2");
  CHECK(page[1].id == "mo-1");
  const auto changed = temp.store().list({.since = temp.clock.wall()}).value();
  CHECK(changed.size() == 2);  // mo-4, made in this minute, and mo-2
}

TEST_CASE("NoOrderThatWaitsIsOverlookedHoweverManyThereAre") {
  TempOrders temp;
  constexpr int kOrders = 2'300;  // two full pages and more
  for (int i = 0; i < kOrders; ++i) {
    const auto now = temp.clock.wall();
    REQUIRE(temp.store().place({cat("a", i), cat("robot-", i), "wear", {}}, [&]() -> Result<Order> {
      Order order = wear_order(cat("mo-", i), now);
      order.asset = cat("robot-", i);
      return order;
    }));
  }
  REQUIRE(temp.store().advance("mo-7", {State::refused, "maker", "", "", temp.clock.wall()}));
  const auto all = temp.store().all_in(State::proposed);
  REQUIRE(all);
  std::set<std::string> ids;
  for (const auto& order : *all) ids.insert(order.id);
  CHECK(all->size() == kOrders - 1);
  CHECK(ids.size() == kOrders - 1);
  CHECK(ids.contains("mo-0"));
  CHECK_FALSE(ids.contains("mo-7"));
}

TEST_CASE("APhoneThatSendsTwiceIsAppliedOnce") {
  TempOrders temp;
  placed(temp, "a1", "mo-1");
  const std::vector<Operation> operations{{.id = "1",
                                           .order = "mo-1",
                                           .field = "note",
                                           .value = "x",
                                           .seen = "",
                                           .at = temp.clock.wall(),
                                           .by = "Ada",
                                           .device = "phone",
                                           .resolves = {}},
                                          {.id = "2",
                                           .order = "mo-1",
                                           .field = "note",
                                           .value = "xy",
                                           .seen = "1",
                                           .at = temp.clock.wall(),
                                           .by = "Ada",
                                           .device = "phone",
                                           .resolves = {}},
                                          {.id = "3",
                                           .order = "mo-7",
                                           .field = "note",
                                           .value = "y",
                                           .seen = "",
                                           .at = temp.clock.wall(),
                                           .by = "Ada",
                                           .device = "phone",
                                           .resolves = {}}};
  for (int round = 0; round < 2; ++round) {
    const auto synced = temp.store().operate(operations);
    REQUIRE(synced);
    CHECK(synced->applied == std::vector<std::string>{"1", "2"});
    REQUIRE(synced->refused.size() == 1);
    CHECK(synced->refused[0].code == "not_found");
    REQUIRE(synced->orders.size() == 1);
    CHECK(synced->orders[0].fields.at("note").value == json::Value("xy"));
    temp.reopen();
  }
}

TEST_CASE("ListenersHearOfEachChangeOnce") {
  TempOrders temp;
  std::vector<State> heard;
  temp.store().on_change([&](const Order& order) { heard.push_back(order.state); });
  placed(temp, "a1", "mo-1");
  REQUIRE(temp.store().advance("mo-1", {State::approved, "x", "", "", temp.clock.wall()}));
  CHECK(heard == std::vector{State::proposed, State::approved});
}

}  // namespace
}  // namespace oree::orders
