#include "platform/files/open_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace oree::files {

Status PoisonedBySync::check(const Path& path) const {
  if (!failed_) return {};
  return fail(ErrorKind::unavailable,
              cat(path.string(), ": an earlier sync failed, so what it holds is unknown; open it anew"));
}

Status PoisonedBySync::sync(int fd, const Path& path) {
  if (auto sound = check(path); !sound) return sound;
  if (::fdatasync(fd) == 0) return {};
  failed_ = true;
  // Whatever the reason (even ENOSPC of a late allocation), what was written before is not to be trusted.
  return fail(ErrorKind::unavailable, fail_with_errno("sync", path, errno).error().what);
}

Status RealAppender::append(ByteView bytes) {
  if (auto sound = poison_.check(path_); !sound) return sound;
  if (auto written = write_all(file_.get(), bytes, path_); !written) {
    // Half an append must not stay: the next one would start in the middle of it.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
      return fail_with_errno("cut back", path_, errno);
    }
    return written;
  }
  size_ += bytes.size();
  return {};
}

Status RealFixedFile::write_at(uint64_t offset, std::span<const ByteView> parts) {
  if (auto sound = poison_.check(path_); !sound) return sound;
  uint64_t length = 0;
  for (const ByteView part : parts) length += part.size();
  if (offset > size_ || length > size_ - offset) {
    return fail(ErrorKind::bug, cat(path_.string(), ": write of ", length, " bytes at ", offset,
                                    " ends beyond its ", size_, " bytes"));
  }
  return write_all_at(file_.get(), offset, parts, path_);
}

void RealFixedFile::begin_flush(uint64_t offset, uint64_t length) {
  // Only a hint: file systems without it do the same work at the next sync.
  (void)::sync_file_range(file_.get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                          SYNC_FILE_RANGE_WRITE);
}

}  // namespace oree::files
