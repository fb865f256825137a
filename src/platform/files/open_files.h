// The files RealDisk hands out. Private to this room.
#pragma once

#include "platform/files/descriptor.h"

namespace oree::files {

// fdatasync with the rule that matters: the kernel marks pages clean after a failed writeback, so a second
// try would succeed without the data. One failure is for ever.
class PoisonedBySync {
 public:
  Status check(const Path& path) const;
  Status sync(int fd, const Path& path);

 private:
  bool failed_ = false;
};

class RealAppender final : public Appender {
 public:
  RealAppender(Descriptor file, Path path, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}
  Status append(ByteView bytes) override;
  Status sync() override { return poison_.sync(file_.get(), path_); }
  uint64_t size() const override { return size_; }

 private:
  Descriptor file_;
  Path path_;
  uint64_t size_;
  PoisonedBySync poison_;
};

class RealFixedFile final : public FixedFile {
 public:
  RealFixedFile(Descriptor file, Path path, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}
  Status write_at(uint64_t offset, std::span<const ByteView> parts) override;
  void begin_flush(uint64_t offset, uint64_t length) override;
  Status sync() override { return poison_.sync(file_.get(), path_); }
  uint64_t size() const override { return size_; }

 private:
  Descriptor file_;
  Path path_;
  uint64_t size_;
  PoisonedBySync poison_;
};

}  // namespace oree::files
