#include <doctest/doctest.h>

#include "services/queries/script.h"
#include "services/queries/testing/workbench.h"
#include "services/queries/times.h"
#include "services/queries/tsql/look_ahead.h"
#include "services/queries/tsql/translate.h"

namespace oree::queries {
namespace {

using testing::Workbench;

std::string translated(std::string_view text) {
  const auto tokens = tokenize(text);
  if (!tokens) return tokens.error().what;
  const auto out = translate(*tokens);
  return out ? print(*out) : out.error().what;
}

TEST_CASE("TSqlSpellingsBecomeSqlites") {
  CHECK(translated("SELECT TOP 3 [a b], N'it''s' FROM dbo.t ORDER BY 1") ==
        "SELECT \"a b\", 'it''s' FROM t ORDER BY 1 LIMIT 3");
  CHECK(translated("WITH n AS (SELECT 1) INSERT INTO t SELECT * FROM n") ==
        "WITH n AS (SELECT 1) INSERT INTO t SELECT * FROM n");
  CHECK(translated("SELECT * FROM (SELECT TOP (2) a FROM t) AS x") ==
        "SELECT * FROM (SELECT a FROM t LIMIT (2)) AS x");
  CHECK(
      translated("CREATE TABLE m(id INT IDENTITY(1,1) PRIMARY KEY, data VARBINARY(MAX), s NVARCHAR(MAX))") ==
      "CREATE TABLE m(id INTEGER PRIMARY KEY, data BLOB, s TEXT)");
  CHECK(translated("SELECT DATE_BUCKET(minute, 5, t), ISNULL(a, 0), LEN(b)") ==
        "SELECT DATE_BUCKET('minute', 5, t), ifnull(a, 0), length(b)");
  CHECK(translated("SELECT CONVERT(FLOAT, a) FROM t") == "SELECT CAST( a AS FLOAT ) FROM t");
  CHECK(translated("SELECT a INTO copy FROM t WHERE a > 1") ==
        "CREATE TABLE copy AS SELECT a FROM t WHERE a > 1");
  CHECK(translated("SELECT max(x), count(a) /* TOP 5 */ FROM t -- N'x'") == "SELECT max(x), count(a) FROM t");
  CHECK(translated("SELECT TOP 5 PERCENT a FROM t").find("column 14") != std::string::npos);
  CHECK(translated("SELECT *\nFROM OPENROWSET(BULK 'x', SINGLE_BLOB)").find("line 2, column 6") !=
        std::string::npos);
  CHECK(translated("SELECT 'open").find("line 1, column 8: this is never closed") != std::string::npos);
  CHECK(translated("SELECT 1 /* open").find("column 10") != std::string::npos);
}

TEST_CASE("AScriptIsCutIntoStatements") {
  const auto count = [](std::string_view text) {
    const auto tokens = tokenize(text);
    return tokens ? statements(*tokens).size() : 0;
  };
  CHECK(count("SELECT 1; SELECT 2;") == 2);
  CHECK(count("SELECT 1\nGO\nSELECT 2\nGO\n") == 2);
  CHECK(count("DECLARE @a INT = 5\nSET @a = 6\nSELECT @a") == 3);
  CHECK(count("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; DELETE FROM v; END; SELECT 1") == 2);
  CHECK(count("INSERT INTO t\nSELECT 1") == 1);
  CHECK(count("SELECT go FROM t") == 1);
  CHECK(count(" ;; ") == 0);
}

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
