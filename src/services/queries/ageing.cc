#include "services/queries/ageing.h"

#include <algorithm>

#include "base/text.h"
#include "services/queries/language.h"

namespace oree::queries {
namespace {

// Behind CREATE TABLE [IF NOT EXISTS] or ALTER TABLE, without its schema.
Result<std::string> table_of(TokenSpan statement) {
  size_t i = 1;
  if (i >= statement.size() || !statement[i].is_word("TABLE"))
    return fail_at(statement[0], "DATA_DELETION is an option of a table");
  ++i;
  while (i < statement.size() &&
         (statement[i].is_word("IF") || statement[i].is_word("NOT") || statement[i].is_word("EXISTS")))
    ++i;
  while (i + 2 < statement.size() && statement[i + 1].is(".")) i += 2;
  if (i >= statement.size() || !statement[i].names())
    return fail_behind(statement, "the name of a table is missing");
  return statement[i].text;
}

Result<microseconds> period_of(TokenSpan words) {
  if (words.size() == 1 && words[0].is_word("INFINITE")) return microseconds(0);
  const auto count = words.size() == 2 ? parse_number<int64_t>(words[0].text) : std::nullopt;
  const auto unit = words.size() == 2 ? unit_of(words[1].text) : std::nullopt;
  if (!count || *count < 1 || !unit) {
    return fail_behind(words, "RETENTION_PERIOD is a number and DAY(S), WEEK(S), MONTH or YEAR, or INFINITE");
  }
  return microseconds(add_units(*unit, *count, 0));
}

}  // namespace

Status make_ageing_tables(sql::Database& database) {
  return database.execute(R"(
CREATE TABLE IF NOT EXISTS oree_ageing(name TEXT PRIMARY KEY COLLATE NOCASE, time_column TEXT, period INTEGER);
CREATE TABLE IF NOT EXISTS oree_settings(name TEXT PRIMARY KEY, value INTEGER))");
}

Result<AgeingPolicy> parse_data_deletion(TokenSpan statement, size_t option) {
  AgeingPolicy policy;
  auto table = table_of(statement);
  if (!table) return forward(table);
  policy.table = *table;
  TokenSpan rest = statement.subspan(option + 3);
  if (rest.size() < 2 || !rest[0].is("="))
    return fail_behind(statement.first(option + 3), "DATA_DELETION = ON (…) or OFF");
  if (rest[1].is_word("OFF")) return policy;
  const size_t close = rest.size() > 2 && rest[2].is("(") ? closing(rest, 2) : rest.size();
  if (!rest[1].is_word("ON") || close == rest.size()) {
    return fail_at(rest[1], "DATA_DELETION = ON (FILTER_COLUMN = column, RETENTION_PERIOD = 1 DAY)");
  }
  for (const TokenSpan piece : split_at_commas(rest.subspan(3, close - 3))) {
    if (piece.size() < 3 || !piece[1].is("="))
      return fail_behind(piece, "FILTER_COLUMN = column, RETENTION_PERIOD = 1 DAY");
    if (piece[0].is_word("FILTER_COLUMN")) {
      policy.column = piece[2].text;
    } else if (piece[0].is_word("RETENTION_PERIOD")) {
      const auto period = period_of(piece.subspan(2));
      if (!period) return forward(period);
      policy.period = *period;
    } else {
      return fail_at(piece[0], cat("DATA_DELETION knows no ", piece[0].text));
    }
  }
  if (policy.column.empty()) return fail_at(rest[1], "DATA_DELETION wants a FILTER_COLUMN");
  return policy;
}

Status keep_policy(sql::Database& database, const AgeingPolicy& policy) {
  const auto kept = policy.period.count() > 0
                        ? ask(database, "INSERT OR REPLACE INTO oree_ageing VALUES(?, ?, ?)",
                              {policy.table, policy.column, int64_t{policy.period.count()}})
                        : ask(database, "DELETE FROM oree_ageing WHERE name = ?", {policy.table});
  if (!kept) return forward(kept);
  return {};
}

Status set_data_retention(sql::Database& database, bool on) {
  const auto set =
      ask(database, "INSERT OR REPLACE INTO oree_settings VALUES('data_retention', ?)", {int64_t{on}});
  if (!set) return forward(set);
  return {};
}

Result<int64_t> delete_aged(sql::Database& database, WallTime now) {
  const auto settings = ask(database, "SELECT name, value FROM oree_settings");
  if (!settings) return forward(settings);
  bool on = false;
  int64_t last = 0;
  for (const auto& row : *settings) {
    if (text_at(row, 0) == "data_retention") on = integer_at(row, 1) != 0;
    if (text_at(row, 0) == "last_ageing") last = integer_at(row, 1);
  }
  const int64_t micros = now.time_since_epoch().count();
  constexpr int64_t kDay = 24 * readings::kHour;
  const bool due = micros - last >= kDay || micros < last;  // the clock may have been set back
  if (!on || !due) return 0;
  const auto policies = ask(database, "SELECT name, time_column, period FROM oree_ageing");
  if (!policies) return forward(policies);
  int64_t gone = 0;
  for (const auto& row : *policies) {
    const std::string column = sql::quoted_name(text_at(row, 1));
    const auto deleted = ask(
        database, cat("DELETE FROM ", sql::quoted_name(text_at(row, 0)), " WHERE to_time(", column, ") < ?"),
        {micros - integer_at(row, 2)});
    if (!deleted) return forward(deleted, cat("data deletion of '", text_at(row, 0), "'"));
    gone += database.changes();
  }
  const auto noted = ask(database, "INSERT OR REPLACE INTO oree_settings VALUES('last_ageing', ?)", {micros});
  if (!noted) return forward(noted);
  return gone;
}

}  // namespace oree::queries
