#include "services/events/sinks/postgres.h"

#include <libpq-fe.h>

#include "base/text.h"

namespace oree::events {
namespace {

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

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

struct Postgres::Connection {
  PGconn* raw = nullptr;
  explicit Connection(PGconn* opened) : raw(opened) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { PQfinish(raw); }

  Error error() const {
    const std::string_view said = trim(PQerrorMessage(raw));
    return {ErrorKind::unavailable, cat("PostgreSQL: ", said)};
  }
  Status run(const char* sql) const {
    const Answer answer(PQexec(raw, sql), PQclear);
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return {};
    return std::unexpected(error());
  }
};

Postgres::Postgres(std::string connection) : where_(std::move(connection)) {}
Postgres::~Postgres() = default;

Status check_postgres(const std::string& connection) {
  char* said = nullptr;
  PQconninfoOption* options = PQconninfoParse(connection.c_str(), &said);
  const std::string why = said != nullptr ? std::string(trim(said)) : "out of memory";
  PQfreemem(said);
  if (options == nullptr) return fail(ErrorKind::invalid, why);
  PQconninfoFree(options);
  return {};
}

Status Postgres::connect() {
  if (connection_ && PQstatus(connection_->raw) == CONNECTION_OK) return {};
  connection_ = std::make_unique<Connection>(
      PQconnectdb(cat(where_, where_.find("://") == std::string::npos ? " connect_timeout=10" : "").c_str()));
  if (PQstatus(connection_->raw) != CONNECTION_OK) return std::unexpected(connection_->error());
  PQsetNoticeProcessor(connection_->raw, [](void*, const char*) {}, nullptr);
  return connection_->run(kSchema);
}

Status Postgres::put(std::span<const Event> events) {
  if (auto ready = connect(); !ready) return ready;
  if (auto begun = connection_->run("BEGIN"); !begun) return begun;
  for (const Event& event : events) {
    const std::string time = cat(std::chrono::floor<milliseconds>(event.time).time_since_epoch().count());
    const std::string body = json::print(event.data);
    const char* values[] = {event.subject.c_str(), event.type.c_str(), time.c_str(), body.c_str()};
    const Answer answer(PQexecParams(connection_->raw, kPut, 4, nullptr, values, nullptr, nullptr, 0),
                        PQclear);
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) continue;
    const Error error = connection_->error();
    (void)connection_->run("ROLLBACK");
    return std::unexpected(error);
  }
  return connection_->run("COMMIT");
}

Outcome Postgres::deliver(std::span<const Event> events) {
  if (auto done = put(events); !done) return outcome_of(done.error());
  return {.status = 200, .what = "", .timed_out = false, .retry_after = {}};
}

}  // namespace oree::events
