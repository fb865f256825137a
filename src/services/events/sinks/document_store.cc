#include "services/events/sinks/document_store.h"

#include "base/text.h"

namespace oree::events {

Result<std::unique_ptr<DocumentStore>> DocumentStore::open(const std::filesystem::path& file) {
  auto database = sql::Database::open(file.string(), {.sync = sql::Sync::full});
  if (!database) return forward(database);
  if (auto made =
          database->execute("CREATE TABLE IF NOT EXISTS documents(id TEXT PRIMARY KEY, type TEXT NOT NULL, "
                            "time INTEGER NOT NULL, body TEXT NOT NULL) STRICT");
      !made)
    return forward(made, file.string());
  return std::unique_ptr<DocumentStore>(new DocumentStore(*std::move(database)));
}

Status DocumentStore::put(std::span<const Event> events) {
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  auto statement = database_.prepare(
      "INSERT INTO documents(id, type, time, body) VALUES(?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET "
      "type = excluded.type, time = excluded.time, body = excluded.body WHERE excluded.time >= time");
  if (!statement) return forward(statement);
  for (const Event& event : events) {
    const auto time = std::chrono::floor<milliseconds>(event.time).time_since_epoch().count();
    statement->bind(1, event.subject).bind(2, event.type).bind(3, static_cast<int64_t>(time));
    statement->bind(4, json::print(event.data));
    if (auto done = statement->run(); !done) return done;
  }
  return transaction->commit();
}

Outcome DocumentStore::deliver(std::span<const Event> events) {
  if (auto done = put(events); !done) return outcome_of(done.error());
  return {.status = 200, .what = "", .timed_out = false, .retry_after = {}};
}

Result<json::Value> DocumentStore::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare("SELECT body FROM documents WHERE id = ?");
  if (!statement) return forward(statement);
  statement->bind(1, id);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return fail(ErrorKind::not_found, cat("there is no document '", id.substr(0, 100), "'"));
  return json::parse(statement->text(0));
}

}  // namespace oree::events
