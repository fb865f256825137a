// What is old, or too much, goes: whole hours, the finest level first.
#include <array>

#include "services/series/writer.h"

namespace oree::series {
namespace {

struct LevelRow {
  const char* oldest;
  const char* drop;
};

// In the order in which they give way to a full disk.
constexpr std::array<LevelRow, 3> kLevels{{
    {"SELECT min(hour) FROM raw_chunks", "DELETE FROM raw_chunks WHERE hour < ?"},
    {"SELECT min(hour) FROM second_chunks", "DELETE FROM second_chunks WHERE hour < ?"},
    {"SELECT min(hour) FROM minute_chunks", "DELETE FROM minute_chunks WHERE hour < ?"},
}};

constexpr const char* kUsedBytes =
    "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)";

}  // namespace

Result<int64_t> Writer::number(const char* sql) {
  auto select = connection_.statement(sql);
  if (!select) return forward(select);
  const auto row = (*select)->step();
  const int64_t value = row && *row ? ((*select)->is_null(0) ? -1 : (*select)->integer(0)) : -1;
  (*select)->reset();
  if (!row) return forward(row);
  return value;
}

Status Writer::drop_before(WallTime now, microseconds age, const char* sql) {
  if (age.count() <= 0) return {};
  auto drop = connection_.statement(sql);
  if (!drop) return forward(drop);
  const Micros oldest = (now - age).time_since_epoch().count();
  return (*drop)->bind(1, oldest < 0 ? int64_t{0} : hour_of(oldest)).run();
}

Status Writer::drop_to_size(uint64_t max_bytes, Dropped& dropped) {
  const auto page = number("SELECT page_size FROM pragma_page_size");
  if (!page) return forward(page);
  for (const LevelRow& level : kLevels) {
    for (;;) {
      const auto pages = number(kUsedBytes);
      if (!pages) return forward(pages);
      if (static_cast<uint64_t>(*pages) * static_cast<uint64_t>(*page) <= max_bytes) return {};
      const auto oldest = number(level.oldest);
      if (!oldest) return forward(oldest);
      if (*oldest < 0) break;
      auto drop = connection_.statement(level.drop);
      if (!drop) return forward(drop);
      if (auto gone = (*drop)->bind(1, *oldest + 1).run(); !gone) return gone;
      dropped.chunks += static_cast<uint64_t>(connection_.database().changes());
    }
  }
  return {};
}

Result<Dropped> Writer::apply_retention(WallTime now, const Retention& retention) {
  const std::lock_guard upkeep(upkeep_mutex_);
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(connection_.database());
  if (!transaction) return forward(transaction);
  struct Row {
    microseconds age;
    const char* sql;
    bool is_landed;
  };
  const Row rows[] = {
      {retention.raw, "DELETE FROM landed WHERE id < (?1 << 41)", true},
      {retention.raw, "DELETE FROM raw_chunks WHERE hour < ?1", false},
      {retention.seconds, "DELETE FROM second_chunks WHERE hour < ?1", false},
      {retention.minutes, "DELETE FROM minute_chunks WHERE hour < ?1", false},
      {retention.minutes, "DELETE FROM minutes WHERE time < ?1 * 3600000000", false},
      {retention.hours, "DELETE FROM hours WHERE time < ?1 * 3600000000", false},
      {retention.hours, "DELETE FROM closed_hours WHERE time < ?1 * 3600000000", false},
  };
  Dropped dropped;
  for (const Row& row : rows) {
    if (row.age.count() <= 0) continue;
    if (auto gone = drop_before(now, row.age, row.sql); !gone) return forward(gone);
    (row.is_landed ? dropped.landed : dropped.chunks) +=
        static_cast<uint64_t>(connection_.database().changes());
  }
  if (retention.max_bytes > 0) {
    if (auto gone = drop_to_size(retention.max_bytes, dropped); !gone) return forward(gone);
  }
  if (auto committed = transaction->commit(); !committed) return forward(committed);
  return dropped;
}

Status Writer::compact() {
  const std::lock_guard upkeep(upkeep_mutex_);
  const std::lock_guard lock(mutex_);
  if (auto freed = connection_.database().execute("PRAGMA incremental_vacuum"); !freed) return freed;
  return connection_.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<Stats> Writer::stats() {
  Stats stats;
  std::error_code ignored;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::path part = file_;
    part += suffix;
    const auto size = std::filesystem::file_size(part, ignored);
    if (!ignored) stats.file_bytes += size;
  }
  const std::lock_guard lock(mutex_);
  struct Row {
    const char* sql;
    uint64_t* into;
  };
  const Row rows[] = {
      {"SELECT coalesce(sum(length(data)), 0) FROM landed", &stats.landed_bytes},
      {"SELECT coalesce(sum(length(data)), 0) FROM raw_chunks", &stats.chunk_bytes},
      {"SELECT coalesce(sum(points), 0) FROM raw_chunks", &stats.chunk_points},
      {"SELECT count(*) FROM series", &stats.series},
  };
  for (const Row& row : rows) {
    const auto value = number(row.sql);
    if (!value) return forward(value);
    *row.into = static_cast<uint64_t>(*value);
  }
  return stats;
}

}  // namespace oree::series
