#include <doctest/doctest.h>

#include "base/text.h"
#include "services/queries/testing/workbench.h"

namespace oree::queries {
namespace {

using readings::kHour;
using readings::kMinute;
using readings::kSecond;
using testing::Workbench;

TEST_CASE("ReadingsAndRollupsAreTables") {
  Workbench bench;
  bench.add("robot-1", "speed", {{kHour, 1}, {kHour + kSecond, 3}, {kHour + kMinute, 5}});
  bench.add("robot-1", "heat", {{kHour, 70}});
  CHECK(bench.ask("SELECT count(*), sum(value) FROM readings") == "4,79");
  CHECK(bench.ask(
            "SELECT value FROM readings WHERE machine = 'robot-1' AND sensor = 'speed' AND time > 3600000000 "
            "ORDER BY time DESC") == "5|3");
  CHECK(bench.ask("SELECT value FROM readings WHERE sensor = 'speed' AND time < '1970-01-01T01:00:01Z'") ==
        "1");
  CHECK(bench.ask("SELECT time, min, max, mean, count, last FROM rollup_1m WHERE sensor = 'speed'") ==
        "3600000000,1,3,2,2,3|3660000000,5,5,5,1,5");
  CHECK(bench.ask("SELECT sum FROM rollup_1h WHERE sensor = 'speed'") == "9");
  CHECK(bench.ask("SELECT count(*) FROM rollup_1s") == "4");
  CHECK(bench.ask("SELECT count(*) FROM readings WHERE machine = 'none'") == "0");
  CHECK(bench.ask("SELECT count(*) FROM readings WHERE time > 'no time'") == "0");
  CHECK(bench.ask(
            "SELECT time_bucket('1min', time), avg(value) FROM readings WHERE sensor = 'speed' GROUP BY 1") ==
        "3600000000,2|3660000000,5");
}

TEST_CASE("AWideTableHoldsTheLastValueForAnHour") {
  Workbench bench;
  bench.add("robot-1", "a", {{kHour, 1}, {kHour + 10 * kSecond, 2}, {3 * kHour, 3}});
  bench.add("robot-1", "b", {{kHour + 5 * kSecond, 10}});
  CHECK(bench.ask("SELECT time - 3600000000, a, b FROM robot_1_wide") ==
        "0,1,|5000000,1,10|10000000,2,10|7200000000,3,");
  CHECK(bench.ask("SELECT a, b FROM robot_1_wide WHERE time = 3610000000") == "2,10");
  bench.add("robot-1", "c", {{kHour, 7}});  // a new sensor is a new column
  CHECK(bench.ask("SELECT c FROM robot_1_wide LIMIT 1") == "7");
}

TEST_CASE("GapfillSaysWhatIsFilled") {
  Workbench bench;
  bench.add("m", "s", {{kMinute, 10}, {kMinute + 1, 20}, {4 * kMinute, 30}});
  const std::string call =
      "SELECT time / 60000000, value, filled FROM gapfill('m', 's', 0, 300000000, '1min'";
  CHECK(bench.ask(call + ")") == "0,,1|1,15,0|2,15,1|3,15,1|4,30,0");
  CHECK(bench.ask(call + ", 'linear')") == "0,,1|1,15,0|2,20,1|3,25,1|4,30,0");
  CHECK(bench.ask(call + ", 'null')") == "0,,1|1,15,0|2,,1|3,,1|4,30,0");
  CHECK(bench.ask(call + ", 'best')").find("'best' is no method") != std::string::npos);
  CHECK(bench.ask("SELECT * FROM gapfill('m', 's')").find("call it as gapfill(") != std::string::npos);
  CHECK(bench.ask("SELECT * FROM gapfill('m', 'x', 0, 1, 1)").starts_with("not_found: "));
}

TEST_CASE("PredictAsksTheModelOnceForManyRows") {
  Workbench bench;
  REQUIRE(bench.ask("CREATE TABLE t(a, b); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
                    "+ 1 FROM n "
                    "WHERE i < 3000) SELECT i, 2 * i FROM n") == "");
  CHECK(bench.ask("SELECT count(*), sum(p) FROM (SELECT predict('sum', a, b) AS p FROM t)") ==
        "3000,13504500");
  CHECK(bench.models.runs() == 3);
  CHECK(bench.ask("SELECT a, round(predict('sum', a, b) / 3, 1) FROM t WHERE a < 4 ORDER BY a DESC") ==
        "3,3|2,2|1,1");
  CHECK(bench.ask("SELECT predict('sum', NULL, 1)") == "");
  CHECK(bench.ask("SELECT predict_all('two', 3, 4)") == "\"[7,12]\"");
  CHECK(bench.ask("SELECT count(*) FROM t WHERE predict('sum', a, b) > 8996") ==
        "2");  // row by row, and right
  CHECK(bench.ask("SELECT max(predict('sum', a, b)) FROM t") == "9000");
  CHECK(bench.ask("SELECT predict('sum', 1)").find("wants 2 values") != std::string::npos);
  CHECK(bench.ask("SELECT predict('none', 1, 2)").starts_with("not_found: "));
  CHECK(bench.ask("SELECT predict('echo3', 1, 2)").find("windows of 3 rows") != std::string::npos);
}

TEST_CASE("AeErrorIsAWindowAggregateThatLooksAhead") {
  Workbench bench;
  REQUIRE(
      bench.ask(
          "CREATE TABLE t(m, i, a, b); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
          "FROM n WHERE i < 5000) SELECT i % 2, i, i, 1.0 FROM n; UPDATE t SET a = NULL WHERE i = 10") == "");
  const size_t before = bench.models.runs();
  const std::string ahead = bench.ask(
      "SELECT m, i, ae_error('echo3', a, b) OVER (PARTITION BY m ORDER BY i ROWS 2 PRECEDING) AS e FROM t "
      "WHERE i < 4 OR i > 4990 OR i BETWEEN 6 AND 16 ORDER BY m, i");
  CHECK(bench.models.runs() - before == 2);  // one per partition
  // A model in a subquery that changes from row to row cannot be looked up ahead: the same answers, row by
  // row.
  const std::string by_row = bench.ask(
      "SELECT m, i, ae_error((SELECT 'echo3' WHERE t.i > 0), a, b) OVER (PARTITION BY m ORDER BY i ROWS 2 "
      "PRECEDING) "
      "FROM t WHERE i < 4 OR i > 4990 OR i BETWEEN 6 AND 16 ORDER BY m, i");
  CHECK(ahead == by_row);
  CHECK(bench.models.runs() - before > 10);
  CHECK(ahead.starts_with("0,2,|0,6,|0,8,1.5833333333333333|0,10,|0,12,|0,14,|0,16,"));
  const size_t all = bench.models.runs();
  CHECK(bench.ask("SELECT count(e) FROM (SELECT ae_error('echo3', i, b) OVER (ORDER BY i ROWS BETWEEN 2 "
                  "PRECEDING AND "
                  "CURRENT ROW) AS e FROM t)") == "4998");
  CHECK(bench.models.runs() - all <= 6);
  CHECK(bench.ask("SELECT ae_error('echo3', a, b) OVER (ROWS 5 PRECEDING) FROM t").find("ROWS 2 PRECEDING") !=
        std::string::npos);
}

TEST_CASE("PredictWindowScoresAMachine") {
  Workbench bench;
  std::vector<std::pair<readings::Micros, double>> points;
  for (int i = 0; i < 10; ++i) points.emplace_back(kHour + i * kSecond, i);
  bench.add("robot", "a", points);
  bench.add("robot", "b", {{kHour, 4}});
  CHECK(bench.ask(
            "SELECT (time - 3600000000) / 1000000, score FROM predict_window('echo3', 'robot', 3601000000, "
            "3605000000, '1s')") == "1,|2,1.25|3,1.5|4,1.75");
  CHECK(
      bench.ask("SELECT score FROM predict_window('echo3', 'robot', 3602000000, 3603000000, '1s', 'b,a')") ==
      "1.25");
  CHECK(bench.ask("SELECT * FROM predict_window('echo3', 'robot', 0, 1, 1, 'a')").find("wants 2 sensors") !=
        std::string::npos);
  CHECK(bench.ask("SELECT * FROM predict_window('sum', 'robot', 0, 1, 1, 'a,x')").starts_with("not_found: "));
}

TEST_CASE("AReaderMayOnlyAsk") {
  Workbench bench;
  REQUIRE(bench.ask("CREATE TABLE t(a); INSERT INTO t VALUES(5)") == "");
  bench.add("m", "s", {{0, 1}});
  CHECK(bench.ask("SELECT a, value FROM t, readings", Role::reader) == "5,1");
  for (const char* text :
       {"DELETE FROM t", "CREATE TABLE u(a)", "ATTACH 'x' AS y", "PRAGMA journal_mode = OFF", "DROP TABLE t",
        "ALTER DATABASE x SET DATA_RETENTION ON", "INSERT INTO readings VALUES(1,2,3,4)"}) {
    const std::string answer = bench.ask(text, Role::reader);
    CHECK_MESSAGE((answer.starts_with("denied: ") || answer.find("may not be modified") != std::string::npos),
                  answer);
  }
  CHECK(bench.ask("SELECT count(*) FROM t") == "1");
}

TEST_CASE("AQueryEndsAtItsLimits") {
  Workbench bench;
  const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";
  std::stop_source source;
  source.request_stop();
  CHECK(bench.ask(endless + "count(*) FROM n", Role::reader, {.cancel = source.get_token()}) ==
        "timeout: the query was cancelled");
  CHECK(bench.ask(endless + "count(*) FROM n", Role::reader, {.nobody_waits = [] { return true; }}) ==
        "timeout: nobody waits for the query's answer any more");
  CHECK(bench.ask(endless + "group_concat(i) FROM n", Role::reader, {.memory = 20'000'000})
            .find("needs more than 20.0 MB") != std::string::npos);
  const auto answer = bench.door().run(endless + "i FROM n", Role::reader, {.rows = 10});
  REQUIRE(answer);
  CHECK(answer->truncated);
  CHECK(answer->rows.size() == 10);
  CHECK(tsql::print_table(*answer).find("the first 10 rows are shown") != std::string::npos);
  const Limits wide{.time = milliseconds(-1)};
  CHECK(bench.ask("SELECT 1", Role::reader, wide).starts_with("timeout: "));
}

TEST_CASE("AnOpenTransactionDoesNotOutliveItsText") {
  Workbench bench;
  REQUIRE(bench.ask("CREATE TABLE t(a)") == "");
  CHECK(bench.ask("BEGIN; INSERT INTO t VALUES(1)") == "");
  CHECK(bench.ask("SELECT count(*) FROM t") == "0");
  CHECK(bench.ask("BEGIN; INSERT INTO t VALUES(1); COMMIT; SELECT count(*) FROM t") == "1");
}

TEST_CASE("AnswersPrintAlignedAsCsvAndAsJson") {
  const ResultSet result{.columns = {"name", "n"},
                         .rows = {{std::string("été"), int64_t{5}}, {std::string("a,\"b\""), {}}}};
  CHECK(tsql::print_table(result) == "name      n\n-----  ----\nété       5\na,\"b\"  NULL\n");
  CHECK(print_csv(result) == "name,n\r\nété,5\r\n\"a,\"\"b\"\"\",\r\n");
  CHECK(json::print(to_json(result)) ==
        "{\"columns\":[\"name\",\"n\"],\"rows\":[[\"été\",5],[\"a,\\\"b\\\"\",null]],\"truncated\":false,"
        "\"changes\":0}");
}

}  // namespace
}  // namespace oree::queries
