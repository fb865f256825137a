// What open() does with the journal: everything that was durable there and is not yet in the index comes
// back, whole or not at all.
#pragma once

#include "core/storage/blobs/blob_files.h"
#include "core/storage/index/index.h"

namespace oree::storage {

struct Replayed {
  uint64_t records = 0;
  uint64_t blobs = 0;
  uint64_t damaged = 0;  // places, or records with blobs, that had been acknowledged and cannot be read
  uint64_t dropped = 0;  // what was being written when the power went: nobody had been told
  uint64_t next_number = 1;
  std::vector<files::Path> segment_files;
};

// Idempotent. Blob files are written again even when they are there: after a power cut, or a failed sync,
// their contents are not to be trusted. Nothing is synced; the caller does that before the segments are
// reused.
Result<Replayed> replay(files::Disk& disk, const files::Path& journal, BlobFiles& blobs, Index& index,
                        Log& log);
// After a clean stop: only the names, because everything is in the index.
Result<Replayed> skip_replay(files::Disk& disk, const files::Path& journal, const Index& index);

}  // namespace oree::storage
