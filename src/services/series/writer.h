// SqliteStore as it is inside. Private to this room.
#pragma once

#include <map>
#include <set>

#include "services/series/landing.h"
#include "services/series/reader_pool.h"
#include "services/series/schema.h"
#include "services/series/sqlite_store.h"

namespace oree::series {

// The readings of one batch, ordered by hour, series and time.
struct SortedBatch {
  std::map<int64_t, std::vector<LandedSeries>> hours;
  readings::Appended counts;
};

class Writer final : public SqliteStore {
 public:
  Writer(std::filesystem::path file, sql::Database database)
      : file_(std::move(file)),
        connection_(std::move(database)),
        pool_(std::make_shared<ReaderPool>(file_.string())) {}
  Status load();

  Result<SeriesId> series(std::string_view machine, std::string_view sensor) override;
  Result<readings::Appended> append(std::span<const readings::Reading> batch, std::string_view source,
                                    uint64_t position) override;
  Result<uint64_t> position(std::string_view source) override;
  Result<std::unique_ptr<readings::View>> view() override { return open_view(pool_); }
  Result<Upkept> close_hours(WallTime now, Closing which) override;
  Result<Dropped> apply_retention(WallTime now, const Retention& retention) override;
  Status compact() override;
  Result<Stats> stats() override;

 private:
  Result<uint64_t> position_now(std::string_view source);
  Status land(const SortedBatch& sorted);
  Status add_buckets(const char* sql, SeriesId series, std::span<const Bucket> buckets);
  Status remember(std::string_view source, uint64_t position);
  // closing.cc
  Result<uint64_t> close_some(int64_t hour);
  Status move_buckets(int64_t hour);
  Status move_minutes(int64_t hour);
  Status write_chunk(const char* table_sql, int64_t key, int64_t hour, int64_t points, ByteView data);
  // retention.cc
  Result<int64_t> number(const char* sql);
  Status drop_before(WallTime now, microseconds age, const char* sql);
  Status drop_to_size(uint64_t max_bytes, Dropped& dropped);

  std::filesystem::path file_;
  std::mutex mutex_;         // guards connection_, names_, next_*
  std::mutex upkeep_mutex_;  // one close or retention at a time; taken before mutex_
  Connection connection_;
  std::shared_ptr<ReaderPool> pool_;
  std::map<std::pair<std::string, std::string>, SeriesId, std::less<>> names_;
  SeriesId next_series_ = 1;
  int64_t next_batch_ = 1;
};

}  // namespace oree::series
