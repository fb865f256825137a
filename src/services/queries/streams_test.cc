#include <doctest/doctest.h>

#include "base/text.h"
#include "services/queries/streams/query.h"
#include "services/queries/testing/workbench.h"

namespace oree::queries {
namespace {

using streams::Message;
using testing::Workbench;

constexpr std::string_view kStreams =
    "CREATE EXTERNAL FILE FORMAT json_format WITH (FORMAT_TYPE = JSON);\n"
    "CREATE EXTERNAL DATA SOURCE EdgeHubInput WITH (LOCATION = 'edgehub://');\n"
    "CREATE EXTERNAL DATA SOURCE LocalSql WITH (LOCATION = 'sqlserver://tcp:.,1433');\n"
    "CREATE EXTERNAL STREAM robots WITH (DATA_SOURCE = EdgeHubInput, FILE_FORMAT = json_format, LOCATION = "
    "N'robots/+', "
    "INPUT_OPTIONS = N'', OUTPUT_OPTIONS = N'');\n"
    "CREATE EXTERNAL STREAM events WITH (DATA_SOURCE = LocalSql, LOCATION = N'edge.dbo.robot_events');\n"
    "CREATE EXTERNAL STREAM alarms WITH (DATA_SOURCE = EdgeHubInput, FILE_FORMAT = json_format, LOCATION = "
    "N'alarms')\n";

class Plant {
 public:
  explicit Plant(Workbench& bench) : bench_(bench) {}
  Status say(std::string_view json, std::string_view topic = "robots/1") {
    const Message message{topic, json, bench_.clock.wall(), ++position};
    return bench_.door().deliver({&message, 1});
  }
  uint64_t position = 0;

 private:
  Workbench& bench_;
};

std::string start(Workbench& bench, std::string_view statement) {
  return bench.ask(cat("EXEC sys.sp_create_streaming_job @name = N'job', @statement = N'", statement,
                       "';\nEXEC sys.sp_start_streaming_job @name = N'job'"));
}

std::string state(Workbench& bench) {
  return bench.ask("EXEC sys.sp_get_streaming_job @name = N'job'").substr(4, 20);
}

TEST_CASE("AJobFillsATableExactlyOnce") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams) == "external stream 'alarms' created");
  REQUIRE(
      start(bench, "SELECT machine, temp * 2 AS t2 INTO events FROM robots WHERE temp > 10").find("done") !=
      std::string::npos);
  CHECK(state(bench).starts_with("Idle"));
  REQUIRE(plant.say(R"({"machine": "a", "temp": 20, "extra": {"x": 1}})"));
  REQUIRE(plant.say(R"([{"machine": "b", "temp": 5}, {"machine": "c", "temp": 11.5}])"));
  REQUIRE(plant.say(R"({"machine": "d", "temp": 99})", "other/1"));
  CHECK(state(bench).starts_with("Processing"));
  CHECK(bench.ask("SELECT * FROM robot_events") == "a,40|c,23");
  CHECK(bench.door().needed_position().value_or(0) == 4);
  bench.reopen();
  plant.position = 0;
  REQUIRE(plant.say(R"({"machine": "a", "temp": 20})"));  // position 1 again
  CHECK(bench.ask("SELECT count(*) FROM robot_events") == "2");
  CHECK(bench.ask("EXEC sys.sp_drop_streaming_job @name = 'job'").find("stop it first") != std::string::npos);
  REQUIRE(bench.ask("EXEC sys.sp_stop_streaming_job 'job'").find("done") != std::string::npos);
  CHECK(state(bench).starts_with("Stopped"));
  REQUIRE(bench.ask("EXEC sys.sp_drop_streaming_job 'job'").find("done") != std::string::npos);
  CHECK(bench.ask("EXEC sys.sp_get_streaming_job 'job'").find("not_found") == 0);
}

TEST_CASE("BadMessagesDegradeAJobAndItGoesOn") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(start(bench, "SELECT machine INTO events FROM robots").find("done") != std::string::npos);
  REQUIRE(plant.say("{broken"));
  CHECK(state(bench).starts_with("Degraded"));
  REQUIRE(plant.say(R"({"machine": "a"})"));
  CHECK(state(bench).starts_with("Processing"));
  CHECK(bench.ask("SELECT dropped, rows_in FROM oree_jobs") == "1,1");
  CHECK(bench.ask("SELECT * FROM robot_events") == "a");
}

