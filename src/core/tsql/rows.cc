#include "core/tsql/rows.h"

namespace oree::tsql {

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

}  // namespace oree::tsql
