#include <doctest/doctest.h>

#include <filesystem>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "nodes/edge/telemetry/station_models.h"
#include "platform/json/value.h"
#include "services/detection/networks/autoencoder.h"
#include "services/jobs/automation.h"
#include "services/queries/testing/workbench.h"
#include "services/simulation/fleet.h"

namespace oree::edge {
namespace {

using jobs::Message;

// The SQL door with what runs by itself behind it, as a station ties them together.
class JobBench : public queries::testing::Workbench {
 public:
  JobBench() { reopen(); }
  ~JobBench() override { close(); }
  void reopen() {
    close();
    automation_ = jobs::Automation::create({.store = &store, .publisher = &publisher}, clock, log);
    open(automation_.get(), source_);
  }
  void use(queries::ModelSource* source) {
    source_ = source;
    reopen();
  }
  jobs::Automation& automation() { return *automation_; }

  struct Publisher final : jobs::Publisher {
    Status publish(std::string_view topic, std::string_view json) override {
      if (refuse) return fail(ErrorKind::unavailable, "the broker is away");
      sent.emplace_back(topic, json);
      return {};
    }
    std::vector<std::pair<std::string, std::string>> sent;
    bool refuse = false;
  } publisher;

 private:
  std::unique_ptr<jobs::Automation> automation_;
  queries::ModelSource* source_ = nullptr;  // none: models that count
};

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
  explicit Plant(JobBench& bench) : bench_(bench) {}
  Status say(std::string_view json, std::string_view topic = "robots/1") {
    const Message message{topic, json, bench_.clock.wall(), ++position};
    return bench_.automation().deliver({&message, 1});
  }
  uint64_t position = 0;

