#include "services/queries/streams/jobs.h"

#include <algorithm>

#include "base/text.h"
#include "services/queries/own_tables.h"
#include "services/queries/times.h"

namespace oree::queries::streams {
namespace {

// MQTT's + and # in a LOCATION.
bool topic_fits(std::string_view filter, std::string_view topic) {
  const auto wanted = split(filter, '/'), given = split(topic, '/');
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "#") return true;
    if (i >= given.size() || (wanted[i] != "+" && wanted[i] != given[i])) return false;
  }
  return wanted.size() == given.size();
}

const json::Value* field_of(const json::Value& object, std::string_view name) {
  for (const auto& [field, value] : *object.object()) {
    if (iequals(field, name)) return &value;
  }
  return nullptr;
}

std::optional<Micros> event_time(const Event& event, const std::string& column) {
  if (column.empty()) return event.arrived;
  const json::Value* field = field_of(*event.fields, column);
  if (field == nullptr) return std::nullopt;
  if (const auto whole = field->integer()) return time_of(sql::Value(*whole));
  if (field->text() != nullptr) return time_of(sql::Value(*field->text()));
  return std::nullopt;
}

json::Value json_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

}  // namespace

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
      ask(session_.database(), "UPDATE oree_jobs SET state = ?, error = ? WHERE name = ? RETURNING 1",
          {std::string(state), error.empty() ? sql::Value() : sql::Value(std::string(error)), name});
  if (!set) return forward(set);
  if (set->empty()) return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  return {};
}

