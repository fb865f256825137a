// The files of the journal. There are two: one is written, the other becomes free at a checkpoint and waits,
// header in place, to be next. A file is renamed and used again rather than deleted, because blocks that were
// written before take a sync in half the time. Not thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <set>

#include "core/storage/journal/journal_format.h"

namespace oree::storage {

struct OpenSegment {
  uint64_t number = 0;
  std::unique_ptr<files::FixedFile> file;
  bool written_through = true;  // false: each sync pays for first writes
};

class Segments {
 public:
  static constexpr size_t kFiles = 2;

  // `reusable`: names of files whose contents nobody needs any more.
  Segments(files::Disk& disk, files::Path folder, uint64_t segment_bytes, uint64_t next_number,
           std::vector<files::Path> reusable);

  // The next segment, empty and durable. `fill`: a file that is new is written through once, in the
  // background and so that the writer never pays for first writes.
  Result<OpenSegment> prepare(bool fill);
  bool can_prepare() const { return !reusable_.empty() || made_ < kFiles; }
  void retire(uint64_t number);
  uint64_t written_bytes() const { return written_; }

  static files::Path name(uint64_t number);
  static std::optional<uint64_t> number_of(const files::Path& name);

 private:
  Status fill_with_zeros(files::FixedFile& file);
  files::Disk& disk_;
  files::Path folder_;
  uint64_t segment_bytes_;
  uint64_t next_number_;
  std::vector<files::Path> reusable_;
  std::set<files::Path> raw_;  // files that were not written through yet
  size_t made_;
  std::atomic<uint64_t> written_{0};
};

}  // namespace oree::storage