 private:
  JobBench& bench_;
};

std::string start(JobBench& bench, std::string_view statement) {
  return bench.ask(cat("EXEC sys.sp_create_streaming_job @name = N'job', @statement = N'", statement,
                       "';\nEXEC sys.sp_start_streaming_job @name = N'job'"));
}

std::string state(JobBench& bench) {
  return bench.ask("EXEC sys.sp_get_streaming_job @name = N'job'").substr(4, 20);
}

TEST_CASE("AReaderMayLookAtJobsAndChangeNone") {
  JobBench bench;
  for (const char* text :
       {"EXEC sys.sp_create_streaming_job @name = 'a', @statement = 'SELECT 1'", "EXEC sp_drop_schedule 'a'",
        "DROP EXTERNAL STREAM s", "CREATE EXTERNAL FILE FORMAT f WITH (FORMAT_TYPE = JSON)"}) {
    CHECK(bench.ask(text, queries::Role::reader).starts_with("denied: "));
  }
  CHECK(bench.ask("EXEC sp_get_schedules", queries::Role::reader) == "");
}

TEST_CASE("AJobFillsATableExactlyOnce") {
  JobBench bench;
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
  CHECK(bench.automation().needed_position().value_or(0) == 4);
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
  JobBench bench;
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
  JobBench bench;
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
  CHECK(bench.automation().needed_position().value_or(0) == 1);
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
  CHECK(bench.automation().needed_position().value_or(0) == 5);
}

TEST_CASE("HoppingWindowsOverlap") {
  JobBench bench;
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
  JobBench bench;
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
  JobBench bench;
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
  JobBench bench;
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
}

TEST_CASE("AScheduleRunsWhenItIsDueAndCatchesUpOnce") {
  JobBench bench;
  REQUIRE(bench.ask("CREATE TABLE runs(t)") == "");
  CHECK(
      bench
          .ask(
              "EXEC sp_create_schedule @name = 'hourly', @cron = '0 * * * *', @statement = 'INSERT INTO runs "
              "VALUES(GETDATE())'")
          .find("done") != std::string::npos);
  const auto runs = [&] {
    REQUIRE(bench.automation().beat());
    return bench.ask("SELECT count(*) FROM runs");
  };
  CHECK(runs() == "0");
  bench.clock.advance(std::chrono::hours(1));
  CHECK(runs() == "1");
  CHECK(runs() == "1");
  bench.reopen();
  CHECK(runs() == "1");
  bench.clock.advance(std::chrono::hours(5));
  CHECK(runs() == "2");
  bench.clock.jump(-std::chrono::hours(24 * 365));  // somebody sets the clock back a year
  CHECK(runs() == "2");
  bench.clock.advance(std::chrono::hours(1));
  CHECK(runs() == "3");
  CHECK(bench.ask("EXEC sp_drop_schedule 'hourly'").find("done") != std::string::npos);
  CHECK(bench.ask("EXEC sp_get_schedules") == "");
}

TEST_CASE("AFailedRunIsNotedAndTheNextOneComes") {
  JobBench bench;
  REQUIRE(
      bench
          .ask(
              "EXEC sp_create_schedule @name = 'bad', @every = '10min', @statement = 'SELECT * FROM nowhere'")
          .find("done") != std::string::npos);
  bench.clock.advance(std::chrono::minutes(10));
  REQUIRE(bench.automation().beat());
  CHECK(bench.ask("SELECT runs, error FROM oree_schedules").find("no such table: nowhere") !=
        std::string::npos);
  bench.clock.advance(std::chrono::minutes(10));
  REQUIRE(bench.automation().beat());
  CHECK(bench.ask("SELECT runs FROM oree_schedules") == "2");
  CHECK(bench.ask("EXEC sp_create_schedule 'bad', '0 * * * *', 'SELECT 1'").find("already") !=
        std::string::npos);
  CHECK(bench.ask("EXEC sp_create_schedule 'worse', '0 * * *', 'SELECT 1'").find("five") !=
        std::string::npos);
}

// Says an event of `robots`, at a second, with a temperature.
Status say_at(Plant& plant, std::string_view robot, int second, double temp) {
  return plant.say(
      cat(R"({"robot": ")", robot, R"(", "ts": )", int64_t{second} * 1'000'000, R"(, "temp": )", temp, "}"));
}

TEST_CASE("SessionsAndSlidingWindowsAreGivenByAJob") {
  JobBench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      start(bench,
            "SELECT robot, System.Timestamp() AS at, count(*) AS n, max(temp) AS t INTO events FROM robots "
            "TIMESTAMP BY ts GROUP BY robot, SessionWindow(second, 5, 60) OVER (PARTITION BY robot) "
            "SELECT count(*) AS n INTO alarms FROM robots TIMESTAMP BY ts GROUP BY SlidingWindow(second, 10) "
            "HAVING count(*) >= 3")
          .find("done") != std::string::npos);
  for (const auto& [robot, second] : {std::pair{"a", 1}, {"b", 2}, {"a", 5}, {"a", 9}, {"b", 20}, {"b", 60}})
    REQUIRE(say_at(plant, robot, second, second));
  CHECK(bench.ask("SELECT * FROM robot_events") ==
        "b,1970-01-01T00:00:07.000000Z,1,2|a,1970-01-01T00:00:14.000000Z,3,9|b,1970-01-01T00:00:25.000000Z,1,"
        "20");
  std::string sent;
  for (const auto& [topic, json] : bench.publisher.sent) sent += json;
  CHECK(sent == R"({"n":3}{"n":4}{"n":3})");  // at 5, at 9, and when the first drops out at 11
  bench.reopen();                             // b's open session is read again
  plant.position = 4;
  REQUIRE(say_at(plant, "b", 20, 20));
  REQUIRE(say_at(plant, "b", 60, 60));
  REQUIRE(say_at(plant, "b", 90, 90));
  CHECK(bench.ask("SELECT t FROM robot_events") == "2|9|20|60");
  CHECK(bench.ask("SELECT rows_in FROM oree_jobs") == "14");
}

