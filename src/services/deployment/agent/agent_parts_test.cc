#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/config/node.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/agent/desired.h"
#include "services/deployment/agent/identity.h"
#include "services/deployment/agent/outgoing_metrics.h"
#include "services/deployment/agent/report.h"
#include "services/deployment/agent/settings.h"
#include "services/deployment/installer.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;

const std::string kDigest(64, 'a');

std::unique_ptr<Identity> open(FakeDisk& disk) {
  auto identity = Identity::open("/data/identity", disk);
  REQUIRE(identity);
  return std::move(*identity);
}

TEST_CASE("AStationKeepsItsKeyAndItsNameAndSaysNoNumberTwice") {
  FakeDisk disk;
  std::string key, instance;
  uint64_t last = 0;
  for (int life = 0; life < 4; ++life) {
    auto identity = open(disk);
    if (life == 0) key = identity->key().public_key().base64();
    CHECK(identity->key().public_key().base64() == key);
    CHECK(identity->instance() != instance);
    instance = identity->instance();
    CHECK(identity->enrolment().has_value() == (life > 0));
    if (life == 0) REQUIRE(identity->enrol({"line-1", "works", ""}));
    for (int call = 0; call < 1500; ++call) {
      const auto counter = identity->next_counter();
      REQUIRE(counter);
      CHECK(*counter > last);
      last = *counter;
    }
    disk.lose_power_after(0);
    disk.restore_power();
  }
  auto identity = open(disk);
  REQUIRE(identity->skip_counter(1'000'000));
  CHECK(*identity->next_counter() == 1'000'001);
  REQUIRE(identity->forget());
  CHECK_FALSE(open(disk)->enrolment());
}

TEST_CASE("ACounterThatCannotBeReservedIsNotUsed") {
  FakeDisk disk;
  auto identity = open(disk);
  disk.set_capacity(0);
  CHECK(identity->next_counter().error().kind == ErrorKind::full);
  disk.set_capacity(1 << 20);
  CHECK(identity->next_counter());
}

TEST_CASE("PausesGrowToFiveMinutesAndAreNeverTheSame") {
  CHECK(pause_after(1, 0.5) == milliseconds(1000));
  CHECK(pause_after(1, 0.0) == milliseconds(500));
  CHECK(pause_after(4, 0.5) == milliseconds(8000));
  CHECK(pause_after(1000, 0.5) == std::chrono::minutes(5));
  CHECK(pause_after(1000, 0.999) < milliseconds(450'000));
}

TEST_CASE("MeasurementsAreKeptForADayWhileNobodyTakesThem") {
  const MonoTime start{};
  OutgoingMetrics metrics(start, std::chrono::minutes(5));
  MonoTime now = start;
  for (int i = 0; i < 400; ++i) {
    now += std::chrono::minutes(5);
    REQUIRE(metrics.due(now));
    metrics.keep(json::Object{{"n", i}}, now);
    CHECK_FALSE(metrics.due(now));
  }
  const auto oldest = metrics.oldest(now);
  REQUIRE(oldest);
  CHECK(*oldest == R"({"n":111,"age_s":86400.0})");
  CHECK(metrics.size() == 289);
  metrics.sent();
  CHECK(metrics.oldest(now)->starts_with(R"({"n":112)"));
}

TEST_CASE("WhatAHubAsksForIsReadAsAWhole") {
  const std::string text =
      cat(R"({"revision": 18, "models": [{"name": "ducks", "version": "3", "package": "sha256:)", kDigest,
          R"(", "target": "ducks/3/package.json", "bytes": 2345, "release": 3, "rollout": "r-7",
          "shadow": {"percent": 20, "requests": 5, "at_most_s": 60, "agreement": 0.9}, "watch": null}],
          "bad": ["sha256:)",
          kDigest, R"("], "configuration": null, "report_every_s": 60,
          "access": {"token": "t", "for_s": 3600}, "unknown": [1]})");
  const auto desired = parse_desired(text);
  REQUIRE(desired);
  CHECK(desired->revision == 18);
  const Wish& wish = desired->models.at("ducks");
  CHECK(wish.package == PackageRef{"3", kDigest, 3});
  CHECK(wish.shadow == ShadowPlan{20, 5, 60, 0.9});
  CHECK_FALSE(wish.watch);
  CHECK(desired->bad == std::vector{kDigest});
  CHECK(desired->access == "t");
}

