// What the jobs that run make of messages.
#include <algorithm>

#include "base/text.h"
#include "services/jobs/jobs.h"

namespace oree::jobs {
namespace {

constexpr size_t kMostOpen = 1'000'000;

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
  if (const auto whole = field->integer()) return tsql::time_of(sql::Value(*whole));
  if (field->text() != nullptr) return tsql::time_of(sql::Value(*field->text()));
  return std::nullopt;
}

// The field that tells sessions apart, as text.
std::string key_of(const Event& event, const std::string& field) {
  if (field.empty()) return {};
  const json::Value* value = field_of(*event.fields, field);
  return value == nullptr ? std::string() : json::print(*value);
}

std::string text_of(const sql::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<int64_t>(&value)) return cat(*whole);
  if (const auto* number = std::get_if<double>(&value)) return cat(*number);
  return {};
}

std::optional<double> number_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return parse_number<double>(*text);
  return std::nullopt;
}

}  // namespace

void Jobs::degrade(Job& job, const Error& error) {
  job.state = "Degraded";
  job.error = error.what;
  ++job.dropped;
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
  auto transaction = sql::Transaction::begin(admin_.database());
  if (!transaction) return forward(transaction);
  for (auto& [name, job] : running_) {
    const int64_t dropped = job.dropped;
    bool any = false;
    for (Query& query : job.queries) {
      if (auto applied = apply_to(job, query, messages, any); !applied) return applied;
    }
    if (any && job.dropped == dropped) job.state = "Processing";
    if (auto kept = remember(name, job); !kept) return kept;
  }
  return transaction->commit();
}

Status Jobs::apply_to(Job& job, Query& query, std::span<const Message> messages, bool& any) {
  std::vector<Event> events;
  for (const Message& message : messages) {
    if (message.position <= query.seen) continue;
    query.seen = message.position;
    if (!topic_fits(query.topic, message.topic)) continue;
    any = true;
    take_message(job, query, message, events);
  }
  if (!query.parsed.anomalies.empty() && !events.empty()) {
    if (auto judged = judge_anomalies(job, query, events); !judged) return judged;
  }
  if (query.parsed.window.kind != Window::Kind::none) return open_windows(job, query, std::move(events));
  const auto fresh = std::ranges::find_if(events, [&](const Event& e) { return e.position > query.given; });
  if (fresh == events.end()) return {};
  return evaluate(job, query, {fresh, events.end()}, 0);
}

void Jobs::take_message(Job& job, Query& query, const Message& message, std::vector<Event>& events) {
  auto read = read_events(message);
  if (!read) return degrade(job, read.error());
  for (Event& event : *read) {
    const auto time = event_time(event, query.parsed.time_column);
    if (!time) {
      degrade(job, {ErrorKind::invalid,
                    cat("a message on ", message.topic, " has no time in '", query.parsed.time_column, "'")});
      continue;
    }
    if (message.position > query.given) ++job.rows_in;
    event.time = *time;
    event.key = key_of(event, query.parsed.window.key);
    event.anomalies.resize(query.parsed.anomalies.size());
    events.push_back(std::move(event));
  }
}

// The answers come with each event from here on, as columns.
Status Jobs::judge_anomalies(Job& job, Query& query, std::span<Event> events) {
  const EventTable table{
      .names = query.parsed.names, .anomalies = query.parsed.anomalies.size(), .window_end = 0};
  const std::string name = table_for(query.parsed.in);
  if (auto added = add_event_table(admin_.database(), name, events, table); !added) {
    degrade(job, added.error());
    return {};
  }
  for (size_t i = 0; i < query.parsed.anomalies.size(); ++i) {
    const AnomalyCall& call = query.parsed.anomalies[i];
    const auto rows = admin_.run_text(cat("SELECT ", call.value, ", ", call.when.empty() ? "1" : call.when,
                                          call.key.empty() ? "" : ", ", call.key, " FROM ",
                                          sql::quoted_name(name), " AS ", sql::quoted_name(query.parsed.in)));
    if (!rows || rows->rows.size() != events.size()) {
      degrade(job, rows ? Error{ErrorKind::invalid, "more events at once than can be judged"} : rows.error());
      continue;
    }
    for (size_t row = 0; row < events.size(); ++row) {
      const auto& cells = rows->rows[row];
      const auto value = number_of(cells[0]);
      if (!value || number_of(cells[1]).value_or(0) == 0) continue;
      std::string key;
      for (const sql::Value& part : std::span(cells).subspan(2)) key += cat(text_of(part), "\n");
      auto& known = query.models[i][key];
      AnomalyModel model = known ? *known : AnomalyModel();
      events[row].anomalies[i] = print(model.judge(call, events[row].time, *value, events[row].position));
      known = std::make_shared<const AnomalyModel>(std::move(model));
      query.judged = std::max(query.judged, events[row].time);
    }
  }
  forget_silent(query);
  return {};
}

