// Blobs as files: blobs/ab/<sha256>. No index, no journal; synced when the caller says so. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "core/storage/record_store.h"

namespace oree::storage {

class BlobFiles {
 public:
  BlobFiles(files::Disk& disk, files::Path folder) : disk_(disk), folder_(std::move(folder)) {}

  files::Path path(const Digest& digest) const;
  Status store(const Digest& digest, ByteView bytes);
  Result<ByteBuffer> load(const Digest& digest) const;  // `corrupt` when the bytes do not match
  void remove(const Digest& digest);                    // what is not there is removed already

  // The names in one of the 256 folders that are digests; anything else there is litter and deleted.
  static constexpr size_t kFolders = 256;
  std::vector<Digest> sweep(size_t folder);
  uint64_t written_bytes() const { return written_; }

  // Makes durable what was stored since the last time, and no more: another process may have gigabytes to
  // write on the same disk, and who starts or stops does not wait for those. When there are too many files to
  // name, the whole file system.
  Status sync();
  // The caller syncs everything by itself.
  void forget_unsynced();

 private:
  files::Path folder_path(size_t folder) const;
  files::Disk& disk_;
  files::Path folder_;
  std::mutex writing_;  // a sweep must not take a file under its temporary name for litter
  std::array<bool, kFolders> made_{};
  std::atomic<uint64_t> written_{0};
  static constexpr size_t kMostNamed = 20'000;
  std::vector<Digest> unsynced_;  // kMostNamed of them: and more
};

}  // namespace oree::storage
