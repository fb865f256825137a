#include "services/jobs/statement/query.h"

#include <doctest/doctest.h>

namespace oree::jobs {
namespace {

JobQuery one(std::string_view statement) {
  auto parsed = parse_job(statement);
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().what));
  REQUIRE(parsed->size() == 1);
  return std::move(parsed->front());
}

std::string refused(std::string_view statement) {
  const auto parsed = parse_job(statement);
  return parsed ? "accepted" : parsed.error().what;
}

TEST_CASE("SelectsMayFollowOneAnotherWithoutASemicolon") {
  const auto two = parse_job("SELECT a INTO x FROM s SELECT b INTO y FROM s");
  REQUIRE(two);
  CHECK(two->size() == 2);
}

TEST_CASE("TheStreamBecomesATableAndTheWindowIsTakenOut") {
  const JobQuery query =
      one("SELECT System.Timestamp() AS at, machine, avg(temp) INTO out FROM robots r TIMESTAMP BY r.ts "
          "GROUP BY machine, TumblingWindow(minute, 5) HAVING avg(temp) > 3");
  CHECK(query.in == "robots");
  CHECK(query.out == "out");
  CHECK(query.time_column == "ts");
  CHECK(query.sql ==
        "SELECT \"$time\" AS at, machine, avg(temp) FROM \"in$robots\" AS r GROUP BY machine HAVING "
        "avg(temp) > 3");
  CHECK(query.window == Window{.kind = Window::Kind::hopping, .size = 300'000'000, .hop = 300'000'000});
}

TEST_CASE("EveryWindowIsUnderstood") {
  const auto window = [](std::string_view text) {
    return one("SELECT count(*) INTO o FROM s GROUP BY " + std::string(text)).window;
  };
  constexpr Micros kSecond = 1'000'000;
  CHECK(window("HoppingWindow(second, 10, 5)") ==
        Window{.kind = Window::Kind::hopping, .size = 10 * kSecond, .hop = 5 * kSecond});
  CHECK(window("HoppingWindow(Duration(second, 10), Hop(second, 5))") ==
        window("HoppingWindow(second, 10, 5)"));
  CHECK(window("SlidingWindow(ms, 1500)") == Window{.kind = Window::Kind::sliding, .size = 1'500'000});
  CHECK(window("SessionWindow(minute, 5, 60) OVER (PARTITION BY robot)") ==
        Window{
            .kind = Window::Kind::session, .size = 300 * kSecond, .longest = 3600 * kSecond, .key = "robot"});
  CHECK(window("Session(Timeout(second, 5), MaxDuration(minute, 1))") ==
        Window{.kind = Window::Kind::session, .size = 5 * kSecond, .longest = 60 * kSecond});
}

TEST_CASE("StepsAreTakenAlongByTheSelectsThatNeedThem") {
  const auto queries = parse_job(
      "WITH minutes AS (SELECT robot, max(temp) AS t FROM robots TIMESTAMP BY ts GROUP BY robot, "
      "TumblingWindow(minute, 1)), hot AS (SELECT * FROM minutes WHERE t > 80)\n"
      "SELECT robot, t, System.Timestamp() AS at INTO a FROM hot\n"
      "SELECT count(*) AS n INTO b FROM minutes");
  REQUIRE_MESSAGE(queries, (queries ? "" : queries.error().what));
  REQUIRE(queries->size() == 2);
  CHECK((*queries)[0].sql ==
        "WITH minutes AS (SELECT robot, max(temp) AS t FROM \"in$robots\" AS \"robots\" GROUP BY robot), hot "
        "AS "
        "(SELECT * FROM minutes WHERE t > 80) SELECT robot, t, (SELECT max(\"$time\") FROM \"in$robots\") AS "
        "at "
        "FROM hot");
  CHECK(
      (*queries)[1].sql ==
      "WITH minutes AS (SELECT robot, max(temp) AS t FROM \"in$robots\" AS \"robots\" GROUP BY robot) SELECT "
      "count(*) AS n FROM minutes");
  CHECK((*queries)[1].window.size == 60'000'000);
}

