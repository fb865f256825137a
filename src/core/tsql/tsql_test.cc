#include <doctest/doctest.h>

#include "base/text.h"
#include "core/tsql/script.h"
#include "core/tsql/times.h"
#include "core/tsql/translate.h"

namespace oree::tsql {
namespace {

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
  CHECK(
      translated("IF 1 = 1 SELECT 1") ==
      "line 1, column 1: IF is not accepted: there are no branches: use CASE, or a WHERE that finds nothing");
  CHECK(translated("CREATE PROCEDURE p AS SELECT 1").find("CREATE PROCEDURE is not accepted") !=
        std::string::npos);
  CHECK(translated("SELECT a FROM t CROSS APPLY f(a)").find("column 17: CROSS APPLY") != std::string::npos);
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

}  // namespace
}  // namespace oree::tsql
