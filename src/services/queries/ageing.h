// Rows of the user's tables that are deleted when they are old: T-SQL's DATA_DELETION. Looked after once a
// day, and only while ALTER DATABASE … SET DATA_RETENTION is ON, as in SQL Edge.
#pragma once

#include <string>

#include "base/clock.h"
#include "platform/sql/database.h"
#include "services/queries/language.h"

namespace oree::queries {

struct AgeingPolicy {
  std::string table, column;
  microseconds period{0};  // zero: off
};

// DATA_DELETION = ON (FILTER_COLUMN = ts, RETENTION_PERIOD = 1 day) or = OFF, in the statement at `option`.
Status make_ageing_tables(sql::Database& database);

Result<AgeingPolicy> parse_data_deletion(TokenSpan statement, size_t option);
Status keep_policy(sql::Database& database, const AgeingPolicy& policy);
Status set_data_retention(sql::Database& database, bool on);
// Deletes what is due, if a day has passed since the last time; the number of rows that went.
Result<int64_t> delete_aged(sql::Database& database, WallTime now);

}  // namespace oree::queries