Status Jobs::load() {
  const auto rows =
      ask(session_.database(),
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
  const auto known = ask(session_.database(), "SELECT 1 FROM oree_jobs WHERE name = ?", {name});
  if (!known) return forward(known);
  if (!known->empty()) return fail(ErrorKind::conflict, cat("there is a streaming job '", name, "' already"));
  Job job;
  if (auto parsed = prepare(name, job, statement); !parsed) return parsed;
  const auto made =
      ask(session_.database(), "INSERT INTO oree_jobs(name, statement, state) VALUES(?, ?, 'Created')",
          {name, statement});
  if (!made) return forward(made);
  return {};
}

Status Jobs::start(const std::string& name) {
  const auto rows =
      ask(session_.database(),
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
  const auto dropped = ask(session_.database(), "DELETE FROM oree_jobs WHERE name = ? RETURNING 1", {name});
  if (!dropped) return forward(dropped);
  if (dropped->empty()) return fail(ErrorKind::not_found, cat("there is no streaming job '", name, "'"));
  const auto rest = ask(session_.database(), "DELETE FROM oree_job_positions WHERE job = ?", {name});
  if (!rest) return forward(rest);
  return {};
}

Status Jobs::prepare(const std::string& name, Job& job, const std::string& statement) {
  auto queries = parse_job(statement);
  if (!queries) return forward(queries);
  for (JobQuery& parsed : *queries) {
    Query query{.parsed = std::move(parsed)};
    if (auto resolved = resolve(query); !resolved) return resolved;
    const auto rows = ask(session_.database(),
                          "SELECT position, emitted FROM oree_job_positions WHERE job = ? AND query = ?",
                          {name, static_cast<int64_t>(job.queries.size())});
    if (!rows) return forward(rows);
    if (!rows->empty()) {
      query.position = query.seen = static_cast<uint64_t>(integer_at(rows->front(), 0));
      query.emitted = integer_at(rows->front(), 1);
    }
    job.queries.push_back(std::move(query));
  }
  return {};
}

// The streams' names become a topic and an output.
Status Jobs::resolve(Query& query) {
  auto in = find_external(session_.database(), "STREAM", query.parsed.in);
  if (!in) return forward(in);
  if (!*in)
    return fail(ErrorKind::not_found, cat("there is no external stream '", query.parsed.in, "' to read"));
  query.topic = (**in)["LOCATION"];
  auto out = find_external(session_.database(), "STREAM", query.parsed.out);
  if (!out) return forward(out);
  query.out_kind = "table";
  query.out_name = query.parsed.out;
  if (*out) {
    query.out_name = (**out)["LOCATION"];
    auto source = find_external(session_.database(), "DATA SOURCE", (**out)["DATA_SOURCE"]);
    if (!source) return forward(source);
    const bool table = *source && (**source)["LOCATION"].starts_with("sqlserver://");
    if (!table) query.out_kind = "topic";
    if (table) query.out_name = std::string(split(query.out_name, '.').back());
  }
  if (query.out_kind == "table" && iequals(query.out_name, "readings")) query.out_kind = "readings";
  if (query.out_kind == "topic" && publisher_ == nullptr) {
    return fail(ErrorKind::unavailable,
                cat("nothing can be published here, so '", query.parsed.out, "' cannot be written"));
  }
  if (query.out_kind == "readings" && store_ == nullptr)
    return fail(ErrorKind::unavailable, "there is no series store here");
  return {};
}

void Jobs::degrade(Job& job, const Error& error) {
  job.state = "Degraded";
  job.error = error.what;
  ++job.dropped;
}

Status Jobs::take_message(Job& job, Query& query, const Message& message, std::vector<Event>& events) {
  auto read = read_events(message);
  if (!read) {
    degrade(job, read.error());
    return {};
  }
  for (Event& event : *read) {
    const auto time = event_time(event, query.parsed.time_column);
    if (!time) {
      degrade(job, {ErrorKind::invalid,
                    cat("a message on ", message.topic, " has no time in '", query.parsed.time_column, "'")});
      continue;
    }
    ++job.rows_in;
    event.time = *time;
    query.newest = std::max(query.newest, event.time);
    if (query.parsed.window.size == 0) {
      events.push_back(std::move(event));
    } else if (event.time <= query.emitted - query.parsed.window.size + query.parsed.window.hop) {
      ++job.late;  // its last window has been given
    } else {
      const auto place = std::ranges::upper_bound(query.open, event.time, {}, &Event::time);
      query.open.insert(place, std::move(event));
    }
  }
  return {};
}

Status Jobs::evaluate(Job& job, Query& query, std::span<const Event> events, Micros window_end) {
  sql::Database& database = session_.database();
  if (auto added =
          add_event_table(database, table_for(query.parsed.in), events, query.parsed.names, window_end);
      !added) {
    degrade(job, added.error());
    return {};
  }
  std::vector<std::string> columns;
  std::vector<std::vector<sql::Value>> rows;
  {
    auto answer = session_.run(query.parsed.sql);
    if (!answer && events.size() > 1 && query.parsed.window.size == 0) {
      // One of them is bad: the others need not suffer.
      for (const Event& event : events) {
        if (auto one = evaluate(job, query, {&event, 1}, window_end); !one) return one;
      }
      return {};
    }
    if (!answer) {
      degrade(job, answer.error());
      return {};
    }
    columns = std::move(answer->columns);
    rows = std::move(answer->rows);
  }
  for (const auto& row : rows) {
    if (auto put = put_row(job, query, columns, row); !put) return put;
  }
  return {};
}

Status Jobs::put_row(Job& job, Query& query, const std::vector<std::string>& columns,
                     const std::vector<sql::Value>& row) {
  if (query.out_kind == "topic") {
    json::Value object{json::Object{}};
    for (size_t i = 0; i < columns.size(); ++i) object.set(columns[i], json_of(row[i]));
    if (auto told = publisher_->publish(query.out_name, json::print(object)); !told) return told;
  } else if (query.out_kind == "table") {
    if (auto put = put_in_table(query, columns, row); !put) {
      degrade(job, put.error());
      return {};
    }
  } else {
    const auto at = [&](std::string_view name) -> const sql::Value* {
      const auto found =
          std::ranges::find_if(columns, [&](const std::string& c) { return iequals(c, name); });
      return found == columns.end() ? nullptr : &row[static_cast<size_t>(found - columns.begin())];
    };
    const auto *machine = at("machine"), *sensor = at("sensor"), *time = at("time"), *value = at("value");
    const auto when = time != nullptr ? time_of(*time) : std::nullopt;
    const auto* number = value != nullptr ? std::get_if<double>(value) : nullptr;
    const auto* whole = value != nullptr ? std::get_if<int64_t>(value) : nullptr;
    const auto* machine_name = machine != nullptr ? std::get_if<std::string>(machine) : nullptr;
    const auto* sensor_name = sensor != nullptr ? std::get_if<std::string>(sensor) : nullptr;
    if (!when || machine_name == nullptr || sensor_name == nullptr ||
        (number == nullptr && whole == nullptr)) {
      degrade(job,
              {ErrorKind::invalid, "a row for readings wants machine, sensor, time and a number as value"});
      return {};
    }
    const auto id = store_->series(*machine_name, *sensor_name);
    if (!id) return forward(id);
    query.readings.push_back({*id, *when, number != nullptr ? *number : static_cast<double>(*whole)});
  }
  ++job.rows_out;
  return {};
}

Status Jobs::put_in_table(Query& query, const std::vector<std::string>& columns,
                          const std::vector<sql::Value>& row) {
  std::string names, marks;
  for (const std::string& column : columns) {
    names += cat(names.empty() ? "" : ", ", sql::quoted_name(column));
    marks += marks.empty() ? "?" : ", ?";
  }
  const std::string table = sql::quoted_name(query.out_name);
  const auto there =
      ask(session_.database(), "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", {query.out_name});
  if (!there) return forward(there);
  if (there->empty()) {
    if (auto made = session_.database().execute(cat("CREATE TABLE ", table, "(", names, ")")); !made)
      return made;
  }
  const auto put =
      ask(session_.database(), cat("INSERT INTO ", table, "(", names, ") VALUES(", marks, ")"), row);
  if (!put) return forward(put);
  return {};
}

// Windows end at multiples of the hop; those that hold nothing are passed over.
Status Jobs::close_windows(Job& job, Query& query) {
  const Window& window = query.parsed.window;
  while (!query.open.empty()) {
    const Micros first = query.open.front().time;
    Micros end = readings::floor_to(first + window.hop - 1, window.hop);
    if (query.emitted != 0) end = std::max(end, query.emitted + window.hop);
    if (query.newest <= end) return {};
    std::vector<Event> inside;
    for (const Event& event : query.open) {
      if (event.time > end - window.size && event.time <= end) inside.push_back(event);
    }
    if (!inside.empty()) {
      if (auto done = evaluate(job, query, inside, end); !done) return done;
    }
    query.emitted = end;
    while (!query.open.empty() && query.open.front().time <= end + window.hop - window.size)
      query.open.pop_front();
  }
  return {};
}

Status Jobs::remember(const std::string& name, Job& job) {
  for (size_t i = 0; i < job.queries.size(); ++i) {
    Query& query = job.queries[i];
    query.position = query.seen;
    for (const Event& event : query.open) query.position = std::min(query.position, event.position - 1);
    if (!query.readings.empty()) {
      const auto done = store_->append(query.readings, cat("job:", name, "/", i), query.seen);
      if (!done) return forward(done);
      query.readings.clear();
    }
    const auto kept =
        ask(session_.database(), "INSERT OR REPLACE INTO oree_job_positions VALUES(?, ?, ?, ?)",
            {name, static_cast<int64_t>(i), static_cast<int64_t>(query.position), query.emitted});
    if (!kept) return forward(kept);
  }
  const sql::Value error = job.error.empty() ? sql::Value() : sql::Value(job.error);
  const auto kept = ask(session_.database(),
                        "UPDATE oree_jobs SET state = ?, error = ?, rows_in = ?, rows_out = ?, dropped = ?, "
                        "late = ? WHERE name = ?",
                        {job.state, error, job.rows_in, job.rows_out, job.dropped, job.late, name});
  if (!kept) return forward(kept);
  return {};
}

Status Jobs::deliver(std::span<const Message> messages) {
  if (running_.empty() || messages.empty()) return {};
  const std::map<std::string, Job> before =
      running_;  // what memory says must not run ahead of what is durable
  Status done = apply(messages);
  if (!done) running_ = before;
  return done;
}

Status Jobs::apply(std::span<const Message> messages) {
  auto transaction = sql::Transaction::begin(session_.database());
  if (!transaction) return forward(transaction);
  for (auto& [name, job] : running_) {
    const int64_t dropped = job.dropped;
    bool any = false;
    for (Query& query : job.queries) {
      std::vector<Event> events;
      for (const Message& message : messages) {
        if (message.position <= query.seen) continue;
        query.seen = message.position;
        if (!topic_fits(query.topic, message.topic)) continue;
        any = true;
        if (auto taken = take_message(job, query, message, events); !taken) return taken;
      }
      if (!events.empty()) {
        if (auto evaluated = evaluate(job, query, events, 0); !evaluated) return evaluated;
      }
      if (query.parsed.window.size > 0) {
        if (auto closed = close_windows(job, query); !closed) return closed;
      }
    }
    if (any && job.dropped == dropped) job.state = "Processing";
    if (auto kept = remember(name, job); !kept) return kept;
  }
  return transaction->commit();
}

Result<uint64_t> Jobs::needed_position() const {
  uint64_t needed = UINT64_MAX;
  for (const auto& [name, job] : running_) {
    for (const Query& query : job.queries) needed = std::min(needed, query.position + 1);
  }
  return needed;
}

}  // namespace oree::queries::streams
