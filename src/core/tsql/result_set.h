// What a query answers, and how it is shown: an aligned table for people, CSV (RFC 4180) and JSON for
// programs.
#pragma once

#include <string>
#include <vector>

#include "platform/json/value.h"
#include "platform/sql/value.h"

namespace oree::tsql {

struct ResultSet {
  std::vector<std::string> columns;  // empty: the statement answers nothing
  std::vector<std::vector<sql::Value>> rows;
  int64_t changes = 0;     // rows written, when it answers nothing
  bool truncated = false;  // there were more than the limit
  std::string note;        // a sentence, as "streaming job 'robots' is Processing"
};

std::string print_table(const ResultSet& result);  // numbers to the right
std::string print_csv(const ResultSet& result);
// {"columns": [...], "rows": [[...]], "truncated": false, "changes": 0}; blobs as base64.
json::Value to_json(const ResultSet& result);

}  // namespace oree::tsql
