#include "services/detection/watching/learnt_store.h"

#include <cmath>
#include <limits>

#include "base/text.h"

namespace oree::detection {
namespace {

std::string key_of(const WatchSetting& setting) {
  return cat(setting.name, " ", setting.kind, " ", setting.step.count(), " ", setting.learn.count(), " ",
             join(setting.sensors, ","));
}

}  // namespace

json::Value learnt_json(const Learnt& learnt) {
  json::Array columns, rows;
  for (const auto& column : learnt.columns) columns.emplace_back(column);
  const size_t width = learnt.columns.size();
  for (size_t at = 0; width > 0 && at + width <= learnt.values.size(); at += width) {
    json::Array row;
    for (size_t i = 0; i < width; ++i) {
      const double value = learnt.values[at + i];
      row.push_back(std::isfinite(value) ? json::Value(value) : json::Value());
    }
    rows.emplace_back(std::move(row));
  }
  return json::Object{{"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

Result<Learnt> parse_learnt(const json::Value& value) {
  const auto wrong = [] { return fail(ErrorKind::corrupt, "what was learnt is not as it was written"); };
  const auto *columns = value.find("columns"), *rows = value.find("rows");
  if (columns == nullptr || columns->array() == nullptr || rows == nullptr || rows->array() == nullptr)
    return wrong();
  Learnt learnt;
  for (const auto& column : *columns->array()) {
    if (column.text() == nullptr) return wrong();
    learnt.columns.push_back(*column.text());
  }
  for (const auto& row : *rows->array()) {
    if (row.array() == nullptr || row.array()->size() != learnt.columns.size()) return wrong();
    for (const auto& one : *row.array()) {
      if (!one.is_null() && !one.number()) return wrong();
      learnt.values.push_back(one.number().value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  return learnt;
}

Result<std::unique_ptr<LearntStore>> LearntStore::open(const std::filesystem::path& file) {
  auto database = sql::Database::open(file.string(), {});
  if (!database) return forward(database);
  if (auto made = database->execute("CREATE TABLE IF NOT EXISTS learnt(detector TEXT NOT NULL, machine TEXT "
                                    "NOT NULL, body TEXT NOT NULL, PRIMARY KEY(detector, machine)) STRICT");
      !made)
    return forward(made);
  return std::unique_ptr<LearntStore>(new LearntStore(std::move(*database)));
}

Status LearntStore::put(const WatchSetting& setting, const std::string& machine, const Learnt& learnt) {
  const std::lock_guard lock(mutex_);
  auto statement =
      database_.prepare("INSERT OR REPLACE INTO learnt(detector, machine, body) VALUES(?, ?, ?)");
  if (!statement) return forward(statement);
  statement->bind(1, key_of(setting)).bind(2, machine).bind(3, json::print(learnt_json(learnt)));
  return statement->run();
}

Result<std::optional<Learnt>> LearntStore::find(const WatchSetting& setting, const std::string& machine) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare("SELECT body FROM learnt WHERE detector = ? AND machine = ?");
  if (!statement) return forward(statement);
  statement->bind(1, key_of(setting)).bind(2, machine);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return std::nullopt;
  const auto value = json::parse(statement->text(0));
  if (!value) return forward(value);
  auto learnt = parse_learnt(*value);
  if (!learnt) return forward(learnt);
  return *std::move(learnt);
}

}  // namespace oree::detection
