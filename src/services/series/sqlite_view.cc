#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "services/series/landing.h"
#include "services/series/reader_pool.h"
#include "services/series/schema.h"
#include "services/series/view_parts.h"

namespace oree::series {
namespace {

using readings::Level;
using readings::Range;
using readings::Series;

using LandedPoints = std::unordered_map<SeriesId, std::vector<Point>>;
using LandedBuckets = std::unordered_map<SeriesId, std::vector<Bucket>>;

// Hours that hold any of the range: first and one beyond the last.
std::pair<int64_t, int64_t> hours_of(Range range) {
  const Micros from = std::clamp<Micros>(range.from, 0, readings::kEndOfTime);
  const Micros to = std::clamp<Micros>(range.to, from, readings::kEndOfTime);
  return {hour_of(from), hour_of(to + readings::kHour - 1)};
}

// Resets a shared statement whatever happens on the way.
class Using {
 public:
  explicit Using(sql::Statement& statement) : statement_(statement) { statement_.reset(); }
  ~Using() { statement_.reset(); }
  sql::Statement* operator->() { return &statement_; }
  sql::Statement& operator*() { return statement_; }

 private:
  sql::Statement& statement_;
};

class SqliteView final : public readings::View {
 public:
  SqliteView(std::shared_ptr<ReaderPool> pool, std::unique_ptr<Connection> connection)
      : pool_(std::move(pool)), connection_(std::move(connection)) {}
  ~SqliteView() override {
    if (connection_->database().execute("COMMIT")) pool_->give_back(std::move(connection_));
  }

  Result<std::vector<Series>> catalogue() override;
  Status points(std::span<const SeriesId> series, Range range, const readings::PointVisitor& visit) override;
  Status buckets(std::span<const SeriesId> series, Range range, Level level,
                 const readings::BucketVisitor& visit) override;
  Result<std::vector<std::optional<Point>>> latest(std::span<const SeriesId> series) override;

 private:
  Result<LandedPoints> landed(std::span<const SeriesId> series, Range range);
  Result<LandedBuckets> open_buckets(std::span<const SeriesId> series, Range range, const char* sql);
  Status points_of(SeriesId series, Range range, std::vector<Point> late,
                   const readings::PointVisitor& visit);
  Status seconds(std::span<const SeriesId> series, Range range, const readings::BucketVisitor& visit);
  Status minutes(std::span<const SeriesId> series, Range range, const readings::BucketVisitor& visit);
  Status hours(std::span<const SeriesId> series, Range range, const readings::BucketVisitor& visit);
  Result<std::vector<Bucket>> chunked(const char* sql, SeriesId series, Range range,
                                      std::vector<int64_t>* which);
  Result<std::vector<Bucket>> closed_hours(SeriesId series, Range range);
  Result<std::optional<Point>> newest(const char* sql, SeriesId series);

  std::shared_ptr<ReaderPool> pool_;
  std::unique_ptr<Connection> connection_;
};

Result<std::vector<Series>> SqliteView::catalogue() {
  auto shared = connection_->statement("SELECT id, machine, sensor FROM series ORDER BY id");
  if (!shared) return forward(shared);
  Using select(**shared);
  std::vector<Series> all;
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    all.push_back({static_cast<SeriesId>(select->integer(0)), std::string(select->text(1)),
                   std::string(select->text(2))});
  }
  if (!row) return forward(row);
  return all;
}

Result<LandedPoints> SqliteView::landed(std::span<const SeriesId> series, Range range) {
  auto shared = connection_->statement("SELECT id, data FROM landed WHERE id >= ? AND id < ? ORDER BY id");
  if (!shared) return forward(shared);
  Using select(**shared);
  LandedPoints found;
  for (const SeriesId id : series) found[id];
  const auto wanted = [&](SeriesId id) { return found.contains(id); };
  const auto keep = [&](SeriesId id, std::span<const Point> points) {
    const auto inside = clip(points, range);
    auto& kept = found[id];
    kept.insert(kept.end(), inside.begin(), inside.end());
  };
  const auto [first, beyond] = hours_of(range);
  select->bind(1, landed_key(first, 0)).bind(2, landed_key(beyond, 0));
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    const int64_t hour = hour_of_landed(select->integer(0));
    if (auto read = decode_landing(hour, select->blob(1), wanted, keep); !read) return forward(read);
  }
  if (!row) return forward(row);
  for (auto& [id, points] : found) sort_by_time(points);
  return found;
}

