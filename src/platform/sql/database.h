// SQLite with a thin face: open, prepare once, bind, step; errors as values; transactions that roll back by
// scope.
//
// One Database per thread, or guard it yourself. Errors: `full` (SQLITE_FULL), `corrupt`, `busy`, `conflict`
// (constraint), otherwise `invalid`/`unavailable`, each with SQLite's sentence and the statement.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/sql/value.h"

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
  Statement& bind_value(int position, const Value& value);
  // Lent under `tag` to functions and tables of ours; must live until the next reset(). `tag` lives for ever.
  Statement& bind_pointer(int position, const void* lent, const char* tag);

  Result<bool> step();  // true: a row is there
  Status run();         // steps to the end and resets
  void reset();         // ready for new values

  // Columns from 0, valid until the next step.
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  ByteView blob(int column) const;
  bool is_null(int column) const;
  Type type(int column) const;
  Value value(int column) const;

  int column_count() const;
  std::string_view column_name(int column) const;
  int parameter_count() const;
  std::string_view parameter_name(int position) const;  // with its '@', ':' or '$'; "" for '?'
  bool only_reads() const;

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
  bool can_shrink = false;  // a new file: PRAGMA incremental_vacuum can give freed pages back
};

// What a statement wants to do, asked while it is prepared.
struct Action {
  enum class Kind { select, read, function, pragma, write, schema, attach, transaction };
  Kind kind;
  std::string_view name;    // of the table, function or pragma
  std::string_view detail;  // the column, or the pragma's value
};

// Reading tables and calling functions, and nothing else: for authorize().
bool may_read(const Action& action);

class Database {
 public:
  // Creates the file when absent; WAL mode; ":memory:" for tests. Any number of connections may be open to
  // one file: one writes at a time, the others read what was committed when their statement began.
  static Result<Database> open(const std::string& path, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Status execute(std::string_view sql);  // one or more statements without results
  Result<Statement> prepare(std::string_view sql);
  int64_t changes() const;

  // Asked every few microseconds of SQLite's own work, on the thread that steps; a failure ends the running
  // statement with this Error. An empty function ends the watch. For deadlines, cancelling, memory.
  void watch(std::function<Status()> go_on);
  // Asked for each thing a statement wants while it is prepared; `denied` when false. An empty function
  // allows everything.
  void authorize(std::function<bool(const Action&)> allowed);
  void limit_value_bytes(int bytes);  // of one text, blob or row
  int error_offset() const;           // byte of the statement that the last error is about; -1: none
  static int64_t memory_used();       // by SQLite in this process, all connections together

  struct State;  // for this room's own files
  State& state() { return *state_; }

 private:
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

// "name", with quotes inside doubled.
std::string quoted_name(std::string_view name);

}  // namespace oree::sql