TEST_CASE("AConfigurationIsAskedForLikeAModelAndByItsName") {
  const auto text = [](const std::string& more) {
    return cat(
        R"({"configuration": {"version": "3", "target": "line/3/package.json", "bytes": 9, "release": 3,
               "shadow": {"percent": 20}, "watch": {"for_s": 60}, "package": "sha256:)",
        kDigest, "\"", more, "}}");
  };
  const auto desired = parse_desired(text(R"(, "name": "line")"));
  REQUIRE(desired);
  REQUIRE(desired->configuration);
  CHECK(desired->configuration->package == PackageRef{"3", kDigest, 3, "line"});
  CHECK_FALSE(desired->configuration->shadow);
  CHECK(desired->configuration->watch->for_s == 60);
  CHECK_FALSE(parse_desired(text("")));
  CHECK_FALSE(parse_desired(text(R"(, "name": "../line")")));
}

TEST_CASE("AHubThatAsksForNonsenseIsNotHeard") {
  const auto model = [](const std::string& more) {
    return cat(R"({"models": [{"name": "ducks", "version": "3", "target": "t", "package": "sha256:)", kDigest,
               "\"", more, "}]}");
  };
  CHECK(parse_desired(model(R"(, "bytes": 5)")));
  for (const char* more :
       {"", R"(, "bytes": 0)", R"(, "bytes": 1e30)", R"(, "bytes": 5, "release": -1)",
        R"(, "bytes": 5, "shadow": {"percent": 101})", R"(, "bytes": 5, "watch": {"errors": -0.1})"}) {
    CAPTURE(more);
    CHECK_FALSE(parse_desired(model(more)));
  }
  CHECK_FALSE(parse_desired("[]"));
  CHECK_FALSE(parse_desired(R"({"bad": ["sha256:12"]})"));
  CHECK_FALSE(parse_desired(R"({"models": [{"name": "../ducks"}]})"));
}

TEST_CASE("AReportSaysWhereAUnitIs") {
  const Wish wish{
      .package = {"2", kDigest, 2}, .rollout = "r-7", .target = "t", .bytes = 9, .shadow = ShadowPlan{}};
  Unit unit = offer({.name = "ducks"}, wish);
  UnitReport report{.unit = unit, .received = 5, .of = 9};
  CHECK(state_word(report) == "downloading");
  CHECK(json::print(*unit_json(report).find("progress")) == R"({"bytes":5,"of":9})");
  report.hindrance = Refusal{"download", "no network"};
  CHECK(state_word(report) == "downloading");
  report.hindrance = Refusal{"full", "no room"};
  CHECK(state_word(report) == "failed");
  report.hindrance.reset();
  const char* words[] = {"downloading", "installing", "shadow", "shadow", "healthy"};
  for (const char* word : words) {
    CHECK(state_word(report) == word);
    report.unit = succeed(report.unit);
  }
  const json::Value said = unit_json(report);
  CHECK(*said.find("rollout")->text() == "r-7");
  CHECK(*said.find("slots")->find("current")->find("version")->text() == "2");
  report.unit = reject(report.unit, {"load", "damaged"});
  CHECK(state_word(report) == "rolled_back");
  CHECK(*unit_json(report).find("error")->find("code")->text() == "load");
}

TEST_CASE("TheFleetPartOfAStationFileNamesItsMistakes") {
  const auto parse = [](const std::string& text) {
    const auto node = config::parse(text, "station.yaml");
    REQUIRE(node);
    return parse_fleet(*node, "/etc/oree");
  };
  const std::string token = cat("oree1.c2VjcmV0.", kDigest);
  const auto good =
      parse(cat("hub: https://h:8443/\ntoken: ", token, "\nmodel_keys: keys.pem\ntags: [pilot]\n"));
  REQUIRE(good);
  CHECK(good->hub == "https://h:8443");
  CHECK(good->model_keys == "/etc/oree/keys.pem");
  CHECK(good->report_every == std::chrono::minutes(5));
  const auto mistake = [&](const std::string& text) { return parse(text).error().what; };
  CHECK(mistake(cat("token: ", token)).find("'hub'") != std::string::npos);
  CHECK(mistake("hub: http://h:1").find("oree hub token new") != std::string::npos);
  CHECK(mistake("hub: http://h:1\ntoken: x").find("'token' must be") != std::string::npos);
  CHECK(mistake("hub: http://h:1\ncertificate: a.pem").find("'certificate_key'") != std::string::npos);
  CHECK(mistake(cat("hub: http://h:1/api\ntoken: ", token)).find("'hub' must be") != std::string::npos);
}

}  // namespace
}  // namespace oree::deployment
