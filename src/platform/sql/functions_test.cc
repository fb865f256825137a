#include "platform/sql/functions.h"

#include <doctest/doctest.h>

#include <deque>

#include "platform/sql/table.h"

namespace oree::sql {
namespace {

Database memory() {
  auto database = Database::open(":memory:", {});
  REQUIRE(database);
  return std::move(*database);
}

Value one(Database& database, std::string_view sql) {
  auto statement = database.prepare(sql);
  REQUIRE_MESSAGE(statement, (statement ? "" : statement.error().what));
  const auto row = statement->step();
  REQUIRE_MESSAGE(row, (row ? "" : row.error().what));
  REQUIRE(*row);
  return statement->value(0);
}

class SlidingSum final : public Aggregate {
 public:
  Status step(const Arguments& in) override {
    if (in.real(0) > 100) return fail(ErrorKind::busy, "too much");
    sum_ += in.real(0);
    return {};
  }
  Status leave(const Arguments& in) override {
    sum_ -= in.real(0);
    return {};
  }
  Status answer(Answer& out) override {
    out.real(sum_);
    return {};
  }

 private:
  double sum_ = 0;
};

TEST_CASE("AScalarGetsAndGivesEachType") {
  Database database = memory();
  REQUIRE(add_scalar(database, "same", 1, [](const Arguments& in, Answer& out) -> Status {
    out.value(in.value(0));
    return {};
  }));
  CHECK(one(database, "SELECT same(7)") == Value(int64_t{7}));
  CHECK(one(database, "SELECT same(0.5)") == Value(0.5));
  CHECK(one(database, "SELECT same('été')") == Value(std::string("été")));
  CHECK(one(database, "SELECT same(x'00ff')") == Value(ByteBuffer{std::byte{0}, std::byte{255}}));
  CHECK(one(database, "SELECT same(NULL)") == Value());
}

TEST_CASE("AFailureInsideAFunctionKeepsItsKindAndSentence") {
  Database database = memory();
  REQUIRE(add_scalar(database, "refuse", 0, [](const Arguments&, Answer&) -> Status {
    return fail(ErrorKind::not_found, "no model 'x'");
  }));
  auto statement = database.prepare("SELECT refuse()");
  REQUIRE(statement);
  auto row = statement->step();
  REQUIRE_FALSE(row);
  CHECK(row.error().kind == ErrorKind::not_found);
  CHECK(row.error().what == "no model 'x'");
  // The next failure is its own.
  const auto other = database.execute("SELEKT");
  REQUIRE_FALSE(other);
  CHECK(other.error().kind == ErrorKind::invalid);
}

TEST_CASE("AnAggregateSlidesOverAWindow") {
  Database database = memory();
  REQUIRE(add_window(database, "sliding", 1, [] { return std::make_unique<SlidingSum>(); }));
  REQUIRE(database.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1),(2),(3),(4)"));
  auto rows = database.prepare("SELECT sliding(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t");
  REQUIRE(rows);
  for (const double expected : {1.0, 3.0, 5.0, 7.0}) {
    REQUIRE(rows->step().value_or(false));
    CHECK(rows->real(0) == expected);
  }
  CHECK(one(database, "SELECT sliding(a) FROM t") == Value(10.0));
  const auto failed = database.execute("INSERT INTO t VALUES(101); SELECT sliding(a) FROM t");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::busy);
}

// count_to(last): 1 … last.
class CountTo final : public Table {
 public:
  class Counting final : public Cursor {
   public:
    Status start(int, std::string_view, const Arguments& in) override {
      at_ = 1;
      if (const void* lent = in.pointer(0, "number")) {
        last_ = *static_cast<const int64_t*>(lent);
      } else {
        last_ = in.integer(0);
      }
      if (last_ > 1000) return fail(ErrorKind::full, "too far");
      return {};
    }
    bool at_end() const override { return at_ > last_; }
    Status next() override {
      ++at_;
      return {};
    }
    Status column(int index, Answer& out) override {
      out.integer(index == 0 ? at_ : last_);
      return {};
    }

