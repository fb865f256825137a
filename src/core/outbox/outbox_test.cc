#include "core/outbox/outbox.h"

#include <doctest/doctest.h>

namespace oree::outbox {
namespace {

sql::Database empty_box() {
  auto database = sql::Database::open(":memory:", {});
  REQUIRE(database);
  REQUIRE(create(*database));
  return *std::move(database);
}

Event event(std::string id) {
  return {std::move(id), "T", "/s", "orders/1", WallTime(milliseconds(1234)), json::Object{{"é", 1}}};
}

TEST_CASE("EventsComeBackInTheirOrderFromWhereOneStopped") {
  auto database = empty_box();
  for (const char* id : {"a", "b", "c"}) REQUIRE(add(database, event(id)));
  const auto all = after(database, 0, 10);
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  CHECK(all->front().event == event("a"));
  const auto rest = after(database, all->front().number, 1);
  REQUIRE(rest);
  REQUIRE(rest->size() == 1);
  CHECK(rest->front().event.id == "b");
}

TEST_CASE("AnEventOfATransactionThatWasRolledBackIsNotTold") {
  auto database = empty_box();
  {
    auto transaction = sql::Transaction::begin(database);
    REQUIRE(transaction);
    REQUIRE(add(database, event("a")));
  }
  CHECK(after(database, 0, 10)->empty());
}

TEST_CASE("TheSameEventIsToldOnceAndNumbersAreNeverUsedAgain") {
  auto database = empty_box();
  REQUIRE(add(database, event("a")));
  REQUIRE(add(database, event("a")));
  const auto all = after(database, 0, 10);
  REQUIRE(all->size() == 1);
  REQUIRE(forget(database, all->front().number));
  REQUIRE(add(database, event("b")));
  CHECK(after(database, 0, 10)->front().number > all->front().number);
}

TEST_CASE("AnEventWhoseDataIsNoJsonIsNamed") {
  auto database = empty_box();
  REQUIRE(database.execute("INSERT INTO outbox VALUES(7,'a','t','s','u',0,'{')"));
  const auto all = after(database, 0, 10);
  REQUIRE_FALSE(all);
  CHECK(all.error().kind == ErrorKind::corrupt);
  CHECK(all.error().what.find("event 7") != std::string::npos);
}

}  // namespace
}  // namespace oree::outbox
