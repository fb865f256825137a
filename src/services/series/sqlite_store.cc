#include "services/series/sqlite_store.h"

#include <algorithm>

#include "base/text.h"
#include "services/series/writer.h"

namespace oree::series {
namespace {

using readings::Appended;
using readings::Reading;

constexpr const char* kAddMinutes =
    "INSERT INTO minutes VALUES(?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET "
    "min = min(min, excluded.min), max = max(max, excluded.max), sum = sum + excluded.sum, "
    "count = count + excluded.count, last = iif(excluded.last_time >= last_time, excluded.last, last), "
    "last_time = max(last_time, excluded.last_time)";
constexpr const char* kAddHours =
    "INSERT INTO hours VALUES(?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET "
    "min = min(min, excluded.min), max = max(max, excluded.max), sum = sum + excluded.sum, "
    "count = count + excluded.count, last = iif(excluded.last_time >= last_time, excluded.last, last), "
    "last_time = max(last_time, excluded.last_time)";

SortedBatch sort_batch(std::span<const Reading> batch, SeriesId known_below) {
  SortedBatch sorted;
  std::vector<Reading> kept;
  kept.reserve(batch.size());
  for (const Reading& reading : batch) {
    const bool good = reading.series >= 1 && reading.series < known_below && reading.time >= 0 &&
                      reading.time < readings::kEndOfTime;
    if (good) {
      kept.push_back(reading);
    } else {
      ++sorted.counts.refused;
    }
  }
  sorted.counts.stored = kept.size();
  std::ranges::stable_sort(kept, [](const Reading& a, const Reading& b) {
    return a.series != b.series ? a.series < b.series : a.time < b.time;
  });
  for (size_t i = 0; i < kept.size();) {
    const int64_t hour = hour_of(kept[i].time);
    const Micros end = (hour + 1) * readings::kHour;
    LandedSeries& landed = sorted.hours[hour].emplace_back();
    landed.series = kept[i].series;
    for (; i < kept.size() && kept[i].series == landed.series && kept[i].time < end; ++i) {
      landed.points.push_back({kept[i].time, kept[i].value});
    }
  }
  return sorted;
}

class ReaderStore final : public readings::SeriesStore {
 public:
  explicit ReaderStore(std::string file) : pool_(std::make_shared<ReaderPool>(std::move(file))) {}

  Result<SeriesId> series(std::string_view machine, std::string_view sensor) override {
    auto seen = view();
    if (!seen) return forward(seen);
    const auto all = (*seen)->catalogue();
    if (!all) return forward(all);
    for (const readings::Series& known : *all) {
      if (known.machine == machine && known.sensor == sensor) return known.id;
    }
    return fail(ErrorKind::denied, "this store is open for reading only");
  }
  Result<Appended> append(std::span<const Reading>, std::string_view, uint64_t) override {
    return fail(ErrorKind::denied, "this store is open for reading only");
  }
  Result<uint64_t> position(std::string_view source) override {
    auto connection = pool_->take();
    if (!connection) return forward(connection);
    auto statement = (*connection)->database().prepare("SELECT position FROM positions WHERE source = ?");
    if (!statement) return forward(statement);
    const auto row = statement->bind(1, source).step();
    if (!row) return forward(row);
    return *row ? static_cast<uint64_t>(statement->integer(0)) : 0;
  }
  Result<std::unique_ptr<readings::View>> view() override { return open_view(pool_); }

