// Hours that are over leave the landing rows for compressed chunks, series by series.
#include <algorithm>

#include "base/text.h"
#include "services/series/closing_rules.h"
#include "services/series/columns.h"
#include "services/series/view_parts.h"
#include "services/series/writer.h"

namespace oree::series {
namespace {

constexpr const char* kWriteRaw = "INSERT OR REPLACE INTO raw_chunks VALUES(?1, ?2, ?4, ?3)";
constexpr const char* kWriteSeconds = "INSERT OR REPLACE INTO second_chunks VALUES(?1, ?2, ?3)";
constexpr const char* kWriteMinutes = "INSERT OR REPLACE INTO minute_chunks VALUES(?1, ?2, ?3)";
constexpr size_t kPartPoints = size_t{1} << 18;
// An hour with more readings than this gets its seconds stored.
constexpr size_t kDense = 4 * 3600;
// What one step moves at most, so that memory stays bounded.
constexpr size_t kStepBytes = 64 << 20;

// What has landed of one hour, or as much of it as one step takes.
struct Gathered {
  std::vector<int64_t> rows;
  std::map<SeriesId, std::vector<Point>> points;
  uint64_t count = 0;
};

Result<Gathered> gather(Connection& connection, int64_t hour) {
  auto select =
      connection.database().prepare("SELECT id, data FROM landed WHERE id >= ? AND id < ? ORDER BY id");
  if (!select) return forward(select);
  select->bind(1, landed_key(hour, 0)).bind(2, landed_key(hour + 1, 0));
  Gathered gathered;
  const auto all = [](SeriesId) { return true; };
  const auto keep = [&](SeriesId id, std::span<const Point> points) {
    auto& kept = gathered.points[id];
    kept.insert(kept.end(), points.begin(), points.end());
    gathered.count += points.size();
  };
  size_t bytes = 0;
  auto row = select->step();
  for (; row && *row && bytes < kStepBytes; row = select->step()) {
    gathered.rows.push_back(select->integer(0));
    bytes += select->blob(1).size();
    if (auto read = decode_landing(hour, select->blob(1), all, keep); !read) {
      return forward(read, cat("hour ", hour, ", batch ", select->integer(0)));
    }
  }
  if (!row) return forward(row);
  return gathered;
}

struct ChunkRow {
  int64_t key = 0;
  size_t points = 0;
  ByteBuffer data;
};

struct SeriesHour {
  std::vector<ChunkRow> raw;  // to write
  ByteBuffer seconds;         // to write; empty: none
};

// What stands for the series and hour already.
struct Standing {
  int64_t parts = 0;
  uint64_t points = 0;
  std::vector<Point> last_part;
  std::vector<Bucket> seconds;
  bool has_seconds = false;
};

Result<Standing> look_up(Connection& connection, SeriesId series, int64_t hour) {
  Standing standing;
  auto raw = connection.database().prepare(
      "SELECT id, points, data FROM raw_chunks WHERE id >= ? AND id < ? ORDER BY id");
  if (!raw) return forward(raw);
  raw->bind(1, chunk_key(series, hour, 0)).bind(2, chunk_key(series, hour + 1, 0));
  auto row = raw->step();
  for (; row && *row; row = raw->step()) {
    standing.parts = part_of_chunk(raw->integer(0)) + 1;
    standing.points += static_cast<uint64_t>(raw->integer(1));
    standing.last_part.clear();
    if (auto read = decode_points(raw->blob(2), standing.last_part); !read) return forward(read);
  }
  if (!row) return forward(row);
  auto seconds = connection.database().prepare("SELECT data FROM second_chunks WHERE id = ?");
  if (!seconds) return forward(seconds);
  const auto found = seconds->bind(1, chunk_key(series, hour, 0)).step();
  if (!found) return forward(found);
  if (!*found) return standing;
  standing.has_seconds = true;
  if (auto read = decode_buckets(seconds->blob(0), standing.seconds); !read) return forward(read);
  return standing;
}

// Earlier parts than the last one, folded; needed once, when an hour turns out to be dense.
Result<std::vector<Bucket>> fold_parts(Connection& connection, SeriesId series, int64_t hour, int64_t parts) {
  auto raw =
      connection.database().prepare("SELECT data FROM raw_chunks WHERE id >= ? AND id < ? ORDER BY id");
  if (!raw) return forward(raw);
  raw->bind(1, chunk_key(series, hour, 0)).bind(2, chunk_key(series, hour, parts));
  std::vector<Bucket> all;
  auto row = raw->step();
  for (; row && *row; row = raw->step()) {
    std::vector<Point> points;
    std::vector<Bucket> folded;
    if (auto read = decode_points(raw->blob(0), points); !read) return forward(read);
    fold_points(points, readings::kSecond, folded);
    all = merged(all, folded);
  }
  if (!row) return forward(row);
  return all;
}

Result<SeriesHour> prepare(Connection& connection, SeriesId series, int64_t hour, std::vector<Point> points) {
  sort_by_time(points);
  auto standing = look_up(connection, series, hour);
  if (!standing) return forward(standing);
  SeriesHour made;
  if (standing->has_seconds || standing->points + points.size() >= kDense) {
    std::vector<Bucket> folded;
    fold_points(points, readings::kSecond, folded);
    if (!standing->has_seconds && standing->parts > 0) {
      auto before = fold_parts(connection, series, hour, standing->parts);
      if (!before) return forward(before);
      standing->seconds = std::move(*before);
    }
    made.seconds = encode_buckets(merged(standing->seconds, folded));
  }
  int64_t part = standing->parts;
  if (part > 0 && standing->last_part.size() + points.size() <= kPartPoints) {
    --part;
    standing->last_part.insert(standing->last_part.end(), points.begin(), points.end());
    points = std::move(standing->last_part);
    sort_by_time(points);
  }
  for (size_t from = 0; from < points.size(); from += kPartPoints) {
    const auto some =
        std::span<const Point>(points).subspan(from, std::min(kPartPoints, points.size() - from));
    made.raw.push_back({chunk_key(series, hour, part++), some.size(), encode_points(some)});
  }
  return made;
}

}  // namespace

Status Writer::write_chunk(const char* table_sql, int64_t key, int64_t hour, int64_t points, ByteView data) {
  auto write = connection_.statement(table_sql);
  if (!write) return forward(write);
  (*write)->bind(1, key).bind(2, hour).bind(3, data);
  if (points >= 0) (*write)->bind(4, points);
  return (*write)->run();
}

Status Writer::move_minutes(int64_t hour) {
  auto select = connection_.database().prepare(
      "SELECT series, time, min, max, sum, count, last, last_time FROM minutes WHERE time >= ? AND time < ? "
      "ORDER BY time");
  if (!select) return forward(select);
  const Micros start = hour * readings::kHour, end = start + readings::kHour;
  select->bind(1, start).bind(2, end);
  std::map<SeriesId, std::vector<Bucket>> all;
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    all[static_cast<SeriesId>(select->integer(0))].push_back(read_bucket(*select, 1));
  }
  if (!row) return forward(row);
  auto standing = connection_.database().prepare("SELECT data FROM minute_chunks WHERE id = ?");
  if (!standing) return forward(standing);
  for (auto& [series, buckets] : all) {
    const int64_t key = chunk_key(series, hour, 0);
    std::vector<Bucket> before;
    const auto found = standing->bind(1, key).step();
    if (!found) return forward(found);
    if (*found) {
      if (auto read = decode_buckets(standing->blob(0), before); !read) return read;
    }
    standing->reset();
    const ByteBuffer data = encode_buckets(merged(before, buckets));
    if (auto written = write_chunk(kWriteMinutes, key, hour, -1, data); !written) return written;
  }
  auto remove = connection_.statement("DELETE FROM minutes WHERE time >= ? AND time < ?");
  if (!remove) return forward(remove);
  return (*remove)->bind(1, start).bind(2, end).run();
}

