#include "services/erp/work_order.h"

#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::sample;

TEST_CASE("AnOrderIsReadBackAsItWasWritten") {
  const auto order = sample();
  const auto again = parse_work_order(json::parse(json::print(work_order_json(order))).value());
  REQUIRE(again);
  CHECK(*again == order);
  auto plain = sample();
  plain.due.reset();
  plain.proof = {};
  CHECK(*parse_work_order(work_order_json(plain)) == plain);
}

TEST_CASE("WhatIsNoOrderNamesTheMember") {
  const auto broken = [](std::string_view key, json::Value value) {
    json::Value body = work_order_json(sample());
    body.set(key, std::move(value));
    const auto parsed = parse_work_order(body);
    return parsed ? "" : parsed.error().what;
  };
  CHECK(broken("id", "").contains("'id'"));
  CHECK(broken("id", "a\nb").contains("'id'"));
  CHECK(broken("id", 7).contains("'id'"));
  CHECK(broken("priority", "soon").contains("'priority'"));
  CHECK(broken("due", "tomorrow").contains("'due'"));
  CHECK(broken("tasks", json::Array{json::Object{{"id", "t"}}}).contains("'tasks'"));
  CHECK(broken("parts", json::Array{json::Object{{"id", "p"}, {"name", "n"}, {"quantity", -1}}})
            .contains("'parts'"));
  CHECK_FALSE(parse_work_order(json::Array{}));
}

TEST_CASE("TextIsNeverCutInsideACharacter") {
  CHECK(cut("aé", 2) == "a");
  CHECK(cut("aé", 3) == "aé");
  CHECK(cut("\x80\x80", 1) == "");
  CHECK(cut("abc", 0) == "");
}

}  // namespace
}  // namespace oree::erp
