// The workings of FakeDisk: the second half of fake_disk.h, which includes it at its end. Never included
// alone.
#pragma once

namespace oree::files::testing {

inline void FakeDisk::apply(Names& names, const NameChange& change) {
  for (const auto& [name, file] : change.entries) {
    if (file) {
      names[name] = file;
    } else {
      names.erase(name);
    }
  }
}

inline Status FakeDisk::power() const {
  if (changes_left_ > 0) return {};
  return fail(ErrorKind::unavailable, "the fake disk has lost its power");
}

inline Status FakeDisk::change() {
  ++changes_;
  if (--changes_left_ == 0) return power();
  return {};
}

inline uint64_t FakeDisk::used() const {
  uint64_t sum = 0;
  for (const auto& [name, file] : names_) sum += file->now.size();
  return sum;
}

inline Status FakeDisk::reserve(uint64_t more) const {
  if (used() + more <= capacity_) return {};
  return fail(ErrorKind::full, "the fake disk is full");
}

inline FakeDisk::FilePtr FakeDisk::find(const Path& path) const {
  const auto found = names_.find(path.string());
  return found == names_.end() ? nullptr : found->second;
}

inline void FakeDisk::rename_in_memory(NameChange change) {
  apply(names_, change);
  unsynced_names_.push_back(std::move(change));
}

inline void FakeDisk::sync_names(const std::string& folder, size_t at_most) {
  std::erase_if(unsynced_names_, [&](const NameChange& renamed) {
    if (renamed.folder != folder || at_most == 0) return false;
    --at_most;
    apply(durable_names_, renamed);
    return true;
  });
}

inline Status FakeDisk::sync(File& file) {
  if (failing_syncs_ > 0) {
    --failing_syncs_;
    file.thought_clean = file.now;
    return fail(ErrorKind::unavailable, "cannot sync: Input/output error");
  }
  if (!file.thought_clean) {
    file.durable = file.now;
    return {};
  }
  const ByteBuffer& clean = *file.thought_clean;
  file.durable.resize(file.now.size());
  for (size_t i = 0; i < file.now.size(); ++i) {
    if (i >= clean.size() || clean[i] != file.now[i]) file.durable[i] = file.now[i];
  }
  return {};
}

// What one file looks like when the lights come on again.
inline void FakeDisk::survive(File& file, int keep_percent) {
  const auto keep = [&] { return static_cast<int>(random_() % 100) < keep_percent; };
  if (file.now.size() != file.durable.size() && keep()) file.durable.resize(file.now.size());
  for (size_t at = 0; at < file.durable.size() && at < file.now.size(); at += kSector) {
    const size_t end = std::min({at + kSector, file.durable.size(), file.now.size()});
    if (std::equal(&file.now[at], &file.now[at] + (end - at), &file.durable[at])) continue;
    if (keep()) std::copy(&file.now[at], &file.now[at] + (end - at), &file.durable[at]);
  }
  file.now = file.durable;
  file.thought_clean.reset();
}

inline void FakeDisk::restore_power() {
  const std::lock_guard lock(mutex_);
  failing_syncs_ = 0;
  constexpr int kPercents[] = {0, 50, 90, 100};
  const int keep_percent = kPercents[random_() % std::size(kPercents)];
  std::map<std::string, bool> still_kept;  // by folder: once one change is lost, so are those after it
  for (const NameChange& change : unsynced_names_) {
    auto [folder, fresh] = still_kept.try_emplace(change.folder, true);
    if (static_cast<int>(random_() % 100) >= keep_percent) folder->second = false;
    if (folder->second) apply(durable_names_, change);
  }
  unsynced_names_.clear();
  names_ = durable_names_;
  for (const auto& [name, file] : names_) survive(*file, keep_percent);
  locks_.clear();
  inside_ = false;
  changes_left_ = ~0ull;
  failing_syncs_ = 0;
}

inline void FakeDisk::damage(const Path& path, uint64_t offset, ByteView bytes) {
  const std::lock_guard lock(mutex_);
  const FilePtr file = find(path);
  if (!file || offset + bytes.size() > file->now.size()) std::abort();  // the test is wrong
  std::ranges::copy(bytes, file->now.begin() + static_cast<ptrdiff_t>(offset));
  file->durable = file->now;
}

inline Result<ByteBuffer> FakeDisk::read(const Path& path, uint64_t max_bytes) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return forward(on);
  const FilePtr file = find(path);
  if (!file) return fail(ErrorKind::not_found, cat("cannot read ", path.string(), ": no such file"));
  if (file->now.size() > max_bytes) return fail(ErrorKind::invalid, cat(path.string(), " is too large"));
  return file->now;
}

