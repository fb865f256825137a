#include "services/orders/operations.h"

#include <doctest/doctest.h>

#include "services/orders/testing/sample.h"
#include "services/orders/transitions.h"

namespace oree::orders {
namespace {

const WallTime kNow = from_ms(1'780'000'000'000);

Operation edit(std::string id, std::string field, json::Value value, std::string seen = "",
               std::string device = "phone") {
  return {.id = std::move(id),
          .order = "mo-1",
          .field = std::move(field),
          .value = std::move(value),
          .seen = std::move(seen),
          .at = kNow,
          .by = "Ada",
          .device = std::move(device),
          .resolves = {}};
}

Order ordered() {
  Order order = testing::wear_order("mo-1", kNow);
  for (const State state : {State::approved, State::ordered})
    order = advance(std::move(order), {state, "x", "", "", kNow}).value();
  return order;
}

TEST_CASE("FieldsOfTwoPhonesStandSideBySide") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "note", "worn")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "task/t1", true, "", "tablet")).value() == Outcome::applied);
  CHECK(order.fields.at("note").value == json::Value("worn"));
  CHECK(order.fields.at("task/t1").value == json::Value(true));
  CHECK(order.conflicts.empty());
}

TEST_CASE("TwoNotesWrittenWithoutKnowingOfEachOtherAreBothKept") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "note", "worn")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "note", "fine", "", "tablet")).value() == Outcome::conflict);
  REQUIRE(order.conflicts.at("note").size() == 2);
  CHECK(order.fields.at("note").value == json::Value("worn"));

  Operation resolved = edit("3", "note", "worn, but fine", "1");
  resolved.resolves = {"1"};
  CHECK(apply(order, resolved).value() == Outcome::conflict);  // it did not know of "2"
  REQUIRE(order.conflicts.at("note").size() == 2);             // and follows "1", which it knew
  resolved.id = "4";
  resolved.resolves = {"3"};
  CHECK(apply(order, resolved).value() == Outcome::conflict);
  resolved.id = "5";
  resolved.resolves = {"2", "3", "4"};
  CHECK(apply(order, resolved).value() == Outcome::applied);
  CHECK(order.conflicts.empty());
  CHECK(order.fields.at("note").value == json::Value("worn, but fine"));
}

TEST_CASE("TheSameValueFromTwoPhonesIsNoConflict") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "task/t1", true)).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "task/t1", true, "", "tablet")).value() == Outcome::applied);
  CHECK(order.conflicts.empty());
}

TEST_CASE("AChainOfEditsMadeOfflineIsOneSideOfTheConflict") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "note", "a")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "note", "b", "", "tablet")).value() == Outcome::conflict);
  CHECK(apply(order, edit("3", "note", "b, more", "2", "tablet")).value() == Outcome::conflict);
  REQUIRE(order.conflicts.at("note").size() == 2);
  CHECK(order.conflicts.at("note")[1].value == json::Value("b, more"));
}

TEST_CASE("WhoGoesOnWritingAfterAConflictKeepsOneAccount") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "note", "a")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "note", "b", "", "tablet")).value() == Outcome::conflict);
  CHECK(apply(order, edit("3", "note", "a, more", "1")).value() == Outcome::conflict);
  REQUIRE(order.conflicts.at("note").size() == 2);
  CHECK(order.conflicts.at("note")[0].value == json::Value("a, more"));
  CHECK(order.fields.at("note").value == json::Value("a, more"));
}

TEST_CASE("AStepForwardNeedsToKnowNothing") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "state", "scheduled")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "state", "done", "", "tablet")).value() == Outcome::applied);
  CHECK(order.state == State::done);
  CHECK(apply(order, edit("3", "state", "in_progress", "1")).error().kind == ErrorKind::conflict);
}

TEST_CASE("AStepBackByWhoDidNotKnowIsShownAndChosen") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "state", "in_progress")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "state", "scheduled", "", "tablet")).value() == Outcome::conflict);
  CHECK(order.state == State::in_progress);
  REQUIRE(order.conflicts.at("state").size() == 2);

  Order chosen = order;
  Operation choice = edit("3", "state", "scheduled", "1");
  choice.resolves = {"1", "2"};
  CHECK(apply(chosen, choice).value() == Outcome::applied);
  CHECK(chosen.state == State::scheduled);
  CHECK(chosen.conflicts.empty());

  CHECK(apply(order, edit("4", "state", "done", "1")).value() == Outcome::applied);
  CHECK(order.conflicts.empty());
}

