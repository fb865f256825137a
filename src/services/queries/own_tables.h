// The tables that jobs, schedules and T-SQL's objects live in, beside the user's own.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "platform/sql/database.h"
#include "services/queries/result_set.h"

namespace oree::queries {

Status make_own_tables(sql::Database& database);

// Runs a statement with values for its '?' and gathers all rows.
Result<std::vector<std::vector<sql::Value>>> ask(sql::Database& database, std::string_view sql,
                                                 const std::vector<sql::Value>& values = {});

std::string text_at(const std::vector<sql::Value>& row, size_t column);  // "" unless text
int64_t integer_at(const std::vector<sql::Value>& row, size_t column);   // 0 unless integer

// CREATE EXTERNAL …: what was said, by its kind and name (whatever the case).
using ExternalOptions = std::map<std::string, std::string>;  // keys in upper case
Status keep_external(sql::Database& database, std::string_view kind, std::string_view name,
                     const ExternalOptions& options);
Result<std::optional<ExternalOptions>> find_external(sql::Database& database, std::string_view kind,
                                                     std::string_view name);
Status drop_external(sql::Database& database, std::string_view kind, std::string_view name);

}  // namespace oree::queries
