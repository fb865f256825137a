#include "core/readings/reading_topics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/text.h"
#include "core/readings/row_grid.h"

namespace oree::readings {
namespace {

using std::chrono::seconds;

mqtt::Message message(std::string topic, std::string_view payload) {
  mqtt::Message out;
  out.topic = std::move(topic);
  const auto bytes = as_bytes(payload);
  out.payload.assign(bytes.begin(), bytes.end());
  out.received = WallTime(seconds(1'700'000'000));
  return out;
}

ReadingTopics topics() {
  return ReadingTopics::create({"factory/{machine}/readings", "machines/{machine}/{sensor}"}).value();
}

TEST_CASE("ANumberUnderASensorsTopicIsOneReading") {
  const auto readings = topics().readings(message("machines/press/pressure", "4.25"));
  REQUIRE(readings);
  CHECK(*readings ==
        std::vector<SensorReading>{{"press", "pressure", WallTime(seconds(1'700'000'000)), 4.25}});
}

TEST_CASE("AnObjectOfNumbersIsAReadingForEach") {
  const auto readings = topics().readings(
      message("factory/r1/readings",
              R"({"robot":"r1","time":"2026-01-01T00:00:01Z","speed":1200,"heat":null,"load":0.5})"));
  REQUIRE(readings);
  const WallTime time = *parse_iso("2026-01-01T00:00:01Z");
  CHECK(*readings == std::vector<SensorReading>{{"r1", "speed", time, 1200}, {"r1", "load", time, 0.5}});
}

TEST_CASE("TimesAreSecondsMillisecondsOrMicrosecondsByTheirSize") {
  for (const std::string_view ts : {"1700000001", "1700000001000", "1700000001000000"}) {
    const auto readings = topics().readings(message("machines/a/b", cat(R"({"value":1,"ts":)", ts, "}")));
    REQUIRE(readings);
    CHECK(readings->at(0).time == WallTime(seconds(1'700'000'001)));
  }
}

TEST_CASE("WhatIsNoReadingIsRefusedWithItsTopic") {
  for (const std::string_view payload : {"", "warm", "[1,2]", "\"4\"", R"({"value":1,"time":"yesterday"})"}) {
    const auto readings = topics().readings(message("machines/press/pressure", payload));
    REQUIRE_FALSE(readings);
    CHECK(readings.error().what.find("machines/press/pressure") != std::string::npos);
  }
  CHECK(topics().readings(message("elsewhere/x", "1"))->empty());
  for (const std::string_view topic :
       {"machines/press", "machines//x", "machines/press/x/y", "factory/a/reading", ""})
    CHECK_MESSAGE(!topics().matches(topic), topic);
  CHECK(topics().matches("factory/a/readings"));
  CHECK_FALSE(ReadingTopics::create({"no/machine/here"}));
  CHECK_FALSE(ReadingTopics::create({"{machine}/+"}));
  CHECK(topics().filters() == std::vector<std::string>{"factory/+/readings", "machines/+/+"});
}

SensorReading at(int second, std::string sensor, double value) {
  return {"m", std::move(sensor), WallTime(seconds(second)), value};
}

TEST_CASE("RowsAreCompleteWhenALaterReadingArrives") {
  RowGrid grid({"a", "b"}, seconds(1), 3);
  CHECK(grid.note(at(10, "a", 1)) == 0);
  CHECK(grid.note(at(10, "b", 2)) == 0);
  CHECK(grid.note(at(10, "a", 3)) == 0);
  CHECK(grid.note(at(11, "b", 4)) == 1);
  CHECK(grid.values() == std::vector<double>{3, 2});
  CHECK(grid.newest() == WallTime(seconds(11)));
  CHECK(grid.note(at(10, "b", 9)) == 0);  // too late
  CHECK(grid.note(at(14, "a", 5)) == 3);
  REQUIRE(grid.count() == 3);  // 11, 12, 13; the first one went
  CHECK(std::isnan(grid.values()[0]));
  CHECK(grid.values()[1] == 4);
  CHECK(std::isnan(grid.values()[2]));
}

TEST_CASE("UnnamedSensorsWidenTheRows") {
  RowGrid grid({}, seconds(1), 10);
  grid.note(at(1, "a", 1));
  grid.note(at(2, "b", 2));
  grid.note(at(3, "a", 3));
  REQUIRE(grid.columns() == 2);
  REQUIRE(grid.count() == 2);
  CHECK(grid.values()[0] == 1);
  CHECK(std::isnan(grid.values()[1]));
  CHECK(grid.values()[3] == 2);
}

TEST_CASE("ALongHoleStartsTheRowsAnew") {
  RowGrid grid({"a"}, seconds(1), 10);
  grid.note(at(1, "a", 1));
  grid.note(at(2, "a", 1));
  grid.note(at(100'000, "a", 1));
  CHECK(grid.count() == 0);
  CHECK(grid.note(at(100'001, "a", 1)) == 1);
}

}  // namespace
}  // namespace oree::readings
