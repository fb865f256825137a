// The SQLite handles behind database.h, and its result codes as Errors. Private to this room.
#pragma once

#include <sqlite3.h>

#include "platform/sql/database.h"

namespace oree::sql {

struct Statement::State {
  sqlite3_stmt* handle = nullptr;
  int bind_error = SQLITE_OK;  // the first one; step() reports it
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { sqlite3_finalize(handle); }
};

struct Database::State {
  sqlite3* handle = nullptr;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // close_v2: a Statement that outlives its Database keeps the connection until it goes too.
  ~State() { sqlite3_close_v2(handle); }
};

// SQLite's sentence for `code`, the file and the statement.
std::unexpected<Error> fail_with_sqlite(int code, sqlite3* handle, std::string_view statement);

}  // namespace oree::sql
