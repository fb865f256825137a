// Time in SQL: time_bucket(step, time [, origin]), date_bucket('minute', 5, time [, origin]) and its
// neighbours dateadd, datediff, datepart, datetrunc; getdate(), sysutcdatetime(), now_us(); to_time(x),
// to_iso(x).
//
// A time given as text is answered as text, one given as microseconds as microseconds.
#pragma once

#include "services/queries/run_context.h"

namespace oree::queries {

Status add_time_functions(sql::Database& database, const std::shared_ptr<RunContext>& context);

}  // namespace oree::queries
