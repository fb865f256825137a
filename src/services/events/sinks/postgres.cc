#include "services/events/sinks/postgres.h"

#include "base/text.h"

namespace oree::events {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS documents(id TEXT PRIMARY KEY, type TEXT NOT NULL, time BIGINT NOT NULL, "
    "body JSONB "
    "NOT NULL)";
constexpr const char* kPut =
    "INSERT INTO documents(id, type, time, body) VALUES($1, $2, $3::bigint, $4::jsonb) ON CONFLICT(id) DO "
    "UPDATE "
    "SET type = excluded.type, time = excluded.time, body = excluded.body WHERE excluded.time >= "
    "documents.time";

}  // namespace

Postgres::Postgres(std::string connection) : where_(std::move(connection)) {}

Status Postgres::connect() {
  if (connection_ && connection_->usable()) return {};
  connection_ = nullptr;
  auto opened = libpq::Connection::open(
      cat(where_, where_.find("://") == std::string::npos ? " connect_timeout=10" : ""));
  if (!opened) return forward(opened);
  connection_ = *std::move(opened);
  return connection_->run(kSchema);
}

Status Postgres::put(std::span<const Event> events) {
  if (auto ready = connect(); !ready) return ready;
  if (auto begun = connection_->run("BEGIN"); !begun) return begun;
  for (const Event& event : events) {
    const std::string time = cat(std::chrono::floor<milliseconds>(event.time).time_since_epoch().count());
    const std::string body = json::print(event.data);
    const auto answer = connection_->ask(kPut, {event.subject, event.type, time, body});
    if (answer) continue;
    (void)connection_->run("ROLLBACK");
    return forward(answer);
  }
  return connection_->run("COMMIT");
}

Outcome Postgres::deliver(std::span<const Event> events) {
  if (auto done = put(events); !done) return outcome_of(done.error());
  return {.status = 200, .what = "", .timed_out = false, .retry_after = {}};
}

}  // namespace oree::events