   private:
    int64_t at_ = 1, last_ = 0;
  };
  std::vector<Column> columns() const override { return {{"n", "INTEGER"}, {"last", "INTEGER", true}}; }
  Result<Plan> plan(const Question& question) const override {
    for (size_t i = 0; i < question.constraints.size(); ++i) {
      const Constraint& constraint = question.constraints[i];
      if (constraint.column == 1 && constraint.compare == Compare::equal && constraint.usable) {
        return Plan{.taken = {i}, .cost = 10};
      }
    }
    return fail(ErrorKind::invalid, "count_to(last) needs its argument");
  }
  Result<std::unique_ptr<Cursor>> open() override { return std::make_unique<Counting>(); }
};

TEST_CASE("ATableFunctionTakesItsArgumentsAndJoins") {
  Database database = memory();
  REQUIRE(add_table(database, "count_to", std::make_shared<CountTo>()));
  CHECK(one(database, "SELECT sum(n) FROM count_to(4)") == Value(int64_t{10}));
  CHECK(one(database, "SELECT count(*) FROM count_to(3) AS a, count_to(a.n)") == Value(int64_t{6}));
  auto statement = database.prepare("SELECT count(*) FROM count_to(?)");
  REQUIRE(statement);
  const int64_t lent = 5;
  statement->bind_pointer(1, &lent, "number");
  REQUIRE(statement->step().value_or(false));
  CHECK(statement->integer(0) == 5);
  const auto missing = database.prepare("SELECT * FROM count_to");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().what.find("needs its argument") != std::string::npos);
  const auto far = database.execute("SELECT * FROM count_to(5000)");
  REQUIRE_FALSE(far);
  CHECK(far.error().kind == ErrorKind::full);
}

TEST_CASE("AWatchStopsAStatementThatWouldRunForEver") {
  Database database = memory();
  int asked = 0;
  database.watch([&]() -> Status {
    if (++asked < 5) return {};
    return fail(ErrorKind::timeout, "the query ran out of time");
  });
  const std::string endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const auto stopped = database.execute(endless);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == ErrorKind::timeout);
  CHECK(stopped.error().what == "the query ran out of time");
  CHECK(asked == 5);
  database.watch({});
  CHECK(database.execute("SELECT 1"));
}

TEST_CASE("AnAuthorizedReaderCannotWriteAttachOrLoad") {
  Database database = memory();
  REQUIRE(database.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)"));
  REQUIRE(add_table(database, "count_to", std::make_shared<CountTo>()));
  database.authorize(may_read);
  const auto read = database.execute("SELECT max(a) FROM t, count_to(2)");
  CHECK_MESSAGE(read, (read ? "" : read.error().what));
  for (const char* sql :
       {"DELETE FROM t", "CREATE TABLE u(a)", "ATTACH 'x' AS y", "SELECT load_extension('x')",
        "PRAGMA writable_schema = 1", "BEGIN", "DROP TABLE t", "PRAGMA user_version = 3"}) {
    const auto refused = database.execute(sql);
    REQUIRE_FALSE_MESSAGE(refused, sql);
    CHECK_MESSAGE(refused.error().kind == ErrorKind::denied, std::string(sql));
  }
  database.authorize({});
  CHECK(database.execute("DELETE FROM t"));
}

TEST_CASE("AStatementTellsItsColumnsAndParameters") {
  Database database = memory();
  auto statement = database.prepare("SELECT @a AS first, ?2 AS second");
  REQUIRE(statement);
  CHECK(statement->column_count() == 2);
  CHECK(statement->column_name(1) == "second");
  CHECK(statement->parameter_count() == 2);
  CHECK(statement->parameter_name(1) == "@a");
  CHECK(statement->only_reads());
  statement->bind_value(1, Value(2.5)).bind_value(2, Value());
  REQUIRE(statement->step().value_or(false));
  CHECK(statement->type(0) == Type::real);
  CHECK(statement->type(1) == Type::null);
  CHECK_FALSE(database.prepare("SELECT nothing"));
  CHECK(database.error_offset() == 7);
}

}  // namespace
}  // namespace oree::sql
