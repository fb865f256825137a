// The files of a stream: the next segment is always being made ready on a thread of its own, out of a file
// that trim() freed or, below the cap, a new one. A file is used again rather than deleted, because blocks
// that were written before take a sync in half the time; a new one is written through once, unless the stream
// grows so fast that this would cost more than it gives. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/stream/segment.h"

namespace oree::stream {

struct Spare {
  uint64_t number = 0;
  std::string name;
  std::unique_ptr<files::FixedFile> file;
};

struct SpareOptions {
  files::Path folder;
  uint64_t segment_bytes = 0;
  uint64_t max_bytes = 0;
  uint64_t min_free = 0;
};

class Spares {
 public:
  // `used_bytes`: of all segments and reusable files there are.
  Spares(SpareOptions options, files::Disk& disk, uint32_t next_counter, uint64_t used_bytes,
         std::vector<std::string> reusable);
  ~Spares() { stop(); }

  // Makes one now; for a stream that has no segment yet.
  Result<Spare> make_first();
  // `changed` is called, with no lock held, when a spare is ready or cannot be made.
  void start(std::function<void()> changed);
  // The spare, if there is one; the next is made from now on.
  std::optional<Spare> take();
  std::optional<Error> stalled() const;  // why there is none and none coming for now
  void recycle(std::string name, uint64_t bytes);
  void stop();
  uint64_t bytes() const;

 private:
  void run(const std::stop_token& stopping);
  Result<Spare> make(bool fill);
  void remove_surplus(std::unique_lock<std::mutex>& lock);
  std::string take_reusable();
  Status check_room() const;
  Status fill_with_zeros(files::FixedFile& file) const;

  const SpareOptions options_;
  files::Disk& disk_;
  std::function<void()> changed_;
  uint32_t next_counter_;  // of the maker

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any work_;
  std::vector<std::string> reusable_;
  struct Surplus {
    std::string name;
    uint64_t bytes;
  };
  std::vector<Surplus> surplus_;  // to be deleted
  uint64_t bytes_;
  std::optional<Spare> spare_;
  std::optional<Error> stalled_;
  bool in_a_hurry_ = false;
  std::chrono::steady_clock::time_point taken_{};

  std::jthread thread_;  // last
};

}  // namespace oree::stream
