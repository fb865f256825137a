#include "platform/files/descriptor.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace oree::files {
namespace {

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::full;
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::denied;
    default:
      return ErrorKind::unavailable;
  }
}

// Drops the first `done` bytes of what is still to be written.
void advance(std::vector<iovec>& vectors, size_t done) {
  size_t whole = 0;
  while (whole < vectors.size() && vectors[whole].iov_len <= done) done -= vectors[whole++].iov_len;
  vectors.erase(vectors.begin(), vectors.begin() + static_cast<ptrdiff_t>(whole));
  if (vectors.empty()) return;
  vectors.front().iov_base = static_cast<char*>(vectors.front().iov_base) + done;
  vectors.front().iov_len -= done;
}

}  // namespace

std::unexpected<Error> fail_with_errno(std::string_view action, const Path& path, int error) {
  const char* reason = strerrordesc_np(error);
  return fail(kind_of(error),
              cat("cannot ", action, " ", path.string(), ": ", reason != nullptr ? reason : "unknown error"));
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> Descriptor::open(const Path& path, int flags, std::string_view action) {
  while (true) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return fail_with_errno(action, path, errno);
  }
}

Status write_all(int fd, ByteView bytes, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail_with_errno("write", path, errno);
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
  return {};
}

Status write_all_at(int fd, uint64_t offset, std::span<const ByteView> parts, const Path& path) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  for (const ByteView part : parts) {
    if (!part.empty()) left.push_back({const_cast<std::byte*>(part.data()), part.size()});
  }
  while (!left.empty()) {
    const int count = static_cast<int>(std::min<size_t>(left.size(), IOV_MAX));
    const ssize_t done = ::pwritev(fd, left.data(), count, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail_with_errno("write", path, errno);
    offset += static_cast<uint64_t>(done);
    advance(left, static_cast<size_t>(done));
  }
  return {};
}

}  // namespace oree::files
