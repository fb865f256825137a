// The budget: what the store may take of the disk, and what is promised to writes that are under way.
//
// A write reserves what it may cost at most and gives that back when it has happened and is measured. Nothing
// is admitted that could bring the total above the cap; a writer at the cap waits for the retention to make
// room and is refused when there is nothing left to delete. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "core/storage/index/index.h"

namespace oree::storage {

class Space {
 public:
  Space(const StoreOptions& options, files::Disk& disk, files::Path folder, uint64_t journal_bytes);

  // `full` with the reason; otherwise `bytes` are reserved. `make_room` is called when the cap is in the way.
  Status admit(uint64_t bytes, const std::function<void()>& make_room);
  void release(uint64_t bytes);

  void set_journal(uint64_t bytes);
  void measured(const IndexTotals& totals, const IndexSize& size);

  uint64_t used() const;
  uint64_t free_on_disk() const;
  // How much the retention should delete now: 0, or enough to come well below the cap.
  uint64_t excess() const;
  // The index file is larger than it need be by this much, and the cap is near.
  uint64_t shrinkable() const;
  // A round of the retention is over; `more`: records are left that it could delete another time.
  void round_over(bool more);

  bool full() const;  // right now, whether or not somebody tries
  uint64_t refused() const;

 private:
  uint64_t used_locked() const;
  Status refuse(std::string why);
  bool fits(uint64_t bytes) const;

  const StoreOptions options_;
  files::Disk& disk_;
  const files::Path folder_;
  const uint64_t headroom_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t journal_bytes_;
  uint64_t blob_bytes_ = 0;
  IndexSize index_;
  uint64_t reserved_ = 0;
  uint64_t wanted_ = 0;  // by writers that wait
  uint64_t rounds_ = 0;
  bool exhausted_ = false;
  uint64_t refused_ = 0;
};

}  // namespace oree::storage
