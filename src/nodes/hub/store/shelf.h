// hub.db: one SQLite file, one connection, one lock, and the little that every table's reader needs.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "platform/json/value.h"
#include "platform/sql/database.h"

namespace oree::hub {

// Whoever uses `database` holds `mutex`. What a transaction committed is durable.
struct Shelf {
  static Result<std::unique_ptr<Shelf>> open(const std::filesystem::path& file);
  explicit Shelf(sql::Database opened) : database(std::move(opened)) {}

  std::mutex mutex;
  sql::Database database;
};

// Binds in order and runs.
template <class... Values>
Status run(sql::Database& database, std::string_view sql, const Values&... values) {
  auto statement = database.prepare(sql);
  if (!statement) return forward(statement);
  int position = 0;
  (statement->bind(++position, values), ...);
  return statement->run();
}

// Each row of a prepared and bound statement, as `read` makes it.
template <class T, class Read>
Result<std::vector<T>> rows(sql::Statement& statement, Read read) {
  std::vector<T> out;
  for (;;) {
    const auto row = statement.step();
    if (!row) return forward(row);
    if (!*row) return out;
    Result<T> one = read(statement);
    if (!one) return forward(one);
    out.push_back(*std::move(one));
  }
}

std::string print_list(const std::vector<std::string>& texts);  // as a JSON array
std::vector<std::string> parse_list(std::string_view json);     // what is no text in it is left out

}  // namespace oree::hub
