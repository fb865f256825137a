#include "services/queries/own_tables.h"

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::queries {

Status make_own_tables(sql::Database& database) {
  return database.execute(R"(
CREATE TABLE IF NOT EXISTS oree_externals(kind TEXT, name TEXT COLLATE NOCASE, options TEXT, PRIMARY KEY(kind, name));
CREATE TABLE IF NOT EXISTS oree_jobs(name TEXT PRIMARY KEY COLLATE NOCASE, statement TEXT, state TEXT, error TEXT,
  rows_in INTEGER DEFAULT 0, rows_out INTEGER DEFAULT 0, dropped INTEGER DEFAULT 0, late INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS oree_job_positions(job TEXT COLLATE NOCASE, query INTEGER, position INTEGER,
  emitted INTEGER, PRIMARY KEY(job, query));
CREATE TABLE IF NOT EXISTS oree_schedules(name TEXT PRIMARY KEY COLLATE NOCASE, rule TEXT, statement TEXT,
  next INTEGER, last INTEGER, runs INTEGER DEFAULT 0, error TEXT);
CREATE TABLE IF NOT EXISTS oree_ageing(name TEXT PRIMARY KEY COLLATE NOCASE, time_column TEXT, period INTEGER);
CREATE TABLE IF NOT EXISTS oree_settings(name TEXT PRIMARY KEY, value INTEGER))");
}

Result<std::vector<std::vector<sql::Value>>> ask(sql::Database& database, std::string_view sql,
                                                 const std::vector<sql::Value>& values) {
  auto statement = database.prepare(sql);
  if (!statement) return forward(statement);
  for (size_t i = 0; i < values.size(); ++i) statement->bind_value(static_cast<int>(i) + 1, values[i]);
  std::vector<std::vector<sql::Value>> rows;
  auto row = statement->step();
  for (; row && *row; row = statement->step()) {
    auto& cells = rows.emplace_back();
    for (int i = 0; i < statement->column_count(); ++i) cells.push_back(statement->value(i));
  }
  if (!row) return forward(row);
  return rows;
}

std::string text_at(const std::vector<sql::Value>& row, size_t column) {
  const auto* text = std::get_if<std::string>(&row[column]);
  return text != nullptr ? *text : std::string();
}

int64_t integer_at(const std::vector<sql::Value>& row, size_t column) {
  const auto* whole = std::get_if<int64_t>(&row[column]);
  return whole != nullptr ? *whole : 0;
}

Status keep_external(sql::Database& database, std::string_view kind, std::string_view name,
                     const ExternalOptions& options) {
  json::Value object{json::Object{}};
  for (const auto& [key, value] : options) object.set(key, value);
  const auto known = find_external(database, kind, name);
  if (!known) return forward(known);
  if (*known)
    return fail(ErrorKind::conflict, cat("there is an external ", lower(kind), " '", name, "' already"));
  const auto kept = ask(database, "INSERT INTO oree_externals VALUES(?, ?, ?)",
                        {std::string(kind), std::string(name), json::print(object)});
  if (!kept) return forward(kept);
  return {};
}

Result<std::optional<ExternalOptions>> find_external(sql::Database& database, std::string_view kind,
                                                     std::string_view name) {
  const auto rows = ask(database, "SELECT options FROM oree_externals WHERE kind = ? AND name = ?",
                        {std::string(kind), std::string(name)});
  if (!rows) return forward(rows);
  if (rows->empty()) return std::nullopt;
  const auto object = json::parse(text_at(rows->front(), 0));
  if (!object) return forward(object);
  ExternalOptions options;
  if (object->object() != nullptr) {
    for (const auto& [key, value] : *object->object()) {
      if (value.text() != nullptr) options[key] = *value.text();
    }
  }
  return options;
}

Status drop_external(sql::Database& database, std::string_view kind, std::string_view name) {
  const auto dropped = ask(database, "DELETE FROM oree_externals WHERE kind = ? AND name = ? RETURNING 1",
                           {std::string(kind), std::string(name)});
  if (!dropped) return forward(dropped);
  if (dropped->empty())
    return fail(ErrorKind::not_found, cat("there is no external ", lower(kind), " '", name, "'"));
  return {};
}

}  // namespace oree::queries