TEST_CASE("AnomaliesBecomeColumns") {
  const JobQuery query = one(
      "WITH s AS (SELECT robot, AnomalyDetection_SpikeAndDip(CAST(temp AS float), 95, 120, 'spikes') OVER "
      "(PARTITION BY robot LIMIT DURATION(second, 120) WHEN temp > 0) AS scores FROM robots)\n"
      "SELECT robot, CAST(GetRecordPropertyValue(scores, 'Score') AS float) AS score INTO o FROM s");
  CHECK(query.sql ==
        "WITH s AS (SELECT robot, \"$anomaly0\" AS scores FROM \"in$robots\" AS \"robots\") SELECT robot, "
        "CAST(json_extract(scores, '$.\"Score\"') AS float) AS score FROM s");
  REQUIRE(query.anomalies.size() == 1);
  const AnomalyCall& call = query.anomalies[0];
  CHECK(call.kind == AnomalyCall::Kind::spikes);
  CHECK(call.value == "CAST(temp AS float)");
  CHECK(call.key == "robot");
  CHECK(call.when == "temp > 0");
  CHECK(call.duration == 120'000'000);
}

TEST_CASE("PredictReadsTheStream") {
  const JobQuery query = one(
      "SELECT d.id, p.score INTO o FROM PREDICT(MODEL = 'm', DATA = robots AS d, RUNTIME = ONNX) WITH (score "
      "FLOAT) AS p TIMESTAMP BY ts WHERE p.score > 1");
  CHECK(query.predicts);
  CHECK(query.in == "robots");
  CHECK(query.time_column == "ts");
  CHECK(query.sql.find("DATA = \"in$robots\" AS d") != std::string::npos);
}

TEST_CASE("WhatIsNotAcceptedSaysSoWithItsPlace") {
  struct Row {
    std::string_view statement, said;
  };
  const Row rows[] = {
      {"SELECT a FROM robots", "INTO is missing"},
      {"UPDATE t SET a = 1", "a job's statement is SELECT"},
      {"SELECT count(*) INTO o FROM s", "count() of which events?"},
      {"SELECT a INTO o FROM s GROUP BY a", "GROUP BY wants a window"},
      {"SELECT lag(a) OVER (ORDER BY b) INTO o FROM s", "OVER looks at other events"},
      {"SELECT LAST(a) OVER (LIMIT DURATION(minute, 1)) INTO o FROM s", "LAST is not accepted"},
      {"SELECT TopOne() OVER (ORDER BY a) INTO o FROM s", "TopOne is not accepted"},
      {"SELECT a INTO o FROM s GROUP BY SnapshotWindow()", "SnapshotWindow is not accepted"},
      {"SELECT a INTO o FROM s GROUP BY TumblingWindow(month, 1)", "write TumblingWindow(minute, 5)"},
      {"SELECT a INTO o FROM s GROUP BY SessionWindow(minute, 1)", "write SessionWindow(minute, 5, 60)"},
      {"SELECT a INTO o FROM s GROUP BY TumblingWindow(day, 8)", "at most 7 days"},
      {"SELECT a INTO o FROM s WHERE TumblingWindow(minute, 1)", "a window stands in the GROUP BY"},
      {"WITH x AS (SELECT a FROM s GROUP BY a, TumblingWindow(minute, 1)) SELECT a INTO o FROM x GROUP BY a, "
       "TumblingWindow(hour, 1)",
       "a query has one window"},
      {"WITH x AS (SELECT a INTO b FROM s) SELECT a INTO o FROM x", "INTO stands in the last SELECT"},
      {"WITH x AS (SELECT a FROM s) SELECT System.Timestamp() INTO o FROM x", "where the stream is read"},
      {"WITH x (SELECT a FROM s) SELECT a INTO o FROM x", "WITH wants name AS"},
      {"WITH x AS (SELECT a FROM s)", "is missing"},
      {"SELECT AnomalyDetection_ChangePoint(a, 80, 1200) INTO o FROM s", "LIMIT DURATION(minute, 20)"},
      {"SELECT AnomalyDetection_ChangePoint(a, 800, 1200) OVER (LIMIT DURATION(minute, 20)) INTO o FROM s",
       "between 0 and 100"},
      {"SELECT AnomalyDetection_SpikeAndDip(a, 80, 120, 'x') OVER (LIMIT DURATION(minute, 20)) INTO o FROM s",
       "the mode is"},
      {"SELECT a INTO o FROM s TIMESTAMP BY t OVER b", "TIMESTAMP BY … OVER is not accepted"},
      {"SELECT a INTO o FROM PREDICT(MODEL = 'm', DATA = s AS d)", "WITH (name type, …) AS p"},
  };
  for (const Row& row : rows) {
    const std::string said = refused(row.statement);
    CHECK_MESSAGE(said.find(row.said) != std::string::npos, std::string(row.statement), " → ", said);
    if (said.find("is empty") == std::string::npos) CHECK_MESSAGE(said.starts_with("line 1, column "), said);
  }
}

}  // namespace
}  // namespace oree::jobs