TEST_CASE("TumblingWindowsCloseByEventTimeAndSurviveARestart") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(start(bench,
                "SELECT System.Timestamp() AS at, machine, avg(temp) AS mean, count(*) AS n INTO events FROM "
                "robots "
                "TIMESTAMP BY ts GROUP BY machine, TumblingWindow(minute, 1)")
              .find("done") != std::string::npos);
  const auto say = [&](int second, int temp) {
    return plant.say(
        cat(R"({"machine": "a", "ts": )", int64_t{second} * 1'000'000, R"(, "temp": )", temp, "}"));
  };
  REQUIRE(say(10, 1));
  REQUIRE(say(60, 3));  // the end belongs to the window
  CHECK(bench.ask("SELECT count(*) FROM sqlite_master WHERE name = 'robot_events'") == "0");
  CHECK(bench.door().needed_position().value_or(0) == 1);
  bench.reopen();  // the open window is read again
  plant.position = 0;
  REQUIRE(say(10, 1));
  REQUIRE(say(60, 3));
  REQUIRE(say(61, 9));
  CHECK(bench.ask("SELECT * FROM robot_events") == "1970-01-01T00:01:00.000000Z,a,2,2");
  REQUIRE(say(20, 100));  // late
  REQUIRE(say(400, 7));
  CHECK(bench.ask("SELECT mean FROM robot_events") == "2|9");
  CHECK(bench.ask("SELECT late FROM oree_jobs") == "1");
  CHECK(bench.door().needed_position().value_or(0) == 5);
}

TEST_CASE("HoppingWindowsOverlap") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(start(bench,
                "SELECT count(*) AS n INTO alarms FROM robots TIMESTAMP BY ts GROUP BY HoppingWindow(second, "
                "10, 5) "
                "HAVING count(*) > 0")
              .find("done") != std::string::npos);
  for (const int second : {1, 6, 9, 30}) {
    REQUIRE(plant.say(cat(R"({"ts": )", int64_t{second} * 1'000'000, "}")));
  }
  std::string sent;
  for (const auto& [topic, json] : bench.publisher.sent) sent += cat(topic, json, " ");
  CHECK(sent == R"(alarms{"n":1} alarms{"n":3} alarms{"n":2} )");
}

TEST_CASE("WhatCannotBePublishedIsNotCountedAsDone") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(start(bench, "SELECT machine INTO alarms FROM robots").find("done") != std::string::npos);
  bench.publisher.refuse = true;
  CHECK_FALSE(plant.say(R"({"machine": "a"})"));
  bench.publisher.refuse = false;
  plant.position = 0;
  REQUIRE(plant.say(R"({"machine": "a"})"));
  CHECK(bench.publisher.sent.size() == 1);
}

TEST_CASE("AJobFillsTheSeriesStore") {
  Workbench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      start(bench, "SELECT machine, ''temp'' AS sensor, ts AS time, temp AS value INTO readings FROM robots")
          .find("done") != std::string::npos);
  REQUIRE(plant.say(R"({"machine": "a", "ts": "2026-11-22T10:00:00Z", "temp": 20.5})"));
  CHECK(bench.ask("SELECT machine, sensor, to_iso(time), value FROM readings") ==
        "a,temp,2026-11-22T10:00:00.000000Z,20.5");
}

TEST_CASE("AJobsStatementIsCheckedWhenItIsMade") {
  Workbench bench;
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  CHECK(start(bench, "SELECT a FROM robots").find("INTO is missing") != std::string::npos);
  CHECK(start(bench, "SELECT a INTO events FROM nowhere").find("no external stream 'nowhere'") !=
        std::string::npos);
  CHECK(start(bench, "SELECT count(*) INTO events FROM robots GROUP BY SessionWindow(minute, 1)")
            .find("SessionWindow") != std::string::npos);
  CHECK(bench.ask("EXEC sys.sp_creat_streaming_job @name = 'x'").find("did you mean") != std::string::npos);
  CHECK(bench.ask("CREATE EXTERNAL DATA SOURCE k WITH (LOCATION = 'kafka://h:1')").find("not accepted") !=
        std::string::npos);
  CHECK(bench.ask("CREATE EXTERNAL STREAM s WITH (DATA_SOURCE = none, LOCATION = 'x')")
            .find("no external data source") != std::string::npos);
  const auto two = streams::parse_job("SELECT a INTO x FROM s SELECT b INTO y FROM s");
  REQUIRE(two);
  CHECK(two->size() == 2);
}

}  // namespace
}  // namespace oree::queries
