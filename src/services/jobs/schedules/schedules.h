// Statements that run by the clock; their state is in the database and survives restarts.
//
// What was due while nobody was there runs once, not once per time missed. A run that the power interrupts
// runs again: make statements that may. A clock set back makes nothing wait longer than its rule would.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/jobs/language.h"

namespace oree::jobs {

struct Schedule {
  std::string name, rule, statement;
};

Status make_schedule_table(sql::Database& database);

// `conflict` when the name is taken; `invalid` with the rule's fault.
Status add_schedule(sql::Database& database, const Schedule& schedule, WallTime now);
Status drop_schedule(sql::Database& database, std::string_view name);
Result<ResultSet> list_schedules(sql::Database& database);
// What is due at `now`, and moves every `next` that a clock set back has put too far away.
Result<std::vector<Schedule>> due_schedules(sql::Database& database, WallTime now);
// Notes how a run went, and when it comes next.
Status note_run(sql::Database& database, const Schedule& schedule, WallTime now, const Status& outcome);
Result<std::optional<WallTime>> next_schedule(sql::Database& database);

}  // namespace oree::jobs
