// CREATE EXTERNAL FILE FORMAT | DATA SOURCE | STREAM name WITH (…), and DROP of them.
#pragma once

#include "services/queries/own_tables.h"
#include "services/queries/token.h"

namespace oree::queries {

struct External {
  std::string kind;  // "FILE FORMAT", "DATA SOURCE", "STREAM"
  std::string name;
  ExternalOptions options;
};

Result<External> parse_create_external(TokenSpan statement);
Result<External> parse_drop_external(TokenSpan statement);
// Checks what it refers to, and keeps it.
Status create_external(sql::Database& database, const External& external);

}  // namespace oree::queries