inline Result<ByteBuffer> FakeDisk::read_part(const Path& path, uint64_t offset, uint64_t length) {
  auto whole = read(path, ~0ull);
  if (!whole) return whole;
  const auto from = whole->begin() + static_cast<ptrdiff_t>(std::min<uint64_t>(offset, whole->size()));
  const auto count = std::min<uint64_t>(length, static_cast<uint64_t>(whole->end() - from));
  return ByteBuffer(from, from + static_cast<ptrdiff_t>(count));
}

// Where a write that replaces a file may stop: in its new file, before the new name, before that name is
// safe.
inline void FakeDisk::tear_write(const Path& path, const FilePtr& file, bool durable) {
  const uint64_t where = random_() % 3;
  if (where != 0 && durable) file->durable = file->now;
  if (where == 2) {
    rename_in_memory({folder_of(path), {{path.string(), file}}});
    return;
  }
  if (where == 0) file->now.resize(part_of(file->now.size()));
  rename_in_memory({folder_of(path), {{path.string() + ".new-1-1", file}}});
}

inline Status FakeDisk::replace(const Path& path, ByteView bytes, bool durable) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  if (!folders_.contains(folder_of(path)))
    return fail(ErrorKind::not_found, cat("no folder for ", path.string()));
  if (auto room = reserve(bytes.size()); !room) return room;
  auto file = std::make_shared<File>();
  file->now.assign(bytes.begin(), bytes.end());
  if (torn()) {
    tear_write(path, file, durable);
    return change();
  }
  if (durable) {
    if (auto synced = sync(*file); !synced) return synced;
  }
  rename_in_memory({folder_of(path), {{path.string(), file}}});
  if (durable) {
    sync_names(folder_of(path));
  }
  return change();
}

inline Status FakeDisk::write(const Path& path, ByteView bytes) {
  return replace(path, bytes, true);
}

inline Status FakeDisk::write_unsynced(const Path& path, ByteView bytes) {
  return replace(path, bytes, false);
}

class FakeDisk::Open final : public Appender, public FixedFile {
 public:
  Open(FakeDisk& disk, FilePtr file) : disk_(disk), file_(std::move(file)) {}

  Status append(ByteView bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto usable = check(); !usable) return usable;
    if (auto room = disk_.reserve(bytes.size()); !room) return room;
    if (disk_.torn()) bytes = bytes.first(disk_.part_of(bytes.size()));
    file_->now.insert(file_->now.end(), bytes.begin(), bytes.end());
    return disk_.change();
  }
  Status write_at(uint64_t offset, std::span<const ByteView> parts) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto usable = check(); !usable) return usable;
    for (const ByteView part : parts) {
      if (offset + part.size() > file_->now.size()) return fail(ErrorKind::bug, "write beyond the end");
      const size_t count = disk_.torn() ? disk_.part_of(part.size()) : part.size();
      std::ranges::copy(part.first(count), file_->now.begin() + static_cast<ptrdiff_t>(offset));
      offset += part.size();
    }
    return disk_.change();
  }
  void begin_flush(uint64_t, uint64_t) override {}
  Status sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto usable = check(); !usable) return usable;
    if (disk_.torn()) return disk_.change();  // what got through is left to chance
    if (auto synced = disk_.sync(*file_); !synced) {
      failed_ = true;
      return synced;
    }
    return disk_.change();
  }
  uint64_t size() const override {
    const std::lock_guard lock(disk_.mutex_);
    return file_->now.size();
  }

 private:
  Status check() const {
    if (failed_) return fail(ErrorKind::unavailable, "an earlier sync failed");
    return disk_.power();
  }
  FakeDisk& disk_;
  FilePtr file_;
  bool failed_ = false;
};

