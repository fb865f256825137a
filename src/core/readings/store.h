// The store of what sensors said, as an interface: SQLite behind it (services/series), or another database.
//
// append() is all or nothing and durable when it returns. It takes the position that the readings reach in
// the stream they were read from, and remembers it in the same commit: after a crash the reader goes on
// behind position(source), and nothing is applied twice or lost. Thread-safe. A View belongs to one thread,
// shows one moment of the store, and should be short-lived (it holds back the reclaiming of space).
//
//   auto id = store.series("robot-1", "drill_speed");
//   Reading reading{*id, now, 812.5};
//   auto done = store.append({&reading, 1}, "broker", position);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/readings/bucket.h"

namespace oree::readings {

struct Series {
  SeriesId id = 0;
  std::string machine;
  std::string sensor;
};

struct Appended {
  bool applied = true;   // false: position(source) had passed this batch already, nothing was done
  uint64_t stored = 0;   // readings
  uint64_t refused = 0;  // readings whose time is outside [0, kEndOfTime) or whose series does not exist
};

// Called with the readings or buckets of one series after the other, each in time order and never empty; one
// series may come in several calls, one after the other. A failure ends the walk and is its answer.
using PointVisitor = std::function<Status(SeriesId series, std::span<const Point> points)>;
using BucketVisitor = std::function<Status(SeriesId series, std::span<const Bucket> buckets)>;

class View {
 public:
  virtual ~View() = default;
  virtual Result<std::vector<Series>> catalogue() = 0;  // by id
  // Several readings of one moment all come, in the order they were appended.
  virtual Status points(std::span<const SeriesId> series, Range range, const PointVisitor& visit) = 0;
  // Buckets that start in the range; level is not raw. Empty buckets do not come.
  virtual Status buckets(std::span<const SeriesId> series, Range range, Level level,
                         const BucketVisitor& visit) = 0;
  // The newest finite reading of each, in the order asked.
  virtual Result<std::vector<std::optional<Point>>> latest(std::span<const SeriesId> series) = 0;
};

class SeriesStore {
 public:
  virtual ~SeriesStore() = default;
  // The id of this sensor, which is made when it is new; for ever the same.
  virtual Result<SeriesId> series(std::string_view machine, std::string_view sensor) = 0;
  // `source` "" remembers no position. Otherwise a batch whose position is not beyond position(source) was
  // applied before and is skipped: batches of one source must not overlap in part.
  virtual Result<Appended> append(std::span<const Reading> batch, std::string_view source,
                                  uint64_t position) = 0;
  virtual Result<uint64_t> position(std::string_view source) = 0;  // 0: nothing yet
  virtual Result<std::unique_ptr<View>> view() = 0;
};

}  // namespace oree::readings