TEST_CASE("AStepBackByWhoKnewIsAStep") {
  Order order = ordered();
  CHECK(apply(order, edit("1", "state", "in_progress")).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "state", "scheduled", "1", "tablet")).value() == Outcome::applied);
  CHECK(order.state == State::scheduled);
}

TEST_CASE("TheHundredAndFirstPhotoIsRefusedWithItsReason") {
  Order order = ordered();
  const auto photo = [](int n) {
    const std::string number = std::to_string(n);
    return json::Object{{"digest", std::string(64 - number.size(), '0') + number}};
  };
  for (int n = 0; n < 100; ++n) REQUIRE(apply(order, edit(std::to_string(n), "photo", photo(n))));
  CHECK(apply(order, edit("101", "photo", photo(101))).error().what.find("which is the most") !=
        std::string::npos);
  CHECK(order.photos.size() == 100);
}

TEST_CASE("PhotosAreOnlyEverAdded") {
  Order order = ordered();
  const auto photo = [](char c) { return json::Object{{"digest", std::string(64, c)}}; };
  CHECK(apply(order, edit("1", "photo", photo('a'))).value() == Outcome::applied);
  CHECK(apply(order, edit("2", "photo", photo('b'), "", "tablet")).value() == Outcome::applied);
  CHECK(apply(order, edit("3", "photo", photo('a'), "", "tablet")).value() == Outcome::applied);
  CHECK(order.photos.size() == 2);
}

TEST_CASE("DoneOnThePhoneAndCancelledInTheOfficeIsShown") {
  Order order = advance(ordered(), {State::cancelled, "office", "", "", kNow}).value();
  CHECK(apply(order, edit("1", "state", "done")).value() == Outcome::conflict);
  CHECK(order.state == State::cancelled);
  Operation resolved = edit("2", "state", "done", "1");
  resolved.resolves = {"", "1"};
  CHECK(apply(order, resolved).value() == Outcome::applied);
  CHECK(order.state == State::done);
  CHECK(order.conflicts.empty());
}

TEST_CASE("WhatAnOrderDoesNotHaveIsRefusedAndChangesNothing") {
  const Order before = ordered();
  const std::pair<const char*, json::Value> wrong[] = {{"task/t9", true},
                                                       {"task/t1", "yes"},
                                                       {"part/", true},
                                                       {"note", 3},
                                                       {"photo", "x"},
                                                       {"state", "approved"},
                                                       {"state", "sleeping"},
                                                       {"evidence", "x"},
                                                       {"signature", json::Object{{"name", "x"}}},
                                                       {"started", "monday"},
                                                       {"technician", json::Value()},
                                                       {"", json::Value()}};
  for (const auto& [field, value] : wrong) {
    Order order = before;
    CAPTURE(field);
    CHECK(apply(order, edit("1", field, value)).error().kind == ErrorKind::invalid);
    CHECK(order == before);
  }
  Order order = testing::wear_order("mo-1", kNow);
  CHECK(apply(order, edit("1", "state", "done")).error().kind == ErrorKind::conflict);
}

TEST_CASE("AnOperationWithoutItsMembersIsRefused") {
  const json::Object whole{{"id", "1"}, {"order", "mo-1"}, {"field", "note"}, {"value", "x"},
                           {"at", 5},   {"by", "Ada"},     {"seen", ""}};
  REQUIRE(parse_operation(whole, "phone"));
  for (const char* key : {"id", "order", "field", "value", "at", "by"}) {
    json::Object holed;
    for (const auto& one : whole)
      if (one.first != key) holed.push_back(one);
    CAPTURE(key);
    CHECK(parse_operation(holed, "phone").error().what.find(key) != std::string::npos);
  }
  json::Object far = whole;
  for (auto& [key, value] : far)
    if (key == "at") value = int64_t{9'000'000'000'000'000'000};
  CHECK_FALSE(parse_operation(far, "phone"));
}

}  // namespace
}  // namespace oree::orders