inline Result<std::unique_ptr<Appender>> FakeDisk::open_append(const Path& path,
                                                               std::optional<uint64_t> keep) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return forward(on);
  FilePtr file = find(path);
  if (!file) {
    file = std::make_shared<File>();
    rename_in_memory({folder_of(path), {{path.string(), file}}});
  }
  if (keep) file->now.resize(*keep);
  return std::make_unique<Open>(*this, file);
}

inline Result<std::unique_ptr<FixedFile>> FakeDisk::open_fixed(const Path& path, uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return forward(on);
  FilePtr file = find(path);
  const uint64_t before = file ? file->now.size() : 0;
  if (size > before) {
    if (auto room = reserve(size - before); !room) return forward(room);
  }
  if (!file) file = std::make_shared<File>();
  file->now.resize(size);
  file->durable.resize(size);
  rename_in_memory({folder_of(path), {{path.string(), file}}});
  sync_names(folder_of(path));
  if (auto told = change(); !told) return forward(told);
  return std::make_unique<Open>(*this, file);
}

inline Status FakeDisk::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  const FilePtr file = find(from);
  if (!file) return fail(ErrorKind::not_found, cat("cannot rename ", from.string(), ": no such file"));
  rename_in_memory({folder_of(to), {{from.string(), nullptr}, {to.string(), file}}});
  return change();
}

inline Status FakeDisk::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  if (!find(path)) return fail(ErrorKind::not_found, cat("cannot remove ", path.string(), ": no such file"));
  rename_in_memory({folder_of(path), {{path.string(), nullptr}}});
  return change();
}

inline Status FakeDisk::make_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  for (Path at = path; at.has_relative_path(); at = at.parent_path()) folders_.insert(at.string());
  return {};
}

inline Status FakeDisk::remove_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  const std::string folder = path.string();
  if (!folders_.contains(folder)) return fail(ErrorKind::not_found, cat("no folder ", folder));
  const auto below = [&](const std::string& name) { return folder_of(name) == folder; };
  if (std::ranges::any_of(names_, [&](const auto& entry) { return below(entry.first); }) ||
      std::ranges::any_of(folders_, below)) {
    return fail(ErrorKind::conflict, cat("cannot remove ", folder, ": it is not empty"));
  }
  folders_.erase(folder);
  return change();
}

inline Result<std::vector<Path>> FakeDisk::list(const Path& folder) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return forward(on);
  if (!folders_.contains(folder.string()))
    return fail(ErrorKind::not_found, cat("no folder ", folder.string()));
  std::vector<Path> names;
  for (const auto& [name, file] : names_) {
    if (folder_of(name) == folder.string()) names.push_back(Path(name).filename());
  }
  for (const std::string& name : folders_) {
    if (folder_of(name) == folder.string()) names.push_back(Path(name).filename());
  }
  std::ranges::sort(names);
  return names;
}

inline Status FakeDisk::sync_file(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  const FilePtr file = find(path);
  if (!file) return fail(ErrorKind::not_found, cat("cannot sync ", path.string(), ": no such file"));
  if (torn()) return change();
  if (auto synced = sync(*file); !synced) return synced;
  return change();
}

inline Status FakeDisk::sync_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  sync_names(path.string(), torn() ? part_of(unsynced_names_.size() + 1) : ~size_t{0});
  return change();
}

inline Status FakeDisk::sync_all(const Path&) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return on;
  if (torn()) return change();
  for (const auto& [name, file] : names_) {
    if (auto synced = sync(*file); !synced) return synced;
  }
  durable_names_ = names_;
  unsynced_names_.clear();
  return change();
}

inline Result<uint64_t> FakeDisk::free_bytes(const Path&) {
  const std::lock_guard lock(mutex_);
  if (auto on = power(); !on) return forward(on);
  const uint64_t taken = used();
  return taken < capacity_ ? capacity_ - taken : 0;
}

class FakeDisk::Lock final : public FolderLock {
 public:
  Lock(FakeDisk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  ~Lock() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.locks_.erase(folder_);
  }

 private:
  FakeDisk& disk_;
  std::string folder_;
};

inline Result<std::unique_ptr<FolderLock>> FakeDisk::lock(const Path& folder) {
  const std::lock_guard lock(mutex_);
  if (!locks_.insert(folder.string()).second) {
    return fail(ErrorKind::conflict, cat(folder.string(), " is in use by another process"));
  }
  return std::make_unique<Lock>(*this, folder.string());
}

}  // namespace oree::files::testing
