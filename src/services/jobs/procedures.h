// EXEC [sys.]procedure @name = value, …
//
//   sp_create_streaming_job @name, @statement      sp_start_ / sp_stop_ / sp_drop_ / sp_get_streaming_job
//   @name sp_create_schedule @name, @cron | @every, @statement      sp_drop_schedule @name sp_get_schedules
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "services/jobs/jobs.h"

namespace oree::jobs {

struct Call {
  std::string procedure;                     // in lower case
  std::map<std::string, std::string> named;  // "@name" → text, keys in lower case
};

Result<Call> parse_call(TokenSpan statement, const std::function<Result<sql::Value>(TokenSpan)>& value_of);
bool only_reads(const Call& call);
Result<ResultSet> execute_call(const Call& call, sql::Database& database, Jobs& jobs, WallTime now);

}  // namespace oree::jobs
