// The SQLite handles behind database.h, and its result codes as Errors. Private to this room.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>

#include "platform/sql/database.h"

namespace oree::sql {

// What a function of ours said while SQLite was running, which knows a code and a sentence only.
struct Faults {
  std::optional<Error> pending;
};

struct Statement::State {
  sqlite3_stmt* handle = nullptr;
  int bind_error = SQLITE_OK;  // the first one; step() reports it
  std::shared_ptr<Faults> faults;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { sqlite3_finalize(handle); }
};

struct Database::State {
  sqlite3* handle = nullptr;
  std::shared_ptr<Faults> faults = std::make_shared<Faults>();
  std::function<Status()> watch;
  std::pair<std::function<Status()>*, Faults*> watched;
  std::function<bool(const Action&)> authorize;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // close_v2: a Statement that outlives its Database keeps the connection until it goes too.
  ~State() {
    sqlite3_progress_handler(handle, 0, nullptr, nullptr);
    sqlite3_set_authorizer(handle, nullptr, nullptr);
    sqlite3_close_v2(handle);
  }
};

// SQLite's sentence for `code`, the file and the statement.
std::unexpected<Error> fail_with_sqlite(int code, sqlite3* handle, std::string_view statement);
// The same, unless one of our own functions said what happened.
std::unexpected<Error> fail_with_faults(int code, sqlite3* handle, Faults& faults,
                                        std::string_view statement);
void answer_failure(sqlite3_context* context, Faults& faults, const Error& error);

}  // namespace oree::sql
