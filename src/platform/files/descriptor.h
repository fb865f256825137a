// A POSIX file descriptor that closes itself, and errno as an Error. Private to this room.
#pragma once

#include <span>
#include <string_view>

#include "platform/files/files.h"

namespace oree::files {

// "cannot write /data/x: No space left on device", with the kind that errno stands for.
std::unexpected<Error> fail_with_errno(std::string_view action, const Path& path, int error);

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  static Result<Descriptor> open(const Path& path, int flags, std::string_view action);
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Both go on after short writes and interruptions.
Status write_all(int fd, ByteView bytes, const Path& path);
Status write_all_at(int fd, uint64_t offset, std::span<const ByteView> parts, const Path& path);

}  // namespace oree::files