// Whoever has said nothing for the length of the history has none, and holds no messages back.
void Jobs::forget_silent(Query& query) {
  for (size_t i = 0; i < query.models.size(); ++i) {
    const Micros oldest = query.judged - query.parsed.anomalies[i].duration;
    std::erase_if(query.models[i], [&](const auto& entry) { return entry.second->newest() <= oldest; });
  }
}

Status Jobs::open_windows(Job& job, Query& query, std::vector<Event> events) {
  bool again = false;
  for (Event& event : events) {
    const bool before = event.position <= query.given;
    if (again && !before) query.windows.caught_up();
    again = before;
    if (query.windows.open().size() >= kMostOpen) {
      degrade(job, {ErrorKind::invalid,
                    cat("more than ", kMostOpen, " events in open windows: make them shorter")});
      continue;
    }
    const std::string time = iso_text(WallTime(microseconds(event.time)));
    const auto taken = query.windows.take(std::move(event), before);
    if (before) continue;
    if (taken == OpenWindows::Taken::late) ++job.late;
    if (taken == OpenWindows::Taken::ahead)
      degrade(job, {ErrorKind::invalid, cat("an event of ", time, " is more than a day ahead of the clock")});
  }
  if (query.seen < query.given) return {};
  if (again) query.windows.caught_up();
  while (const auto closed = query.windows.close_next()) {
    if (auto done = evaluate(job, query, closed->events, closed->end); !done) return done;
  }
  return {};
}

Status Jobs::evaluate(Job& job, Query& query, std::span<const Event> events, Micros window_end) {
  const EventTable table{
      .names = query.parsed.names, .anomalies = query.parsed.anomalies.size(), .window_end = window_end};
  if (auto added = add_event_table(admin_.database(), table_for(query.parsed.in), events, table); !added) {
    degrade(job, added.error());
    return {};
  }
  const auto answer = admin_.run_text(query.parsed.sql);
  if (!answer && events.size() > 1 && query.parsed.window.kind == Window::Kind::none) {
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
  for (const auto& row : answer->rows) {
    const auto put = outputs_.put(query.output, answer->columns, row);
    if (put) {
      ++job.rows_out;
    } else if (put.error().kind == ErrorKind::invalid) {
      degrade(job, put.error());
    } else {
      return put;
    }
  }
  return {};
}

Status Jobs::remember(const std::string& name, Job& job) {
  for (size_t i = 0; i < job.queries.size(); ++i) {
    Query& query = job.queries[i];
    query.needed = query.seen;
    for (const Event& event : query.windows.open()) query.needed = std::min(query.needed, event.position - 1);
    for (const Models& models : query.models) {
      for (const auto& [key, model] : models) query.needed = std::min(query.needed, model->oldest() - 1);
    }
    if (auto stored = outputs_.store(query.output, cat("job:", name, "/", i), query.seen); !stored)
      return stored;
    const auto kept =
        ask(admin_.database(), "INSERT OR REPLACE INTO oree_job_positions VALUES(?, ?, ?, ?, ?)",
            {name, static_cast<int64_t>(i), static_cast<int64_t>(query.needed), query.windows.remembered(),
             static_cast<int64_t>(std::max(query.seen, query.given))});
    if (!kept) return forward(kept);
  }
  const sql::Value error = job.error.empty() ? sql::Value() : sql::Value(job.error);
  const auto kept = ask(admin_.database(),
                        "UPDATE oree_jobs SET state = ?, error = ?, rows_in = ?, rows_out = ?, dropped = ?, "
                        "late = ? WHERE name = ?",
                        {job.state, error, job.rows_in, job.rows_out, job.dropped, job.late, name});
  if (!kept) return forward(kept);
  return {};
}

}  // namespace oree::jobs
