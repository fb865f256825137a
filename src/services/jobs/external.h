// CREATE EXTERNAL FILE FORMAT | DATA SOURCE | STREAM name WITH (…), and DROP of them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/jobs/language.h"

namespace oree::jobs {

// What was said, by its kind and name (whatever the case).
using ExternalOptions = std::map<std::string, std::string>;  // keys in upper case

struct External {
  std::string kind;  // "FILE FORMAT", "DATA SOURCE", "STREAM"
  std::string name;
  ExternalOptions options;
};

Result<External> parse_create_external(TokenSpan statement);
Result<External> parse_drop_external(TokenSpan statement);
Status make_external_table(sql::Database& database);
Result<std::optional<ExternalOptions>> find_external(sql::Database& database, std::string_view kind,
                                                     std::string_view name);
Status drop_external(sql::Database& database, std::string_view kind, std::string_view name);
// Checks what it refers to, and keeps it.
Status create_external(sql::Database& database, const External& external);

}  // namespace oree::jobs
