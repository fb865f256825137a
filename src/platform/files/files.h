// Files done right: durable writes, bounded reads, and a fake disk that fails on purpose.
//
// `Disk` is the small interface storage is written against, so that tests can fill it, tear it and fail its
// fsync (testing/fake_disk.h). Habit: write new + fdatasync + rename + fsync(dir); a failed fdatasync poisons
// the file (it refuses for ever). Errors: `full` for ENOSPC/EDQUOT, `not_found`, `denied`, `conflict` for a
// lock somebody else holds, `unavailable` for I/O errors; each names the path.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace oree::files {

using Path = std::filesystem::path;

// One open file, written at its end. Not thread-safe.
class Appender {
 public:
  virtual ~Appender() = default;
  virtual Status append(ByteView bytes) = 0;
  virtual Status sync() = 0;  // fdatasync; after one failure every call fails
  virtual uint64_t size() const = 0;
};

// One open file whose size is allocated beforehand and never changes, so that a sync writes data and no
// metadata (about half the time of a growing file, and a far shorter tail). Not thread-safe.
class FixedFile {
 public:
  virtual ~FixedFile() = default;
  // The parts one after the other from `offset`. Never beyond size().
  virtual Status write_at(uint64_t offset, std::span<const ByteView> parts) = 0;
  virtual void begin_flush(uint64_t offset, uint64_t length) = 0;  // a hint: start the I/O, wait for nothing
  virtual Status sync() = 0;  // fdatasync; after one failure every call fails
  virtual uint64_t size() const = 0;
};

// Held until destroyed, by one process at a time; the system releases it when the process dies.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

// Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<ByteBuffer> read(const Path& path, uint64_t max_bytes) = 0;
  // Up to `length` bytes from `offset`; fewer, or none, at the file's end.
  virtual Result<ByteBuffer> read_part(const Path& path, uint64_t offset, uint64_t length) = 0;
  // Atomic and durable: new file beside, fdatasync, rename, fsync of the folder.
  virtual Status write(const Path& path, ByteView bytes) = 0;
  // The same without any sync: for data that a journal can give again.
  virtual Status write_unsynced(const Path& path, ByteView bytes) = 0;
  // Opens for appending, creating it; truncates to `keep` bytes first when given.
  virtual Result<std::unique_ptr<Appender>> open_append(const Path& path, std::optional<uint64_t> keep) = 0;
  // Opens for writing in place, creating it; the allocation is durable when this returns.
  virtual Result<std::unique_ptr<FixedFile>> open_fixed(const Path& path, uint64_t size) = 0;
  virtual Status rename(const Path& from, const Path& to) = 0;     // replaces `to`; not synced
  virtual Status remove(const Path& path) = 0;                     // not synced
  virtual Status make_folder(const Path& path) = 0;                // with parents; fine when it exists
  virtual Status remove_folder(const Path& path) = 0;              // `conflict` unless it is empty
  virtual Result<std::vector<Path>> list(const Path& folder) = 0;  // names, sorted
  virtual Status sync_file(const Path& path) = 0;
  // Ahead of many sync_file()s: starts writing and waits for nothing. A hint; what goes wrong shows in the
  // sync.
  virtual void start_sync(const Path& /*path*/) {}
  virtual Status sync_folder(const Path& path) = 0;
  virtual Status sync_all(const Path& path) = 0;  // everything on the file system that holds `path`
  virtual Result<uint64_t> free_bytes(const Path& path) = 0;
  virtual Result<std::unique_ptr<FolderLock>> lock(const Path& folder) = 0;  // file "lock" inside
};

class RealDisk final : public Disk {
 public:
  Result<ByteBuffer> read(const Path& path, uint64_t max_bytes) override;
  Result<ByteBuffer> read_part(const Path& path, uint64_t offset, uint64_t length) override;
  Status write(const Path& path, ByteView bytes) override;
  Status write_unsynced(const Path& path, ByteView bytes) override;
  Result<std::unique_ptr<Appender>> open_append(const Path& path, std::optional<uint64_t> keep) override;
  Result<std::unique_ptr<FixedFile>> open_fixed(const Path& path, uint64_t size) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& path) override;
  Status make_folder(const Path& path) override;
  Status remove_folder(const Path& path) override;
  Result<std::vector<Path>> list(const Path& folder) override;
  Status sync_file(const Path& path) override;
  void start_sync(const Path& path) override;
  Status sync_folder(const Path& path) override;
  Status sync_all(const Path& path) override;
  Result<uint64_t> free_bytes(const Path& path) override;
  Result<std::unique_ptr<FolderLock>> lock(const Path& folder) override;

 private:
  Status replace(const Path& path, ByteView bytes, bool durable);
  std::atomic<uint64_t> next_temporary_{0};
};

}  // namespace oree::files
