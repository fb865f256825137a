// What is deleted, and in which order: records that are too old, then the oldest while the store is too full,
// then blobs that no record names. A blob's file goes only after the index durably forgot the blob, so a
// power cut leaves a file too many, never one too few; sweep_litter() finds those. Used on the indexer's
// thread.
#pragma once

#include "core/storage/blobs/blob_files.h"
#include "core/storage/blobs/blob_states.h"
#include "core/storage/index/index.h"
#include "core/storage/space.h"

namespace oree::storage {

class Retention {
 public:
  Retention(Index& index, BlobFiles& files, BlobStates& states, Space& space, const Clock& clock,
            microseconds max_age)
      : index_(index), files_(files), states_(states), space_(space), clock_(clock), max_age_(max_age) {}

  // A few milliseconds of work. True: there is more to do now. With `by_age`, age counts too; otherwise only
  // space does.
  Result<bool> step(bool by_age);
  // Deletes files the index does not know, one of the 256 folders per call. True: there are more folders.
  Result<bool> sweep_litter();
  // Deletes blobs that no record names and nobody holds; how many, 0 when there are none left.
  Result<size_t> drop_blobs();
  uint64_t expired_records() const { return expired_; }

 private:
  Result<size_t> drop_records(bool by_age);
  size_t how_many(uint64_t excess) const;

  Index& index_;
  BlobFiles& files_;
  BlobStates& states_;
  Space& space_;
  const Clock& clock_;
  const microseconds max_age_;
  size_t swept_ = 0;
  std::atomic<uint64_t> expired_{0};
};

}  // namespace oree::storage
