#include "services/events/filter.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/events/event.h"

namespace oree::events {
namespace {

Event order_event() {
  return {"1",
          "Oree.Maintenance.OrderApproved",
          "/stations/s",
          "orders/42.log",
          WallTime(),
          json::Object{{"priority", "High"},
                       {"cause", json::Object{{"score", 2.5}}},
                       {"urgent", true},
                       {"nothing", nullptr}}};
}

Filter parsed(const std::string& text) {
  const auto node = config::parse(text, "filter");
  REQUIRE(node);
  const auto filter = parse_filter(*node);
  REQUIRE_MESSAGE(filter, (filter ? "" : filter.error().what));
  return *filter;
}

bool passes(const std::string& condition) {
  return matches(parsed(cat("advanced: [{", condition, "}]")), order_event());
}

TEST_CASE("SubjectsAndTypesAreChosenAsEventGridDoes") {
  CHECK(matches({}, order_event()));
  CHECK(matches(parsed("subject_begins: ORDERS/"), order_event()));
  CHECK_FALSE(matches(parsed("{subject_begins: ORDERS/, case_sensitive: true}"), order_event()));
  CHECK(matches(parsed("subject_ends: .LOG"), order_event()));
  CHECK_FALSE(matches(parsed("subject_ends: .txt"), order_event()));
  CHECK(matches(parsed("types: [A, Oree.Maintenance.OrderApproved]"), order_event()));
  CHECK_FALSE(matches(parsed("types: [A]"), order_event()));
}

TEST_CASE("EachOperatorHoldsWhenItShould") {
  struct {
    const char* condition;
    bool passes;
  } const table[] = {
      {"key: data.cause.score, operator: NumberIn, values: [1, 2.5]", true},
      {"key: data.cause.score, operator: NumberNotIn, values: [1, 2.5]", false},
      {"key: data.cause.score, operator: NumberLessThan, values: [2.5]", false},
      {"key: data.cause.score, operator: NumberLessThanOrEquals, values: [2.5]", true},
      {"key: data.cause.score, operator: NumberGreaterThan, values: [2]", true},
      {"key: data.cause.score, operator: NumberGreaterThanOrEquals, values: [3]", false},
      {"key: data.cause.score, operator: NumberInRange, values: [0, 1, 2, 3]", true},
      {"key: data.cause.score, operator: NumberNotInRange, values: [2, 3]", false},
      {"key: data.urgent, operator: BoolEquals, value: true", true},
      {"key: data.urgent, operator: BoolEquals, value: false", false},
      {"key: data.priority, operator: StringIn, values: [high]", true},
      {"key: data.priority, operator: StringNotIn, values: [high]", false},
      {"key: data.priority, operator: StringContains, values: [IG]", true},
      {"key: data.priority, operator: StringNotContains, values: [IG]", false},
      {"key: data.priority, operator: StringBeginsWith, values: [hi]", true},
      {"key: data.priority, operator: StringNotBeginsWith, values: [hi]", false},
      {"key: data.priority, operator: StringEndsWith, values: [gh]", true},
      {"key: data.priority, operator: StringNotEndsWith, values: [gh]", false},
      {"key: subject, operator: StringEndsWith, values: [42.log]", true},
      {"key: data.nothing, operator: IsNullOrUndefined", true},
      {"key: data.absent, operator: IsNullOrUndefined", true},
      {"key: data.priority, operator: IsNullOrUndefined", false},
      {"key: data.priority, operator: IsNotNull", true},
      // A value that is not there fails all but the Not ones.
      {"key: data.absent, operator: StringIn, values: [a]", false},
      {"key: data.absent, operator: StringNotIn, values: [a]", true},
      {"key: data.priority, operator: NumberGreaterThan, values: [0]", false},
      {"key: data.priority, operator: NumberNotIn, values: [0]", true},
  };
  for (const auto& row : table) {
    CAPTURE(row.condition);
    CHECK(passes(row.condition) == row.passes);
  }
}

TEST_CASE("AWrongFilterIsNamedWithItsPlace") {
  for (const char* text : {"advanced: [{key: a, operator: StringLike, values: [a]}]",
                           "advanced: [{key: a, operator: NumberInRange, values: [1]}]",
                           "advanced: [{operator: IsNotNull}]", "advanced: 3", "subject: a"}) {
    const auto node = config::parse(text, "station.yaml");
    REQUIRE(node);
    const auto filter = parse_filter(*node);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().what.starts_with("station.yaml:"));
  }
}

TEST_CASE("EventsAreWrittenAsTheirSchemasSay") {
  const Event event = order_event();
  const Body grid = print({&event, 1}, Schema::event_grid);
  const auto array = json::parse(grid.text);
  REQUIRE(array->array() != nullptr);
  CHECK(*array->array()->front().find("eventType")->text() == "Oree.Maintenance.OrderApproved");
  CHECK(*array->array()->front().find("metadataVersion")->text() == "1");
  const auto cloud = json::parse(print({&event, 1}, Schema::cloud_events).text);
  CHECK(*cloud->find("specversion")->text() == "1.0");
  CHECK(*cloud->find("time")->text() == "1970-01-01T00:00:00.000000Z");
  const Event two[] = {event, event};
  const Body batch = print(two, Schema::cloud_events);
  CHECK(batch.headers.front().second.starts_with("application/cloudevents-batch+json"));
  CHECK(json::parse(batch.text)->array()->size() == 2);
  const Body binary = print({&event, 1}, Schema::cloud_events_binary);
  CHECK(*json::parse(binary.text) == event.data);
  CHECK(header_text("é \"%a") == "%C3%A9%20%22%25a");
}

}  // namespace
}  // namespace oree::events