// The rows of `minutes` and `hours` are all that has landed of this hour; the readings may follow in several
// steps, but buckets and readings are merged each on their own.
Status Writer::move_buckets(int64_t hour) {
  if (auto moved = move_minutes(hour); !moved) return moved;
  auto move = connection_.statement(
      "INSERT INTO closed_hours SELECT * FROM hours WHERE time = ? ON CONFLICT DO UPDATE SET "
      "min = min(min, excluded.min), max = max(max, excluded.max), sum = sum + excluded.sum, "
      "count = count + excluded.count, last = iif(excluded.last_time >= last_time, excluded.last, last), "
      "last_time = max(last_time, excluded.last_time)");
  if (!move) return forward(move);
  if (auto moved = (*move)->bind(1, hour * readings::kHour).run(); !moved) return moved;
  auto remove = connection_.statement("DELETE FROM hours WHERE time = ?");
  if (!remove) return forward(remove);
  return (*remove)->bind(1, hour * readings::kHour).run();
}

// Reading and compressing happen beside append(); only the exchange of rows stops it.
Result<uint64_t> Writer::close_some(int64_t hour) {
  auto reader = pool_->take();
  if (!reader) return forward(reader);
  auto gathered = gather(**reader, hour);
  if (!gathered) return forward(gathered);
  std::map<SeriesId, SeriesHour> made;
  for (auto& [series, points] : gathered->points) {
    auto ready = prepare(**reader, series, hour, std::move(points));
    if (!ready) return forward(ready, cat("series ", series, ", hour ", hour));
    made[series] = std::move(*ready);
  }
  pool_->give_back(std::move(*reader));

  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(connection_.database());
  if (!transaction) return forward(transaction);
  for (const auto& [series, ready] : made) {
    for (const ChunkRow& chunk : ready.raw) {
      const auto points = static_cast<int64_t>(chunk.points);
      if (auto done = write_chunk(kWriteRaw, chunk.key, hour, points, chunk.data); !done)
        return forward(done);
    }
    if (ready.seconds.empty()) continue;
    const int64_t key = chunk_key(series, hour, 0);
    if (auto done = write_chunk(kWriteSeconds, key, hour, -1, ready.seconds); !done) return forward(done);
  }
  auto remove = connection_.statement("DELETE FROM landed WHERE id = ?");
  if (!remove) return forward(remove);
  for (const int64_t row : gathered->rows) {
    if (auto removed = (*remove)->bind(1, row).run(); !removed) return forward(removed);
  }
  if (auto moved = move_buckets(hour); !moved) return forward(moved);
  if (auto committed = transaction->commit(); !committed) return forward(committed);
  return gathered->rows.empty() ? 0 : gathered->count;
}

Result<Upkept> Writer::close_hours(WallTime now, Closing which) {
  const std::lock_guard upkeep(upkeep_mutex_);
  std::vector<LandedHour> landed;
  {
    auto reader = pool_->take();
    if (!reader) return forward(reader);
    auto select = (*reader)->database().prepare(
        "SELECT id >> 41, count(*), sum(length(data)) FROM landed GROUP BY 1 ORDER BY 1");
    if (!select) return forward(select);
    auto row = select->step();
    for (; row && *row; row = select->step()) {
      landed.push_back({select->integer(0), static_cast<uint64_t>(select->integer(2))});
    }
    if (!row) return forward(row);
    select->reset();
    pool_->give_back(std::move(*reader));
  }
  Upkept done;
  const Micros wall = now.time_since_epoch().count();
  for (const LandedHour& hour : hours_to_close(landed, wall, which == Closing::everything)) {
    // What lands meanwhile waits for the next time: as many steps as there are bytes now.
    for (size_t left = hour.bytes / kStepBytes + 1; left > 0; --left) {
      const auto moved = close_some(hour.hour);
      if (!moved) return forward(moved);
      done.points += *moved;
      if (*moved == 0) break;
    }
    ++done.hours;
  }
  return done;
}

}  // namespace oree::series
