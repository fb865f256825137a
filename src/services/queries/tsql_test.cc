#include <doctest/doctest.h>

#include "services/queries/language.h"
#include "services/queries/testing/workbench.h"
#include "services/queries/tsql/look_ahead.h"

namespace oree::queries {
namespace {

using testing::Workbench;

TEST_CASE("VariablesAreSetAndUsed") {
  Workbench bench;
  CHECK(bench.ask("DECLARE @a INT = 5, @b NVARCHAR(10)\nSET @b = N'x'\nSELECT @a + 1, @B") == "6,x");
  CHECK(bench.ask("CREATE TABLE t(v); INSERT INTO t VALUES(3),(4)\nGO\nDECLARE @m INT; SELECT @m = max(v) "
                  "FROM t; SELECT @m") == "4");
  CHECK(bench.ask("SELECT @x") == "invalid: the variable @x is not declared");
  CHECK(bench.ask("SET @x = 1").find("line 1, column 5: the variable @x is not declared") !=
        std::string::npos);
  CHECK(bench.ask("SELECT 1,\n  nothing FROM t").find("line 2, column 3: ") != std::string::npos);
}

TEST_CASE("PredictFromATableAsSqlEdgeWritesIt") {
  Workbench bench;
  REQUIRE(
      bench.ask("CREATE TABLE models(id INT, data VARBINARY(MAX)); INSERT INTO models VALUES(1, CAST('two' "
                "AS BLOB));"
                "CREATE TABLE t(id, a, b, sum); INSERT INTO t VALUES(1, 2, 3, 'mine'), (2, 4, 5, 'own')") ==
      "");
  const std::string text =
      "DECLARE @model VARBINARY(MAX) = (SELECT data FROM models WHERE id = 1);\n"
      "WITH predict_input AS (SELECT id, a, b, sum FROM t WHERE id > 0)\n"
      "SELECT d.id, p.product, p.sum, d.sum\n"
      "FROM PREDICT(MODEL = @model, DATA = predict_input AS d, RUNTIME = ONNX)\n"
      "WITH (sum FLOAT, product BIGINT) AS p\n"
      "WHERE p.sum > 4 ORDER BY d.id;";
  CHECK(bench.ask(text) == "1,6,5,mine|2,20,9,own");
  CHECK(bench.models.runs() == 1);
  CHECK(bench.ask(text, Role::reader) == "1,6,5,mine|2,20,9,own");
  CHECK(bench.models.loads == 1);  // known by its digest
  CHECK(bench.ask("SELECT p.* FROM PREDICT(MODEL = 'sum', DATA = t AS d) WITH (total REAL) AS p")
            .find("error") == std::string::npos);
  CHECK(bench.ask("SELECT * FROM PREDICT(MODEL = 'two', DATA = models AS d) WITH (sum FLOAT) AS p")
            .find("DATA has no column 'a'") != std::string::npos);
  CHECK(bench.ask("SELECT * FROM PREDICT(MODEL = 'two', DATA = t AS d) WITH (mean FLOAT) AS p")
            .find("no output 'mean'") != std::string::npos);
  CHECK(bench.ask("SELECT * FROM PREDICT(MODEL = 'two', DATA = t) WITH (sum FLOAT) AS p")
            .find("wants an alias") != std::string::npos);
  CHECK(bench
            .ask("SELECT * FROM PREDICT(MODEL = (SELECT data FROM models WHERE id = 9), DATA = t AS d) WITH "
                 "(sum FLOAT) AS p")
            .find("the model is NULL") != std::string::npos);
}

TEST_CASE("LookingAheadRewritesSelectListsOnly") {
  const auto rewrite = [](std::string_view text) {
    const auto tokens = tokenize(text);
    return print(look_ahead(*tokens, [](TokenSpan) -> std::optional<std::string> { return "k"; }));
  };
  const std::string untouched[] = {
      "SELECT a FROM t WHERE predict('m', a) > 1",        "SELECT max(predict('m', a)) FROM t",
      "SELECT a FROM t ORDER BY predict('m', a)",         "SELECT predict(a) FROM t",
      "SELECT ae_error('m', a) OVER (ORDER BY a) FROM t", "UPDATE t SET a = predict('m', a)"};
  for (const std::string& text : untouched) CHECK(rewrite(text) == text);
  CHECK(rewrite("SELECT abs(predict(@m, a)) FROM t").find("1023 FOLLOWING") != std::string::npos);
  CHECK(rewrite("SELECT (SELECT predict('m', a) FROM u) FROM t").find("predict_ahead") != std::string::npos);
}

TEST_CASE("TimesAreBucketedAsTSqlDoes") {
  Workbench bench;
  CHECK(bench.ask("SELECT DATE_BUCKET(week, 1, '2026-11-22T10:00:00Z')") == "2026-11-16T00:00:00.000000Z");
  CHECK(bench.ask("SELECT DATE_BUCKET(month, 3, '2026-11-22')") == "2026-10-01T00:00:00.000000Z");
  CHECK(bench.ask("SELECT DATE_BUCKET(minute, 5, 3725000000)") == "3600000000");
  CHECK(bench.ask("SELECT DATEADD(month, 1, '2024-01-31'), DATEADD(year, -1, '2024-02-29')") ==
        "2024-02-29T00:00:00.000000Z,2023-02-28T00:00:00.000000Z");
  CHECK(bench.ask("SELECT DATEDIFF(day, '2026-01-31T23:00:00Z', '2026-02-01'), DATEPART(hour, "
                  "'2026-01-31T23:00:00Z')") == "1,23");
  CHECK(bench.ask("SELECT DATEDIFF(month, '2025-12-31', '2026-01-01'), DATEDIFF(second, 0, 5000000)") ==
        "1,5");
  CHECK(bench.ask("SELECT time_bucket('5min', 3725000000), time_bucket(10, -1)") == "3600000000,-10");
  CHECK(bench.ask("SELECT DATE_BUCKET(fortnight, 1, 0)").find("no unit") != std::string::npos);
  CHECK(bench.ask("SELECT GETDATE() = SYSUTCDATETIME()") == "1");
}

TEST_CASE("RowsThatAreTooOldGoOnceADay") {
  Workbench bench;
  CHECK(bench.ask("CREATE TABLE e(ts DATETIME2, a INT) WITH (DATA_DELETION = ON (FILTER_COLUMN = ts, "
                  "RETENTION_PERIOD = 1 "
                  "day))") == "data deletion of 'e' is on");
  REQUIRE(bench.ask("INSERT INTO e VALUES(DATEADD(hour, -30, GETDATE()), 1), (GETDATE(), 2)") == "");
  REQUIRE(bench.door().beat());
  CHECK(bench.ask("SELECT count(*) FROM e") == "2");  // the database says no yet
  CHECK(bench.ask("ALTER DATABASE edge SET DATA_RETENTION ON") == "data retention is on");
  REQUIRE(bench.door().beat());
  CHECK(bench.ask("SELECT a FROM e") == "2");
  bench.clock.advance(std::chrono::hours(26));
  REQUIRE(bench.door().beat());
  CHECK(bench.ask("SELECT count(*) FROM e") == "0");
  CHECK(bench.ask("CREATE TABLE f(ts) WITH (DATA_DELETION = ON (FILTER = ts))").find("knows no FILTER") !=
        std::string::npos);
}

}  // namespace
}  // namespace oree::queries
