// Small questions to a database, with all their rows at once.
#pragma once

#include <string>
#include <vector>

#include "platform/sql/database.h"

namespace oree::tsql {

// Runs a statement with values for its '?' and gathers all rows.
Result<std::vector<std::vector<sql::Value>>> ask(sql::Database& database, std::string_view sql,
                                                 const std::vector<sql::Value>& values = {});

std::string text_at(const std::vector<sql::Value>& row, size_t column);  // "" unless text
int64_t integer_at(const std::vector<sql::Value>& row, size_t column);   // 0 unless integer

}  // namespace oree::tsql
