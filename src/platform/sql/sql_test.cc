#include <doctest/doctest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "platform/sql/database.h"

namespace oree::sql {
namespace {

struct TempFile {
  std::string folder = (std::filesystem::temp_directory_path() / "oree-sql-XXXXXX").string();
  TempFile() { REQUIRE(::mkdtemp(folder.data()) != nullptr); }
  ~TempFile() { std::filesystem::remove_all(folder); }
  std::string path() const { return folder + "/test.db"; }
};

Database memory() {
  auto database = Database::open(":memory:", {});
  REQUIRE(database);
  return std::move(*database);
}

TEST_CASE("BindsEachTypeAndReadsItBack") {
  Database database = memory();
  REQUIRE(database.execute("CREATE TABLE t(i, r, s, b, n); -- five columns\n"));
  auto insert = database.prepare("INSERT INTO t VALUES(?, ?, ?, ?, ?)");
  REQUIRE(insert);
  const std::string with_zero("a\0b", 3);
  insert->bind(1, INT64_MIN).bind(2, 0.1).bind(3, with_zero).bind(4, as_bytes("xyz")).bind_null(5);
  REQUIRE(insert->run());
  CHECK(database.changes() == 1);
  insert->bind(1, int64_t{7}).bind(3, std::string_view()).bind(4, ByteView());
  REQUIRE(insert->run());

  auto select = database.prepare("SELECT * FROM t ORDER BY rowid");
  REQUIRE(select);
  REQUIRE(select->step().value_or(false));
  CHECK(select->integer(0) == INT64_MIN);
  CHECK(select->real(1) == 0.1);
  CHECK(select->text(2) == with_zero);
  CHECK(as_text(select->blob(3)) == "xyz");
  CHECK(select->is_null(4));
  REQUIRE(select->step().value_or(false));
  CHECK(select->is_null(1));  // values do not stay bound from one run to the next
  CHECK_FALSE(select->is_null(2));
  CHECK_FALSE(select->is_null(3));
  CHECK_FALSE(select->step().value_or(true));
}

TEST_CASE("ErrorsNameTheStatementAndSqlitesReason") {
  Database database = memory();
  const auto syntax = database.prepare("SELEKT 1");
  REQUIRE_FALSE(syntax);
  CHECK(syntax.error().kind == ErrorKind::invalid);
  CHECK(syntax.error().what.find("SELEKT") != std::string::npos);
  CHECK_FALSE(database.prepare("SELECT 1; SELECT 2"));
  CHECK_FALSE(database.prepare(""));

  REQUIRE(database.execute("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES(1)"));
  const auto twice = database.execute("INSERT INTO t VALUES(1)");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().kind == ErrorKind::conflict);
  CHECK(twice.error().what.find("t.a") != std::string::npos);

  auto select = database.prepare("SELECT ?");
  REQUIRE(select);
  CHECK_FALSE(select->bind(9, int64_t{1}).step());
}

TEST_CASE("ATransactionRollsBackUnlessItCommits") {
  Database database = memory();
  REQUIRE(database.execute("CREATE TABLE t(a)"));
  const auto rows = [&] {
    auto count = database.prepare("SELECT count(*) FROM t");
    REQUIRE(count->step());
    return count->integer(0);
  };
  {
    auto transaction = Transaction::begin(database);
    REQUIRE(transaction);
    REQUIRE(database.execute("INSERT INTO t VALUES(1)"));
    CHECK_FALSE(Transaction::begin(database));
  }
  CHECK(rows() == 0);
  auto transaction = Transaction::begin(database);
  REQUIRE(database.execute("INSERT INTO t VALUES(1)"));
  REQUIRE(transaction->commit());
  CHECK_FALSE(transaction->commit());
  CHECK(rows() == 1);
}

TEST_CASE("AReaderDoesNotStopTheWriterAndSeesItsCommits") {
  const TempFile file;
  auto writer = Database::open(file.path(), {.sync = Sync::normal});
  REQUIRE(writer);
  REQUIRE(writer->execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)"));
  auto reader = Database::open(file.path(), {.read_only = true});
  REQUIRE(reader);
  auto select = reader->prepare("SELECT count(*) FROM t");
  REQUIRE(select->step().value_or(false));
  REQUIRE(writer->execute("INSERT INTO t VALUES(2)"));
  CHECK(select->integer(0) == 1);
  select->reset();
  REQUIRE(select->step().value_or(false));
  CHECK(select->integer(0) == 2);
  const auto refused = reader->execute("INSERT INTO t VALUES(3)");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::denied);
}

TEST_CASE("AFileThatIsNoDatabaseIsCorrupt") {
  const TempFile file;
  std::ofstream(file.path()) << std::string(5000, 'x');
  for (const bool read_only : {false, true}) {
    const auto opened = Database::open(file.path(), {.read_only = read_only});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == ErrorKind::corrupt);
    CHECK(opened.error().what.find(file.path()) != std::string::npos);
  }
  const auto missing = Database::open(file.folder + "/no/such.db", {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::unavailable);
}

TEST_CASE("AFullDatabaseSaysFullAndStaysUsable") {
  Database database = memory();
  REQUIRE(database.execute("CREATE TABLE t(a); PRAGMA max_page_count = 10"));
  Status status;
  while (status) status = database.execute("INSERT INTO t VALUES(zeroblob(3000))");
  CHECK(status.error().kind == ErrorKind::full);
  REQUIRE(database.execute("DELETE FROM t"));
  CHECK(database.execute("INSERT INTO t VALUES(1)"));
}

}  // namespace
}  // namespace oree::sql
