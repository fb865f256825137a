#include "services/postgres/postgres_store.h"

#include <bit>

#include "base/text.h"
#include "services/postgres/postgres_view.h"

namespace oree::postgres {
namespace {

using readings::Appended;
using readings::Reading;
using readings::SeriesId;

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS oree_series(id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, machine "
    "TEXT NOT "
    "NULL, sensor TEXT NOT NULL, UNIQUE(machine, sensor));"
    "CREATE TABLE IF NOT EXISTS oree_readings(series INTEGER NOT NULL, time BIGINT NOT NULL, value FLOAT8 "
    "NOT NULL, "
    "came BIGINT GENERATED ALWAYS AS IDENTITY);"
    "CREATE INDEX IF NOT EXISTS oree_readings_by_time ON oree_readings(series, time, came);"
    "CREATE TABLE IF NOT EXISTS oree_positions(source TEXT PRIMARY KEY, position BIGINT NOT NULL)";

void put(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

// COPY's binary format: signature, flags, no extension; each row its count of fields, each field its length.
std::string copy_stream(std::span<const Reading> batch) {
  std::string out("PGCOPY\n\377\r\n\0", 11);
  put(out, 0, 4);
  put(out, 0, 4);
  for (const Reading& reading : batch) {
    put(out, 3, 2);
    put(out, 4, 4);
    put(out, reading.series, 4);
    put(out, 8, 4);
    put(out, static_cast<uint64_t>(reading.time), 8);
    put(out, 8, 4);
    put(out, std::bit_cast<uint64_t>(reading.value), 8);
  }
  put(out, 0xffff, 2);
  return out;
}

}  // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(const std::string& where) {
  std::unique_ptr<PostgresStore> store(new PostgresStore(where));
  const std::lock_guard lock(store->mutex_);
  const auto connection = store->writer();
  if (!connection) return forward(connection);
  if (auto made = (*connection)->run(kSchema); !made) return forward(made);
  return store;
}

Result<Connection*> PostgresStore::writer() {
  if (writer_ && writer_->usable()) return writer_.get();
  auto opened = Connection::open(where_);
  if (!opened) return forward(opened);
  writer_ = std::move(*opened);
  return writer_.get();
}

Status PostgresStore::learn_series() {
  const auto rows = writer_->ask("SELECT id FROM oree_series");
  if (!rows) return forward(rows);
  for (size_t i = 0; i < rows->count(); ++i) known_.insert(static_cast<SeriesId>(rows->integer(i, 0)));
  return {};
}

Result<SeriesId> PostgresStore::series(std::string_view machine, std::string_view sensor) {
  const std::lock_guard lock(mutex_);
  const auto to = writer();
  if (!to) return forward(to);
  const std::vector<std::string> names = {std::string(machine), std::string(sensor)};
  // Two programs may want the same new one: whoever comes second finds it at the second look.
  for (int look = 0; look < 2; ++look) {
    const auto found = (*to)->ask("SELECT id FROM oree_series WHERE machine = $1 AND sensor = $2", names);
    if (!found) return forward(found);
    if (found->count() > 0) {
      const auto id = static_cast<SeriesId>(found->integer(0, 0));
      known_.insert(id);
      return id;
    }
    const auto made =
        (*to)->ask("INSERT INTO oree_series(machine, sensor) VALUES($1, $2) ON CONFLICT DO NOTHING", names);
    if (!made) return forward(made);
  }
  return fail(ErrorKind::conflict, cat("the series of '", sensor, "' was made and taken away at once"));
}

Result<Appended> PostgresStore::append(std::span<const Reading> batch, std::string_view source,
                                       uint64_t position) {
  const std::lock_guard lock(mutex_);
  const auto to = writer();
  if (!to) return forward(to);
  if (auto begun = (*to)->run("BEGIN"); !begun) return forward(begun);
  auto done = write(**to, batch, source, position);
  const bool keep = done && done->applied;
  if (auto ended = (*to)->run(keep ? "COMMIT" : "ROLLBACK"); done && !ended) return forward(ended);
  return done;
}

Result<Appended> PostgresStore::write(Connection& to, std::span<const Reading> batch, std::string_view source,
                                      uint64_t position) {
  if (!source.empty()) {
    const auto moved = to.ask(
        "INSERT INTO oree_positions VALUES($1, $2::bigint) ON CONFLICT(source) DO UPDATE SET position = "
        "excluded.position WHERE oree_positions.position < excluded.position RETURNING 1",
        {std::string(source), cat(position)});
    if (!moved) return forward(moved);
    if (moved->count() == 0) return Appended{.applied = false};
  }
  Appended done;
  std::vector<Reading> kept;
  kept.reserve(batch.size());
  bool learnt = false;
  for (const Reading& reading : batch) {
    if (!known_.contains(reading.series) && !std::exchange(learnt, true)) {
      if (auto looked = learn_series(); !looked) return forward(looked);
    }
    const bool fits =
        reading.time >= 0 && reading.time < readings::kEndOfTime && known_.contains(reading.series);
    if (fits) kept.push_back(reading);
    ++(fits ? done.stored : done.refused);
  }
  if (kept.empty()) return done;
  const auto copied =
      to.copy("COPY oree_readings(series, time, value) FROM STDIN (FORMAT binary)", copy_stream(kept));
  if (!copied) return forward(copied);
  return done;
}

Result<uint64_t> PostgresStore::position(std::string_view source) {
  const std::lock_guard lock(mutex_);
  const auto from = writer();
  if (!from) return forward(from);
  const auto rows =
      (*from)->ask("SELECT position FROM oree_positions WHERE source = $1", {std::string(source)});
  if (!rows) return forward(rows);
  return rows->count() == 0 ? 0 : static_cast<uint64_t>(rows->integer(0, 0));
}

Result<std::unique_ptr<readings::View>> PostgresStore::view() {
  auto connection = take_reader();
  if (!connection) return forward(connection);
  return PostgresView::open(*this, std::move(*connection));
}

Result<std::unique_ptr<Connection>> PostgresStore::take_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    while (!readers_.empty()) {
      auto connection = std::move(readers_.back());
      readers_.pop_back();
      if (connection->usable()) return connection;
    }
  }
  return Connection::open(where_);
}

void PostgresStore::give_back(std::unique_ptr<Connection> connection) {
  constexpr size_t kIdle = 4;
  if (!connection->run("ROLLBACK")) return;
  const std::lock_guard lock(readers_mutex_);
  if (readers_.size() < kIdle) readers_.push_back(std::move(connection));
}

}  // namespace oree::postgres
