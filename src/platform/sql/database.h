// SQLite with a thin face: open, prepare once, bind, step; errors as values; transactions that roll back by
// scope.
//
// One Database per thread, or guard it yourself. Errors: `full` (SQLITE_FULL), `corrupt`, `busy`, `conflict`
// (constraint), otherwise `invalid`/`unavailable`, each with SQLite's sentence and the statement.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::sql {

class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Positions from 1. Text and blobs are copied.
  Statement& bind(int position, int64_t value);
  Statement& bind(int position, double value);
  Statement& bind(int position, std::string_view text);
  Statement& bind(int position, ByteView blob);
  Statement& bind_null(int position);

  Result<bool> step();  // true: a row is there
  Status run();         // steps to the end and resets
  void reset();         // ready for new values

  // Columns from 0, valid until the next step.
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  ByteView blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class Sync { off, normal, full };

struct OpenOptions {
  Sync sync = Sync::full;
  bool read_only = false;
};

class Database {
 public:
  // Creates the file when absent; WAL mode; ":memory:" for tests.
  static Result<Database> open(const std::string& path, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Status execute(std::string_view sql);  // one or more statements without results
  Result<Statement> prepare(std::string_view sql);
  int64_t changes() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// BEGIN IMMEDIATE now, ROLLBACK when it goes out of scope without commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&&) noexcept;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace oree::sql
