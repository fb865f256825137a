// A disk under a process that ends at a chosen moment: right after a file was written or put in its place,
// before anybody is told. What lies under it stays, so the next process begins where this one ended.
#pragma once

#include <functional>

#include "platform/files/files.h"

namespace oree::deployment::testing {

class DyingDisk final : public files::Disk {
 public:
  using Path = files::Path;
  // The last thing this process does: this path was written with these bytes; no bytes: a file was put there.
  using Last = std::function<bool(const Path& path, ByteView bytes)>;

  explicit DyingDisk(files::Disk& under) : under_(under) {}
  void die_after(Last last) { last_ = std::move(last); }
  bool alive() const { return !dead_; }

  Result<ByteBuffer> read(const Path& path, uint64_t max_bytes) override {
    return dead_ ? gone() : under_.read(path, max_bytes);
  }
  Result<ByteBuffer> read_part(const Path& path, uint64_t offset, uint64_t length) override {
    return dead_ ? gone() : under_.read_part(path, offset, length);
  }
  Status write(const Path& path, ByteView bytes) override {
    return told(path, bytes, dead_ ? gone() : under_.write(path, bytes));
  }
  Status write_unsynced(const Path& path, ByteView bytes) override {
    return dead_ ? gone() : under_.write_unsynced(path, bytes);
  }
  Result<std::unique_ptr<files::Appender>> open_append(const Path& path,
                                                       std::optional<uint64_t> keep) override {
    if (dead_) return gone();
    auto file = under_.open_append(path, keep);
    if (!file) return file;
    return std::make_unique<Open>(*this, path, std::move(*file));
  }
  Result<std::unique_ptr<files::FixedFile>> open_fixed(const Path& path, uint64_t size) override {
    return dead_ ? gone() : under_.open_fixed(path, size);
  }
  Status rename(const Path& from, const Path& to) override {
    return dead_ ? gone() : under_.rename(from, to);
  }
  Status remove(const Path& path) override { return dead_ ? gone() : under_.remove(path); }
  Status make_folder(const Path& path) override { return dead_ ? gone() : under_.make_folder(path); }
  Status remove_folder(const Path& path) override {
    return told(path, {}, dead_ ? gone() : under_.remove_folder(path));
  }
  Result<std::vector<Path>> list(const Path& folder) override { return dead_ ? gone() : under_.list(folder); }
  Status sync_file(const Path& path) override { return dead_ ? gone() : under_.sync_file(path); }
  Status sync_folder(const Path& path) override {
    return told(path, {}, dead_ ? gone() : under_.sync_folder(path));
  }
  Status sync_all(const Path& path) override { return dead_ ? gone() : under_.sync_all(path); }
  Result<uint64_t> free_bytes(const Path& path) override { return dead_ ? gone() : under_.free_bytes(path); }
  Result<std::unique_ptr<files::FolderLock>> lock(const Path& folder) override {
    return dead_ ? gone() : under_.lock(folder);
  }

 private:
  class Open final : public files::Appender {
   public:
    Open(DyingDisk& disk, Path path, std::unique_ptr<files::Appender> file)
        : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}
    Status append(ByteView bytes) override { return disk_.dead_ ? gone() : file_->append(bytes); }
    Status sync() override { return disk_.told(path_, {}, disk_.dead_ ? gone() : file_->sync()); }
    uint64_t size() const override { return file_->size(); }

   private:
    DyingDisk& disk_;
    Path path_;
    std::unique_ptr<files::Appender> file_;
  };

  static std::unexpected<Error> gone() { return fail(ErrorKind::unavailable, "the process has ended"); }
  Status told(const Path& path, ByteView bytes, Status done) {
    if (!done || !last_ || !last_(path, bytes)) return done;
    dead_ = true;
    return gone();
  }

  files::Disk& under_;
  Last last_;
  bool dead_ = false;
};

}  // namespace oree::deployment::testing
