#include "services/jobs/events.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace oree::jobs {
namespace {

struct Content {
  std::vector<sql::Column> columns;
  std::vector<std::vector<sql::Value>> rows;
};

sql::Value value_of(const json::Value& value) {
  if (const bool* boolean = value.boolean()) return int64_t{*boolean};
  if (value.text() != nullptr) return *value.text();
  if (value.array() != nullptr || value.object() != nullptr) return json::print(value);
  if (const auto whole = value.integer()) return *whole;
  if (const auto number = value.number()) return *number;
  return {};
}

class EventCursor final : public sql::Cursor {
 public:
  explicit EventCursor(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  Status start(int, std::string_view, const sql::Arguments&) override {
    at_ = 0;
    return {};
  }
  bool at_end() const override { return at_ >= content_->rows.size(); }
  Status next() override {
    ++at_;
    return {};
  }
  Status column(int index, sql::Answer& out) override {
    out.value(content_->rows[at_][static_cast<size_t>(index)]);
    return {};
  }

 private:
  std::shared_ptr<const Content> content_;
  size_t at_ = 0;
};

class Rows final : public sql::Table {
 public:
  explicit Rows(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::vector<sql::Column> columns() const override { return content_->columns; }
  Result<sql::Plan> plan(const sql::Question&) const override {
    return sql::Plan{.cost = 1000, .rows = 1000};
  }
  Result<std::unique_ptr<sql::Cursor>> open() override { return std::make_unique<EventCursor>(content_); }

 private:
  std::shared_ptr<const Content> content_;
};

}  // namespace

Result<std::vector<Event>> read_events(const Message& message) {
  auto value = json::parse(message.payload);
  if (!value) return forward(value, cat("a message on ", message.topic));
  const readings::Micros arrived = message.arrived.time_since_epoch().count();
  std::vector<Event> events;
  const auto take = [&](json::Value one) {
    events.push_back(
        {arrived, arrived, message.position, std::make_shared<const json::Value>(std::move(one))});
  };
  if (value->object() != nullptr) {
    take(std::move(*value));
    return events;
  }
  if (value->array() == nullptr)
    return fail(ErrorKind::invalid, cat("a message on ", message.topic, " is no JSON object"));
  for (json::Value& one : *value->array()) {
    if (one.object() == nullptr)
      return fail(ErrorKind::invalid, cat("a message on ", message.topic, " holds what is no object"));
    take(std::move(one));
  }
  return events;
}

Status add_event_table(sql::Database& database, const std::string& name, std::span<const Event> events,
                       const EventTable& table) {
  constexpr size_t kMostColumns = 500;
  auto content = std::make_shared<Content>();
  std::map<std::string, size_t> places;  // by lower-case name
  const auto column = [&](const std::string& field, bool hidden) {
    const auto [place, fresh] = places.try_emplace(lower(field), content->columns.size());
    if (fresh && content->columns.size() < kMostColumns) content->columns.push_back({field, "", hidden});
    return place->second;
  };
  const size_t time = column("$time", true);
  for (size_t i = 0; i < table.anomalies; ++i) column(cat("$anomaly", i), true);
  for (const Event& event : events) {
    for (const auto& [field, value] : *event.fields->object()) {
      if (!field.empty()) column(field, false);
    }
  }
  const size_t enqueued = column("EventEnqueuedUtcTime", true);
  for (const std::string& field : table.names) column(field, true);
  for (const Event& event : events) {
    auto& row = content->rows.emplace_back(content->columns.size());
    for (const auto& [field, value] : *event.fields->object()) {
      const auto place = places.find(lower(field));
      if (place != places.end() && place->second < row.size()) row[place->second] = value_of(value);
    }
    row[time] = iso_text(WallTime(microseconds(table.window_end != 0 ? table.window_end : event.time)));
    for (size_t i = 0; i < std::min(table.anomalies, event.anomalies.size()); ++i)
      row[1 + i] = event.anomalies[i].empty() ? sql::Value() : sql::Value(event.anomalies[i]);
    if (enqueued < row.size() && std::holds_alternative<std::monostate>(row[enqueued])) {
      row[enqueued] = iso_text(WallTime(microseconds(event.arrived)));
    }
  }
  return sql::add_table(database, name, std::make_shared<Rows>(std::move(content)));
}

}  // namespace oree::jobs