 private:
  std::shared_ptr<ReaderPool> pool_;
};

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file) {
  auto database = open_for_writing(file.string());
  if (!database) return forward(database);
  auto writer = std::make_unique<Writer>(file, std::move(*database));
  if (auto loaded = writer->load(); !loaded) return forward(loaded);
  return writer;
}

Result<std::unique_ptr<readings::SeriesStore>> open_reader(const std::filesystem::path& file) {
  auto store = std::make_unique<ReaderStore>(file.string());
  if (auto seen = store->view(); !seen) return forward(seen);
  return store;
}

Status Writer::load() {
  auto names = connection_.database().prepare("SELECT id, machine, sensor FROM series");
  if (!names) return forward(names);
  auto row = names->step();
  for (; row && *row; row = names->step()) {
    const auto id = static_cast<SeriesId>(names->integer(0));
    names_[{std::string(names->text(1)), std::string(names->text(2))}] = id;
    next_series_ = std::max(next_series_, id + 1);
  }
  if (!row) return forward(row);
  constexpr int64_t kBatches = (int64_t{1} << kBatchBits) - 1;
  auto landed = connection_.database().prepare("SELECT max(id & ?) FROM landed");
  if (!landed) return forward(landed);
  const auto newest = landed->bind(1, kBatches).step();
  if (!newest) return forward(newest);
  next_batch_ = landed->integer(0) + 1;
  return {};
}

Result<SeriesId> Writer::series(std::string_view machine, std::string_view sensor) {
  const std::lock_guard lock(mutex_);
  const auto name = std::make_pair(std::string(machine), std::string(sensor));
  const auto known = names_.find(name);
  if (known != names_.end()) return known->second;
  if (next_series_ > kMostSeries) {
    return fail(ErrorKind::full, cat("the store has ", kMostSeries, " series already"));
  }
  auto insert = connection_.statement("INSERT INTO series VALUES(?, ?, ?)");
  if (!insert) return forward(insert);
  (*insert)->bind(1, static_cast<int64_t>(next_series_)).bind(2, machine).bind(3, sensor);
  if (auto made = (*insert)->run(); !made) return forward(made);
  names_[name] = next_series_;
  return next_series_++;
}

Result<uint64_t> Writer::position_now(std::string_view source) {
  auto select = connection_.statement("SELECT position FROM positions WHERE source = ?");
  if (!select) return forward(select);
  const auto row = (*select)->bind(1, source).step();
  const uint64_t reached = row && *row ? static_cast<uint64_t>((*select)->integer(0)) : 0;
  (*select)->reset();
  if (!row) return forward(row);
  return reached;
}

Result<uint64_t> Writer::position(std::string_view source) {
  const std::lock_guard lock(mutex_);
  return position_now(source);
}

Status Writer::remember(std::string_view source, uint64_t position) {
  auto keep = connection_.statement("INSERT OR REPLACE INTO positions VALUES(?, ?)");
  if (!keep) return forward(keep);
  return (*keep)->bind(1, source).bind(2, static_cast<int64_t>(position)).run();
}

Status Writer::add_buckets(const char* sql, SeriesId series, std::span<const Bucket> buckets) {
  auto add = connection_.statement(sql);
  if (!add) return forward(add);
  for (const Bucket& bucket : buckets) {
    (*add)->bind(1, static_cast<int64_t>(series));
    bind_bucket(**add, 2, bucket);
    if (auto added = (*add)->run(); !added) return added;
  }
  return {};
}

Status Writer::land(const SortedBatch& sorted) {
  auto insert = connection_.statement("INSERT INTO landed VALUES(?, ?)");
  if (!insert) return forward(insert);
  std::vector<Bucket> minutes, hours;
  for (const auto& [hour, all] : sorted.hours) {
    (*insert)->bind(1, landed_key(hour, next_batch_)).bind(2, ByteView(encode_landing(hour, all)));
    if (auto landed = (*insert)->run(); !landed) return landed;
    for (const LandedSeries& landed : all) {
      minutes.clear();
      hours.clear();
      fold_points(landed.points, readings::kMinute, minutes);
      fold_buckets(minutes, readings::kHour, hours);
      if (auto added = add_buckets(kAddMinutes, landed.series, minutes); !added) return added;
      if (auto added = add_buckets(kAddHours, landed.series, hours); !added) return added;
    }
  }
  return {};
}

Result<Appended> Writer::append(std::span<const Reading> batch, std::string_view source, uint64_t position) {
  const std::lock_guard lock(mutex_);
  const SortedBatch sorted = sort_batch(batch, next_series_);
  auto transaction = sql::Transaction::begin(connection_.database());
  if (!transaction) return forward(transaction);
  if (!source.empty()) {
    const auto reached = position_now(source);
    if (!reached) return forward(reached);
    if (position <= *reached) return Appended{.applied = false};
    if (auto kept = remember(source, position); !kept) return forward(kept);
  }
  if (auto landed = land(sorted); !landed) return forward(landed);
  if (auto committed = transaction->commit(); !committed) return forward(committed);
  ++next_batch_;
  return sorted.counts;
}

}  // namespace oree::series
