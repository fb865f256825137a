#include "services/jobs/jobs.h"

#include <algorithm>

#include "base/text.h"
#include "services/jobs/external.h"

namespace oree::jobs {

Status make_job_tables(sql::Database& database) {
  const auto made = database.execute(R"(
CREATE TABLE IF NOT EXISTS oree_jobs(name TEXT PRIMARY KEY COLLATE NOCASE, statement TEXT, state TEXT, error TEXT,
  rows_in INTEGER DEFAULT 0, rows_out INTEGER DEFAULT 0, dropped INTEGER DEFAULT 0, late INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS oree_job_positions(job TEXT COLLATE NOCASE, query INTEGER, position INTEGER,
  emitted INTEGER, given INTEGER DEFAULT 0, PRIMARY KEY(job, query)))");
  if (!made) return made;
  const auto columns =
      ask(database, "SELECT 1 FROM pragma_table_info('oree_job_positions') WHERE name = 'given'");
  if (!columns) return forward(columns);
  if (!columns->empty()) return {};
  return database.execute(
      "ALTER TABLE oree_job_positions ADD COLUMN given INTEGER DEFAULT 0");  // made before
}

Result<ResultSet> describe_job(sql::Database& database, std::string_view name) {
  auto rows = ask(database,
                  "SELECT name, state, error, rows_in, rows_out, dropped, late, statement FROM oree_jobs "
                  "WHERE ?1 = '' OR name = ?1 ORDER BY name",
                  {std::string(name)});
  if (!rows) return forward(rows);
  if (rows->empty() && !name.empty())
    return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  return ResultSet{
      .columns = {"name", "status", "error", "rows_in", "rows_out", "dropped", "late", "statement"},
      .rows = std::move(*rows)};
}

Status Jobs::set_state(const std::string& name, std::string_view state, std::string_view error) {
  const auto set =
      ask(admin_.database(), "UPDATE oree_jobs SET state = ?, error = ? WHERE name = ? RETURNING 1",
          {std::string(state), error.empty() ? sql::Value() : sql::Value(std::string(error)), name});
  if (!set) return forward(set);
  if (set->empty()) return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  return {};
}

Status Jobs::load() {
  const auto rows =
      ask(admin_.database(),
          "SELECT name FROM oree_jobs WHERE state IN ('Starting', 'Idle', 'Processing', 'Degraded')");
  if (!rows) return forward(rows);
  for (const auto& row : *rows) {
    const std::string name = text_at(row, 0);
    if (auto started = start(name); !started) {
      if (auto set = set_state(name, "Failed", started.error().what); !set) return set;
    }
  }
  return {};
}

Status Jobs::create(const std::string& name, const std::string& statement) {
  if (name.empty()) return fail(ErrorKind::invalid, "a streaming job wants a @name");
  const auto known = ask(admin_.database(), "SELECT 1 FROM oree_jobs WHERE name = ?", {name});
  if (!known) return forward(known);
  if (!known->empty()) return fail(ErrorKind::conflict, cat("there is a streaming job '", name, "' already"));
  Job job;
  if (auto parsed = prepare(name, job, statement); !parsed) return parsed;
  for (const Query& query : job.queries) {
    if (auto tried = try_out(query.parsed); !tried) return tried;
  }
  const auto made =
      ask(admin_.database(), "INSERT INTO oree_jobs(name, statement, state) VALUES(?, ?, 'Created')",
          {name, statement});
  if (!made) return forward(made);
  return {};
}

Status Jobs::start(const std::string& name) {
  const auto rows =
      ask(admin_.database(),
          "SELECT statement, rows_in, rows_out, dropped, late FROM oree_jobs WHERE name = ?", {name});
  if (!rows) return forward(rows);
  if (rows->empty()) return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  if (running_.contains(lower(name))) return {};
  const auto& row = rows->front();
  Job job{.state = "Idle",
          .rows_in = integer_at(row, 1),
          .rows_out = integer_at(row, 2),
          .dropped = integer_at(row, 3),
          .late = integer_at(row, 4)};
  if (auto ready = prepare(name, job, text_at(row, 0)); !ready) {
    if (auto set = set_state(name, "Failed", ready.error().what); !set) return set;
    return ready;
  }
  running_[lower(name)] = std::move(job);
  return set_state(name, "Idle", "");
}

Status Jobs::stop(const std::string& name) {
  if (auto set = set_state(name, "Stopped", ""); !set) return set;
  running_.erase(lower(name));
  return {};
}

Status Jobs::drop(const std::string& name) {
  if (running_.contains(lower(name))) {
    return fail(ErrorKind::conflict, cat("the streaming job '", name, "' is running: stop it first"));
  }
  const auto dropped = ask(admin_.database(), "DELETE FROM oree_jobs WHERE name = ? RETURNING 1", {name});
  if (!dropped) return forward(dropped);
  if (dropped->empty()) return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  const auto rest = ask(admin_.database(), "DELETE FROM oree_job_positions WHERE job = ?", {name});
  if (!rest) return forward(rest);
  return {};
}

Status Jobs::prepare(const std::string& name, Job& job, const std::string& statement) {
  auto queries = parse_job(statement);
  if (!queries) return forward(queries);
  for (JobQuery& parsed : *queries) {
    const auto rows =
        ask(admin_.database(),
            "SELECT position, emitted, given FROM oree_job_positions WHERE job = ? AND query = ?",
            {name, static_cast<int64_t>(job.queries.size())});
    if (!rows) return forward(rows);
    const bool known = !rows->empty();
    const auto at = [&](size_t column) { return known ? integer_at(rows->front(), column) : 0; };
    Query query{.parsed = std::move(parsed),
                .needed = static_cast<uint64_t>(at(0)),
                .seen = static_cast<uint64_t>(at(0)),
                .given = static_cast<uint64_t>(std::max(at(0), at(2))),
                .windows = OpenWindows({})};
    query.windows = OpenWindows(query.parsed.window, at(1));
    query.models.resize(query.parsed.anomalies.size());
    if (auto resolved = resolve(query); !resolved) return resolved;
    job.queries.push_back(std::move(query));
  }
  return {};
}

// The streams' names become a topic and an output.
Status Jobs::resolve(Query& query) {
  auto in = find_external(admin_.database(), "STREAM", query.parsed.in);
  if (!in) return forward(in);
  if (!*in)
    return fail(ErrorKind::not_found, cat("there is no external stream '", query.parsed.in, "' to read"));
  query.topic = (**in)["LOCATION"];
  for (const std::string& name : query.parsed.tables) {
    const auto other = find_external(admin_.database(), "STREAM", name);
    if (!other) return forward(other);
    if (*other)
      return fail(ErrorKind::unsupported, cat("a query reads one stream, '", query.parsed.in, "'; '", name,
                                              "' is another: a table may be joined, a stream may not"));
  }
  auto output = outputs_.find(query.parsed.out);
  if (!output) return forward(output);
  query.output = std::move(*output);
  return {};
}

// What PREDICT wants of its columns only events can tell.
Status Jobs::try_out(const JobQuery& parsed) {
  if (parsed.predicts) return {};
  const EventTable table{.names = parsed.names, .anomalies = parsed.anomalies.size(), .window_end = 0};
  if (auto added = add_event_table(admin_.database(), table_for(parsed.in), {}, table); !added) return added;
  const auto tried = admin_.run_text(parsed.sql);
  return tried ? Status() : fail(tried.error().kind, cat("the statement of the job: ", tried.error().what));
}

uint64_t Jobs::needed_position() const {
  uint64_t needed = UINT64_MAX;
  for (const auto& [name, job] : running_) {
    for (const Query& query : job.queries) needed = std::min(needed, query.needed + 1);
  }
  return needed;
}

}  // namespace oree::jobs