Status SqliteView::points(std::span<const SeriesId> series, Range range,
                          const readings::PointVisitor& visit) {
  auto late = landed(series, range);
  if (!late) return forward(late);
  for (const SeriesId id : series) {
    if (auto done = points_of(id, range, std::move((*late)[id]), visit); !done) return done;
  }
  return {};
}

// Chunk by chunk, so that a year does not stand in memory; what landed late is merged in hour by hour.
Status SqliteView::points_of(SeriesId series, Range range, std::vector<Point> late,
                             const readings::PointVisitor& visit) {
  auto shared =
      connection_->statement("SELECT id, data FROM raw_chunks WHERE id >= ? AND id < ? ORDER BY id");
  if (!shared) return forward(shared);
  Using select(**shared);
  std::vector<Point> hour_points;
  size_t given = 0;  // of `late`
  const auto give_until = [&](Micros end) -> Status {
    const size_t before = given;
    while (given < late.size() && late[given].time < end) ++given;
    hour_points.insert(hour_points.end(), late.begin() + static_cast<ptrdiff_t>(before),
                       late.begin() + static_cast<ptrdiff_t>(given));
    sort_by_time(hour_points);
    const auto inside = clip(std::span<const Point>(hour_points), range);
    Status done;
    if (!inside.empty()) done = visit(series, inside);
    hour_points.clear();
    return done;
  };
  const auto [first, beyond] = hours_of(range);
  select->bind(1, chunk_key(series, first, 0)).bind(2, chunk_key(series, beyond, 0));
  int64_t hour = -1;
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    const int64_t next_hour = hour_of_chunk(select->integer(0));
    if (hour >= 0 && next_hour != hour) {
      if (auto done = give_until((hour + 1) * readings::kHour); !done) return done;
    }
    hour = next_hour;
    if (auto read = decode_points(select->blob(1), hour_points); !read) return read;
  }
  if (!row) return forward(row);
  return give_until(INT64_MAX);
}

Status SqliteView::buckets(std::span<const SeriesId> series, Range range, Level level,
                           const readings::BucketVisitor& visit) {
  switch (level) {
    case Level::second:
      return seconds(series, range, visit);
    case Level::minute:
      return minutes(series, range, visit);
    case Level::hour:
      return hours(series, range, visit);
    case Level::raw:
      break;
  }
  return fail(ErrorKind::bug, "raw is no level of buckets");
}

Result<std::vector<Bucket>> SqliteView::chunked(const char* sql, SeriesId series, Range range,
                                                std::vector<int64_t>* which) {
  auto shared = connection_->statement(sql);
  if (!shared) return forward(shared);
  Using select(**shared);
  std::vector<Bucket> found;
  const auto [first, beyond] = hours_of(range);
  select->bind(1, chunk_key(series, first, 0)).bind(2, chunk_key(series, beyond, 0));
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    if (which != nullptr) which->push_back(hour_of_chunk(select->integer(0)));
    if (auto read = decode_buckets(select->blob(1), found); !read) return forward(read);
  }
  if (!row) return forward(row);
  return found;
}

// Stored seconds cover everything of their hour that has been closed; the other hours, and what has landed
// since, are folded here.
Status SqliteView::seconds(std::span<const SeriesId> series, Range range,
                           const readings::BucketVisitor& visit) {
  const Range whole{readings::floor_to(range.from, readings::kSecond), range.to};
  // A bucket that starts in the range is given whole, also what lies beyond the range's end.
  const Range reach{whole.from,
                    std::min(readings::floor_to(range.to - 1, readings::kSecond) + readings::kSecond,
                             readings::kEndOfTime)};
  auto late = landed(series, reach);
  if (!late) return forward(late);
  for (const SeriesId id : series) {
    std::vector<int64_t> stored;
    const auto chunks = chunked("SELECT id, data FROM second_chunks WHERE id >= ? AND id < ? ORDER BY id", id,
                                reach, &stored);
    if (!chunks) return forward(chunks);
    std::vector<Bucket> early, folded;
    const auto fold_hour = [&](SeriesId, std::span<const Point> points) -> Status {
      if (!std::ranges::binary_search(stored, hour_of(points.front().time))) {
        fold_points(points, readings::kSecond, folded);
      }
      return {};
    };
    if (auto read = points_of(id, reach, {}, fold_hour); !read) return read;
    early = merged(*chunks, folded);
    folded.clear();
    fold_points((*late)[id], readings::kSecond, folded);
    const std::vector<Bucket> all = merged(early, folded);
    const auto inside = clip(std::span<const Bucket>(all), range);
    if (inside.empty()) continue;
    if (auto done = visit(id, inside); !done) return done;
  }
  return {};
}