TEST_CASE("StepsFollowOneAnotherAsStreamAnalyticsWritesThem") {
  JobBench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      start(bench,
            "WITH minutes AS (SELECT robot, avg(temp) AS mean FROM robots TIMESTAMP BY ts GROUP BY robot, "
            "TumblingWindow(minute, 1)), hot AS (SELECT robot, mean FROM minutes WHERE mean > 10) "
            "SELECT robot, mean, System.Timestamp() AS at INTO events FROM hot "
            "SELECT count(*) AS robots INTO alarms FROM minutes")
          .find("done") != std::string::npos);
  for (const auto& [robot, second, temp] :
       {std::tuple{"a", 10, 5.0}, {"b", 20, 20.0}, {"b", 30, 30.0}, {"a", 70, 1.0}})
    REQUIRE(say_at(plant, robot, second, temp));
  CHECK(bench.ask("SELECT * FROM robot_events") == "b,25,1970-01-01T00:01:00.000000Z");
  REQUIRE(bench.publisher.sent.size() == 1);
  CHECK(bench.publisher.sent[0].second == R"({"robots":2})");
}

TEST_CASE("AnomalyDetectionJudgesEachRobotByItsOwnHistoryAcrossARestart") {
  JobBench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      start(bench,
            "WITH s AS (SELECT robot, ts, AnomalyDetection_SpikeAndDip(CAST(temp AS float), 99.9, 120, "
            "''spikesanddips'') OVER (PARTITION BY robot LIMIT DURATION(minute, 2)) AS score FROM robots "
            "TIMESTAMP BY ts) SELECT robot, ts, CAST(GetRecordPropertyValue(score, ''IsAnomaly'') AS bigint) "
            "AS odd, CAST(GetRecordPropertyValue(score, ''Score'') AS float) AS p INTO events FROM s")
          .find("done") != std::string::npos);
  const auto both = [&](int second) {
    return say_at(plant, "a", second, 20 + second % 3).has_value() &&
           say_at(plant, "b", second, 90 + second % 3).has_value();
  };
  for (int second = 1; second <= 30; ++second) REQUIRE(both(second));
  CHECK(bench.ask("SELECT count(*), sum(odd) FROM robot_events") == "60,0");
  CHECK(bench.automation().needed_position().value_or(0) == 1);  // the history is read again after a restart
  bench.reopen();
  plant.position = 0;
  for (int second = 1; second <= 30; ++second) REQUIRE(both(second));
  CHECK(bench.ask("SELECT count(*) FROM robot_events") == "60");
  REQUIRE(say_at(plant, "a", 31, 90));  // as b always is
  REQUIRE(say_at(plant, "b", 31, 91));
  CHECK(bench.ask("SELECT robot, odd FROM robot_events WHERE ts = 31000000") == "a,1|b,0");
  CHECK(bench.ask("SELECT p < 0.001 FROM robot_events WHERE ts = 31000000 AND robot = 'a'") == "1");
  REQUIRE(both(200));  // whoever is silent for two minutes has no history, and holds nothing back
  CHECK(bench.automation().needed_position().value_or(0) == 63);
}

TEST_CASE("PredictAndModelFunctionsWorkInsideAJob") {
  JobBench bench;
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      start(bench,
            "SELECT d.robot, p.sum, p.product INTO events FROM PREDICT(MODEL = ''two'', DATA = robots AS d, "
            "RUNTIME = ONNX) WITH (sum FLOAT, product BIGINT) AS p WHERE p.sum > 4 "
            "SELECT robot, predict(''sum'', a, b) AS total INTO alarms FROM robots")
          .find("done") != std::string::npos);
  REQUIRE(plant.say(
      R"([{"robot": "r", "a": 2, "b": 3}, {"robot": "s", "a": 1, "b": 1}, {"robot": "t", "a": 4, "b": 5}])"));
  CHECK(bench.ask("SELECT * FROM robot_events") == "r,5,6|t,9,20");
  REQUIRE(bench.publisher.sent.size() == 3);
  CHECK(bench.publisher.sent[2].second == R"({"robot":"t","total":9.0})");
  CHECK(bench.models.runs() == 2);          // each once for all rows
  REQUIRE(plant.say(R"({"robot": "u"})"));  // nothing to predict from
  CHECK(bench.ask("SELECT state, error FROM oree_jobs").find("DATA has no column 'a'") != std::string::npos);
}

