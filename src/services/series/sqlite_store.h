// The series store on SQLite: batches land durably, rollups come with them, closed hours become compressed
// chunks.
//
// append() commits (WAL, fsync) one row per hour touched, the minutes and hours it adds to and the position:
// a crash keeps all of a batch whose append() returned, and nothing of another. Buckets of a second are not
// stored while an hour is open: they are folded from the landed readings when asked, because at one reading
// per second they would be the readings again.
//
// Hours are closed, and old data is dropped, by close_hours() and apply_retention(), which upkeep.h calls in
// the background; both may run beside append() and views. One process writes; others may open views through
// open_reader(). Clock jumps move nothing: a reading lies where its own time says, also far in the future,
// and age is measured from the clock that retention is given.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "core/readings/store.h"

namespace oree::series {

// How long each level is kept; zero = for ever. Hours are dropped whole, when their end is older.
struct Retention {
  microseconds raw{0};
  microseconds seconds{0};  // where they are stored: series with more than four readings a second
  microseconds minutes{0};
  microseconds hours{0};
  uint64_t max_bytes =
      0;  // of the file; the oldest raw hours go first, then seconds, then minutes; 0 = no limit
};

struct Upkept {
  uint64_t hours = 0;   // closed
  uint64_t points = 0;  // moved into chunks
};

struct Dropped {
  uint64_t chunks = 0;
  uint64_t landed = 0;
};

struct Stats {
  uint64_t file_bytes = 0;    // with the write-ahead log
  uint64_t landed_bytes = 0;  // not closed yet
  uint64_t chunk_bytes = 0;
  uint64_t chunk_points = 0;
  uint64_t series = 0;
};

enum class Closing {
  due,        // hours that ended a while ago, that two later ones follow, or that hold much
  everything  // also the hour that goes on
};

class SqliteStore : public readings::SeriesStore {
 public:
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file);

  virtual Result<Upkept> close_hours(WallTime now, Closing which) = 0;
  virtual Result<Dropped> apply_retention(WallTime now, const Retention& retention) = 0;
  // Gives the file back what deleting freed, and empties the write-ahead log.
  virtual Status compact() = 0;
  virtual Result<Stats> stats() = 0;
};

// For another process than the one that writes: append() and series() of an unknown name fail with `denied`.
Result<std::unique_ptr<readings::SeriesStore>> open_reader(const std::filesystem::path& file);

}  // namespace oree::series
