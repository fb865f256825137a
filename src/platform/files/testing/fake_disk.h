// A disk in memory that remembers what was not synced, and can fill up, fail a sync, and lose its power.
//
//   FakeDisk disk(42);              // seed of everything that is left to chance
//   disk.lose_power_after(17);      // the 17th change from now still happens, but nobody is told
//   disk.lose_power_inside(17);     // or: only a part of it happens
//   … use it until everything fails with `unavailable` …
//   disk.restore_power();           // unsynced sectors are kept, lost or mixed; names too, in folder order
//
// The model: a sync of a file makes its contents durable, not its name; sync_folder makes names durable, in
// order of change; sectors of 512 bytes are whole, and everything else about unsynced data is chance. After a
// failed sync the dirty sectors count as clean, as on Linux: a second sync succeeds without them. Folders
// themselves are durable at once. Thread-safe.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "platform/files/files.h"

namespace oree::files::testing {

class FakeDisk final : public Disk {
 public:
  explicit FakeDisk(uint64_t seed = 1) : random_(seed) {}

  // How a test makes it fail.
  void lose_power_after(uint64_t changes) {
    const std::lock_guard lock(mutex_);
    changes_left_ = changes;
    inside_ = false;
  }
  // The power goes in the middle of that change: a part of the bytes, of the sectors synced or of the names
  // is done, and a write that replaces a file stops somewhere between its new file and the old name.
  void lose_power_inside(uint64_t change) {
    const std::lock_guard lock(mutex_);
    changes_left_ = change;
    inside_ = true;
  }
  bool has_power() const {
    const std::lock_guard lock(mutex_);
    return changes_left_ != 0;
  }
  void restore_power();
  void set_capacity(uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
  }
  // Whoever syncs next; forgotten when the power comes back.
  void fail_next_sync() {
    const std::lock_guard lock(mutex_);
    ++failing_syncs_;
  }
  // What is on the platters now, for tests that damage it.
  void damage(const Path& path, uint64_t offset, ByteView bytes);
  uint64_t changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  uint64_t used_bytes() const {
    const std::lock_guard lock(mutex_);
    return used();
  }

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
  Status sync_folder(const Path& path) override;
  Status sync_all(const Path& path) override;
  Result<uint64_t> free_bytes(const Path& path) override;
  Result<std::unique_ptr<FolderLock>> lock(const Path& folder) override;

 private:
  static constexpr size_t kSector = 512;
  struct File {
    ByteBuffer now;
    ByteBuffer durable;
    std::optional<ByteBuffer> thought_clean;  // contents at the last failed sync
  };
  using FilePtr = std::shared_ptr<File>;
  using Names = std::map<std::string, FilePtr>;
  struct NameChange {
    std::string folder;
    std::vector<std::pair<std::string, FilePtr>> entries;  // null: gone
  };
  class Open;
  class Lock;

  static std::string folder_of(const Path& path) { return path.parent_path().string(); }
  static void apply(Names& names, const NameChange& change);
  Status power() const;
  bool torn() const { return inside_ && changes_left_ == 1; }  // this change is only half done
  size_t part_of(size_t whole) { return whole == 0 ? 0 : random_() % whole; }
  void tear_write(const Path& path, const FilePtr& file, bool durable);
  Status change();  // counts one, and says whether the caller may be told it worked
  Status sync(File& file);
  void survive(File& file, int keep_percent);
  void rename_in_memory(NameChange change);
  void sync_names(const std::string& folder, size_t at_most = ~size_t{0});
  uint64_t used() const;
  Status reserve(uint64_t more) const;
  FilePtr find(const Path& path) const;
  Status replace(const Path& path, ByteView bytes, bool durable);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;
  std::set<std::string> folders_;
  std::set<std::string> locks_;
  uint64_t capacity_ = 1ull << 40;
  uint64_t changes_ = 0;
  uint64_t changes_left_ = ~0ull;
  bool inside_ = false;
  uint64_t failing_syncs_ = 0;
};

}  // namespace oree::files::testing

#include "platform/files/testing/fake_disk_impl.h"