TEST_CASE("WhatSqliteDoesNotUnderstandIsRefusedWhenTheJobIsMade") {
  JobBench bench;
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  CHECK(start(bench, "SELECT nothing_of_ours(a) INTO events FROM robots").find("no such function") !=
        std::string::npos);
  CHECK(start(bench, "SELECT a INTO events FROM robots JOIN alarms ON 1 = 1")
            .find("a query reads one stream") != std::string::npos);
  CHECK(start(bench, "SELECT a INTO events FROM robots JOIN nowhere ON 1 = 1").find("no such table") !=
        std::string::npos);
  CHECK(bench.ask("SELECT count(*) FROM oree_jobs") == "0");
}

// The job of examples/robot, with its own network on readings of a simulated robot: the same number as the
// detector gives.
TEST_CASE("TheNetworkInsideSqlGivesTheDetectorsScore") {
  const std::filesystem::path models = std::string(OREE_SOURCE_DIR) + "/examples/robot/models";
  auto backend = inference::open_onnxruntime();
  REQUIRE(backend);
  StationModels source(**backend, models);
  const auto file = detection::load_detector_file(models / "robot-lstm/1");
  REQUIRE(file);
  const auto detector = detection::open_autoencoder(*file, **backend);
  REQUIRE(detector);
  JobBench bench;
  bench.use(&source);
  Plant plant(bench);
  REQUIRE(bench.ask(kStreams).find("created") != std::string::npos);
  REQUIRE(
      bench
          .ask("CREATE EXTERNAL STREAM scores WITH (DATA_SOURCE = LocalSql, LOCATION = N'edge.dbo.readings')")
          .find("created") != std::string::npos);
  REQUIRE(
      start(bench,
            "WITH judged AS (SELECT robot, time, ae_error(''robot-lstm/1'', drill_speed, drill_temperature, "
            "bit_friction, cooling_temperature) OVER (PARTITION BY robot ORDER BY time ROWS 59 PRECEDING) AS "
            "error FROM robots TIMESTAMP BY time) SELECT robot AS machine, ''score:sql'' AS sensor, time, "
            "error "
            "AS value INTO scores FROM judged WHERE error IS NOT NULL AND DATEDIFF(second, time, "
            "System.Timestamp()) < 60 GROUP BY robot, time, HoppingWindow(second, 120, 60)")
          .find("done") != std::string::npos);
  const simulation::Fleet fleet{.seed = 5, .robots = 2, .wearing = 1, .bit_life = std::chrono::minutes(10)};
  const WallTime begins =
      std::chrono::floor<std::chrono::minutes>(bench.clock.wall()) + std::chrono::minutes(1);
  std::vector<double> rows;
  for (int second = 0; second < 400; ++second) {
    for (size_t robot = 0; robot < 2; ++robot) {
      const auto reading =
          simulation::read(simulation::plan_of(fleet, robot), robot, std::chrono::seconds(second));
      const std::string said = simulation::message(robot, begins, reading);
      REQUIRE(plant.say(said));
      if (robot != 0) continue;
      const auto object = json::parse(said);
      for (const std::string& column : file->columns) rows.push_back(*object->find(column)->number());
    }
  }
  const auto stored = bench.door().run(
      "SELECT time, value FROM readings WHERE machine = 'robot-01' AND sensor = 'score:sql' ORDER BY time",
      queries::Role::reader, {});
  REQUIRE(stored);
  REQUIRE(stored->rows.size() == 302);  // seconds 59 to 360, each once
  const int64_t first = begins.time_since_epoch().count();
  for (const auto& row : stored->rows) {
    const auto second = static_cast<size_t>((std::get<int64_t>(row[0]) - first) / 1'000'000);
    const auto judged = (*detector)->judge({std::span(rows).subspan((second - 59) * 4, 240), 4});
    REQUIRE(judged);
    REQUIRE(std::get<double>(row[1]) == doctest::Approx(judged->score).epsilon(1e-5));
  }
}

}  // namespace
}  // namespace oree::edge
