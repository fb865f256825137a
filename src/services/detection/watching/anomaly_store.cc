#include "services/detection/watching/anomaly_store.h"

#include <limits>

namespace oree::detection {
namespace {

constexpr std::string_view kSchema =
    "CREATE TABLE IF NOT EXISTS anomalies("
    " id TEXT PRIMARY KEY, machine TEXT NOT NULL, begun INTEGER NOT NULL, newest INTEGER NOT NULL,"
    " body TEXT NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS anomalies_by_time ON anomalies(begun);"
    "CREATE INDEX IF NOT EXISTS anomalies_by_machine ON anomalies(machine, begun);";

int64_t us(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<std::unique_ptr<AnomalyStore>> AnomalyStore::open(const std::filesystem::path& file) {
  auto database = sql::Database::open(file.string(), {});
  if (!database) return forward(database);
  if (auto made = database->execute(kSchema); !made) return forward(made);
  return std::unique_ptr<AnomalyStore>(new AnomalyStore(std::move(*database)));
}

Status AnomalyStore::put(const Anomaly& anomaly) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "INSERT INTO anomalies(id, machine, begun, newest, body) VALUES(?, ?, ?, ?, ?)"
      " ON CONFLICT(id) DO UPDATE SET newest = excluded.newest, body = excluded.body");
  if (!statement) return forward(statement);
  statement->bind(1, std::string_view(anomaly.id)).bind(2, std::string_view(anomaly.machine));
  statement->bind(3, us(anomaly.from)).bind(4, us(anomaly.to));
  const std::string body = json::print(anomaly_json(anomaly));
  statement->bind(5, std::string_view(body));
  return statement->run();
}

Result<std::vector<Anomaly>> AnomalyStore::list(const Query& query) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT body FROM anomalies WHERE (?1 = '' OR machine = ?1) AND newest >= ?2 AND begun < ?3"
      " ORDER BY begun DESC LIMIT ?4");
  if (!statement) return forward(statement);
  statement->bind(1, std::string_view(query.machine));
  statement->bind(2, query.from ? us(*query.from) : std::numeric_limits<int64_t>::min());
  statement->bind(3, query.to ? us(*query.to) : std::numeric_limits<int64_t>::max());
  statement->bind(4, static_cast<int64_t>(query.limit));
  std::vector<Anomaly> out;
  while (true) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return out;
    const auto value = json::parse(statement->text(0));
    if (!value) continue;
    if (auto anomaly = parse_anomaly(*value)) out.push_back(std::move(*anomaly));
  }
}

}  // namespace oree::detection