Result<LandedBuckets> SqliteView::open_buckets(std::span<const SeriesId> series, Range range,
                                               const char* sql) {
  auto shared = connection_->statement(sql);
  if (!shared) return forward(shared);
  Using select(**shared);
  LandedBuckets found;
  for (const SeriesId id : series) found[id];
  select->bind(1, range.from).bind(2, range.to);
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    const auto wanted = found.find(static_cast<SeriesId>(select->integer(0)));
    if (wanted != found.end()) wanted->second.push_back(read_bucket(**shared, 1));
  }
  if (!row) return forward(row);
  return found;
}

Status SqliteView::minutes(std::span<const SeriesId> series, Range range,
                           const readings::BucketVisitor& visit) {
  auto late = open_buckets(series, range,
                           "SELECT series, time, min, max, sum, count, last, last_time FROM minutes "
                           "WHERE time >= ? AND time < ? ORDER BY time");
  if (!late) return forward(late);
  for (const SeriesId id : series) {
    const auto chunks = chunked("SELECT id, data FROM minute_chunks WHERE id >= ? AND id < ? ORDER BY id", id,
                                range, nullptr);
    if (!chunks) return forward(chunks);
    const std::vector<Bucket> all = merged(*chunks, (*late)[id]);
    const auto inside = clip(std::span<const Bucket>(all), range);
    if (inside.empty()) continue;
    if (auto done = visit(id, inside); !done) return done;
  }
  return {};
}

Result<std::vector<Bucket>> SqliteView::closed_hours(SeriesId series, Range range) {
  auto shared = connection_->statement(
      "SELECT time, min, max, sum, count, last, last_time FROM closed_hours "
      "WHERE series = ? AND time >= ? AND time < ? ORDER BY time");
  if (!shared) return forward(shared);
  Using select(**shared);
  std::vector<Bucket> found;
  select->bind(1, static_cast<int64_t>(series)).bind(2, range.from).bind(3, range.to);
  auto row = select->step();
  for (; row && *row; row = select->step()) found.push_back(read_bucket(**shared, 0));
  if (!row) return forward(row);
  return found;
}

Status SqliteView::hours(std::span<const SeriesId> series, Range range,
                         const readings::BucketVisitor& visit) {
  auto late = open_buckets(series, range,
                           "SELECT series, time, min, max, sum, count, last, last_time FROM hours "
                           "WHERE time >= ? AND time < ? ORDER BY time");
  if (!late) return forward(late);
  for (const SeriesId id : series) {
    const auto closed = closed_hours(id, range);
    if (!closed) return forward(closed);
    const std::vector<Bucket> all = merged(*closed, (*late)[id]);
    if (all.empty()) continue;
    if (auto done = visit(id, all); !done) return done;
  }
  return {};
}

Result<std::optional<Point>> SqliteView::newest(const char* sql, SeriesId series) {
  auto shared = connection_->statement(sql);
  if (!shared) return forward(shared);
  Using select(**shared);
  const auto row = select->bind(1, static_cast<int64_t>(series)).step();
  if (!row) return forward(row);
  if (!*row) return std::nullopt;
  return Point{select->integer(0), select->real(1)};
}

Result<std::vector<std::optional<Point>>> SqliteView::latest(std::span<const SeriesId> series) {
  std::vector<std::optional<Point>> found;
  for (const SeriesId id : series) {
    auto open = newest("SELECT last_time, last FROM hours WHERE series = ? ORDER BY time DESC LIMIT 1", id);
    if (!open) return forward(open);
    auto closed =
        newest("SELECT last_time, last FROM closed_hours WHERE series = ? ORDER BY time DESC LIMIT 1", id);
    if (!closed) return forward(closed);
    const bool open_wins = *open && (!*closed || (*open)->time >= (*closed)->time);
    found.push_back(open_wins ? *open : *closed);
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<Connection>> ReaderPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto database = open_for_reading(file_);
  if (!database) return forward(database);
  return std::make_unique<Connection>(std::move(*database));
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  constexpr size_t kIdle = 8;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdle) idle_.push_back(std::move(connection));
}

Result<std::unique_ptr<readings::View>> open_view(std::shared_ptr<ReaderPool> pool) {
  auto connection = pool->take();
  if (!connection) return forward(connection);
  // The first look inside the transaction is what fixes the moment.
  if (auto begun = (*connection)->database().execute("BEGIN; SELECT 1 FROM positions LIMIT 1"); !begun) {
    return forward(begun);
  }
  return std::make_unique<SqliteView>(std::move(pool), std::move(*connection));
}

}  // namespace oree::series
