#include "services/jobs/schedules/schedules.h"

#include "base/text.h"
#include "services/jobs/schedules/rule.h"

namespace oree::jobs {
namespace {

int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}

sql::Value next_value(const Rule& rule, WallTime now) {
  const auto next = rule.next(now);
  if (!next) return {};
  return micros(*next);
}

}  // namespace

Status make_schedule_table(sql::Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS oree_schedules(name TEXT PRIMARY KEY COLLATE NOCASE, rule TEXT, statement "
      "TEXT, next INTEGER, last INTEGER, runs INTEGER DEFAULT 0, error TEXT)");
}

Status add_schedule(sql::Database& database, const Schedule& schedule, WallTime now) {
  if (schedule.name.empty() || trim(schedule.statement).empty()) {
    return fail(ErrorKind::invalid, "a schedule wants a @name, a @cron or @every, and a @statement");
  }
  const auto rule = Rule::parse(schedule.rule);
  if (!rule) return forward(rule);
  const auto known = ask(database, "SELECT 1 FROM oree_schedules WHERE name = ?", {schedule.name});
  if (!known) return forward(known);
  if (!known->empty())
    return fail(ErrorKind::conflict, cat("there is a schedule '", schedule.name, "' already"));
  const auto added =
      ask(database, "INSERT INTO oree_schedules(name, rule, statement, next) VALUES(?, ?, ?, ?)",
          {schedule.name, schedule.rule, schedule.statement, next_value(*rule, now)});
  if (!added) return forward(added);
  return {};
}

Status drop_schedule(sql::Database& database, std::string_view name) {
  const auto dropped =
      ask(database, "DELETE FROM oree_schedules WHERE name = ? RETURNING 1", {std::string(name)});
  if (!dropped) return forward(dropped);
  if (dropped->empty()) return fail(ErrorKind::not_found, cat("there is no schedule '", name, "'"));
  return {};
}

Result<ResultSet> list_schedules(sql::Database& database) {
  auto rows = ask(database,
                  "SELECT name, rule, statement, to_iso(next), to_iso(last), runs, error FROM oree_schedules "
                  "ORDER BY name");
  if (!rows) return forward(rows);
  return ResultSet{.columns = {"name", "rule", "statement", "next", "last", "runs", "error"},
                   .rows = std::move(*rows)};
}

Result<std::vector<Schedule>> due_schedules(sql::Database& database, WallTime now) {
  const auto rows =
      ask(database, "SELECT name, rule, statement, next FROM oree_schedules WHERE next IS NOT NULL");
  if (!rows) return forward(rows);
  std::vector<Schedule> due;
  for (const auto& row : *rows) {
    Schedule schedule{text_at(row, 0), text_at(row, 1), text_at(row, 2)};
    const int64_t next = integer_at(row, 3);
    if (next <= micros(now)) {
      due.push_back(std::move(schedule));
      continue;
    }
    const auto rule = Rule::parse(schedule.rule);
    if (!rule) continue;
    const auto fresh = rule->next(now);
    if (!fresh || micros(*fresh) >= next) continue;
    const auto moved =
        ask(database, "UPDATE oree_schedules SET next = ? WHERE name = ?", {micros(*fresh), schedule.name});
    if (!moved) return forward(moved);
  }
  return due;
}

Status note_run(sql::Database& database, const Schedule& schedule, WallTime now, const Status& outcome) {
  const auto rule = Rule::parse(schedule.rule);
  const sql::Value next = rule ? next_value(*rule, now) : sql::Value();
  const sql::Value error = outcome ? sql::Value() : sql::Value(outcome.error().what);
  const auto noted =
      ask(database, "UPDATE oree_schedules SET next = ?, last = ?, runs = runs + 1, error = ? WHERE name = ?",
          {next, micros(now), error, schedule.name});
  if (!noted) return forward(noted);
  return {};
}

Result<std::optional<WallTime>> next_schedule(sql::Database& database) {
  const auto rows = ask(database, "SELECT min(next) FROM oree_schedules");
  if (!rows) return forward(rows);
  if (std::holds_alternative<std::monostate>(rows->front()[0])) return std::nullopt;
  return WallTime(microseconds(integer_at(rows->front(), 0)));
}

}  // namespace oree::jobs
