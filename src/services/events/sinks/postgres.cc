#include "services/events/sinks/postgres.h"

#include "base/text.h"
#include "platform/libpq/libpq.h"

namespace oree::events {
namespace {

using libpq::Library;
using Answer = std::unique_ptr<PGresult, decltype(Library::clear)>;

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
  const Library& pq;
  PGconn* raw = nullptr;
  Connection(const Library& library, PGconn* opened) : pq(library), raw(opened) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { pq.finish(raw); }

  Error error() const {
    const std::string_view said = trim(pq.error_message(raw));
    return {ErrorKind::unavailable, cat("PostgreSQL: ", said)};
  }
  Status run(const char* sql) const {
    const Answer answer(pq.exec(raw, sql), pq.clear);
    if (pq.result_status(answer.get()) == PGRES_COMMAND_OK) return {};
    return std::unexpected(error());
  }
};

Postgres::Postgres(std::string connection) : where_(std::move(connection)) {}
Postgres::~Postgres() = default;

Status check_postgres(const std::string& connection) {
  const auto pq = libpq::open();
  if (!pq) return forward(pq);
  char* said = nullptr;
  PQconninfoOption* options = (*pq)->conninfo_parse(connection.c_str(), &said);
  const std::string why = said != nullptr ? std::string(trim(said)) : "out of memory";
  (*pq)->free_memory(said);
  if (options == nullptr) return fail(ErrorKind::invalid, why);
  (*pq)->conninfo_free(options);
  return {};
}

Status Postgres::connect() {
  const auto library = libpq::open();
  if (!library) return forward(library);
  const Library& pq = **library;
  if (connection_ && pq.status(connection_->raw) == CONNECTION_OK) return {};
  connection_ = std::make_unique<Connection>(
      pq, pq.connectdb(
              cat(where_, where_.find("://") == std::string::npos ? " connect_timeout=10" : "").c_str()));
  if (pq.status(connection_->raw) != CONNECTION_OK) return std::unexpected(connection_->error());
  pq.set_notice_processor(connection_->raw, [](void*, const char*) {}, nullptr);
  return connection_->run(kSchema);
}

Status Postgres::put(std::span<const Event> events) {
  if (auto ready = connect(); !ready) return ready;
  if (auto begun = connection_->run("BEGIN"); !begun) return begun;
  for (const Event& event : events) {
    const std::string time = cat(std::chrono::floor<milliseconds>(event.time).time_since_epoch().count());
    const std::string body = json::print(event.data);
    const char* values[] = {event.subject.c_str(), event.type.c_str(), time.c_str(), body.c_str()};
    const Library& pq = connection_->pq;
    const Answer answer(pq.exec_params(connection_->raw, kPut, 4, nullptr, values, nullptr, nullptr, 0),
                        pq.clear);
    if (pq.result_status(answer.get()) == PGRES_COMMAND_OK) continue;
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
