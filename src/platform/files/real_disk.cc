#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "platform/files/open_files.h"

namespace oree::files {
namespace {

Path folder_of(const Path& path) {
  return path.has_parent_path() ? path.parent_path() : Path(".");
}

Status sync_path(const Path& path, int flags) {
  auto file = Descriptor::open(path, flags, "open");
  if (!file) return forward(file);
  if (::fsync(file->get()) != 0) return fail_with_errno("sync", path, errno);
  return {};
}

Result<uint64_t> size_of(int fd, const Path& path) {
  struct stat facts{};
  if (::fstat(fd, &facts) != 0) return fail_with_errno("look at", path, errno);
  return static_cast<uint64_t>(facts.st_size);
}

// From where the file stands; shorter when somebody made it shorter meanwhile.
Result<ByteBuffer> read_up_to(int fd, uint64_t length, const Path& path) {
  ByteBuffer bytes(length);
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_with_errno("read", path, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Status write_new(const Path& path, ByteView bytes, bool durable) {
  auto file = Descriptor::open(path, O_WRONLY | O_CREAT | O_TRUNC, "create");
  if (!file) return forward(file);
  if (auto written = write_all(file->get(), bytes, path); !written) return written;
  if (durable && ::fdatasync(file->get()) != 0) return fail_with_errno("sync", path, errno);
  return {};
}

class RealFolderLock final : public FolderLock {
 public:
  explicit RealFolderLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;  // closing it lets go of the lock
};

}  // namespace

Result<ByteBuffer> RealDisk::read(const Path& path, uint64_t max_bytes) {
  auto file = Descriptor::open(path, O_RDONLY, "read");
  if (!file) return forward(file);
  const auto size = size_of(file->get(), path);
  if (!size) return forward(size);
  if (*size > max_bytes) {
    return fail(ErrorKind::invalid, cat(path.string(), " has ", size_text(*size), ", more than the ",
                                        size_text(max_bytes), " allowed"));
  }
  return read_up_to(file->get(), *size, path);
}

Result<ByteBuffer> RealDisk::read_part(const Path& path, uint64_t offset, uint64_t length) {
  auto file = Descriptor::open(path, O_RDONLY, "read");
  if (!file) return forward(file);
  const auto size = size_of(file->get(), path);
  if (!size) return forward(size);
  if (::lseek(file->get(), static_cast<off_t>(offset), SEEK_SET) < 0)
    return fail_with_errno("read", path, errno);
  return read_up_to(file->get(), offset < *size ? std::min(length, *size - offset) : 0, path);
}

Status RealDisk::replace(const Path& path, ByteView bytes, bool durable) {
  Path fresh = path;
  fresh += cat(".new-", ::getpid(), "-", next_temporary_.fetch_add(1, std::memory_order_relaxed));
  auto written = write_new(fresh, bytes, durable);
  if (written && ::rename(fresh.c_str(), path.c_str()) != 0)
    written = fail_with_errno("replace", path, errno);
  if (!written) {
    (void)::unlink(fresh.c_str());
    return written;
  }
  return durable ? sync_folder(folder_of(path)) : Status();
}

Status RealDisk::write(const Path& path, ByteView bytes) {
  return replace(path, bytes, true);
}

Status RealDisk::write_unsynced(const Path& path, ByteView bytes) {
  return replace(path, bytes, false);
}

Result<std::unique_ptr<Appender>> RealDisk::open_append(const Path& path, std::optional<uint64_t> keep) {
  auto file = Descriptor::open(path, O_WRONLY | O_CREAT | O_APPEND, "open");
  if (!file) return forward(file);
  if (keep && ::ftruncate(file->get(), static_cast<off_t>(*keep)) != 0) {
    return fail_with_errno("cut", path, errno);
  }
  const auto size = size_of(file->get(), path);
  if (!size) return forward(size);
  if (auto synced = sync_folder(folder_of(path)); !synced) return forward(synced);
  return std::make_unique<RealAppender>(std::move(*file), path, *size);
}

Result<std::unique_ptr<FixedFile>> RealDisk::open_fixed(const Path& path, uint64_t size) {
  auto file = Descriptor::open(path, O_RDWR | O_CREAT, "open");
  if (!file) return forward(file);
  const auto now = size_of(file->get(), path);
  if (!now) return forward(now);
  if (*now > size && ::ftruncate(file->get(), static_cast<off_t>(size)) != 0) {
    return fail_with_errno("cut", path, errno);
  }
  // Always, not only when it grows: a file of the right size may still have holes.
  const int error = ::posix_fallocate(file->get(), 0, static_cast<off_t>(size));
  if (error != 0) {
    if (*now == 0) (void)::unlink(path.c_str());
    return fail_with_errno("allocate", path, error);
  }
  if (::fsync(file->get()) != 0) return fail_with_errno("sync", path, errno);
  if (auto synced = sync_folder(folder_of(path)); !synced) return forward(synced);
  return std::make_unique<RealFixedFile>(std::move(*file), path, size);
}

Status RealDisk::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_with_errno("rename", from, errno);
  return {};
}

Status RealDisk::remove(const Path& path) {
  if (::unlink(path.c_str()) != 0) return fail_with_errno("remove", path, errno);
  return {};
}

Status RealDisk::make_folder(const Path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail_with_errno("make folder", path, error.value());
  return {};
}

Status RealDisk::remove_folder(const Path& path) {
  if (::rmdir(path.c_str()) == 0) return {};
  if (errno != ENOTEMPTY && errno != EEXIST) return fail_with_errno("remove", path, errno);
  return fail(ErrorKind::conflict, cat("cannot remove ", path.string(), ": it is not empty"));
}

Result<std::vector<Path>> RealDisk::list(const Path& folder) {
  std::error_code error;
  std::vector<Path> names;
  auto entry = std::filesystem::directory_iterator(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (error) return fail_with_errno("list", folder, error.value());
  std::ranges::sort(names);
  return names;
}

Status RealDisk::sync_file(const Path& path) {
  return sync_path(path, O_RDONLY);
}

void RealDisk::start_sync(const Path& path) {
  if (auto file = Descriptor::open(path, O_RDONLY, "open"))
    (void)::sync_file_range(file->get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

Status RealDisk::sync_folder(const Path& path) {
  return sync_path(path, O_RDONLY | O_DIRECTORY);
}

Status RealDisk::sync_all(const Path& path) {
  auto file = Descriptor::open(path, O_RDONLY, "open");
  if (!file) return forward(file);
  if (::syncfs(file->get()) != 0) return fail_with_errno("sync the file system of", path, errno);
  return {};
}

Result<uint64_t> RealDisk::free_bytes(const Path& path) {
  struct statvfs facts{};
  if (::statvfs(path.c_str(), &facts) != 0) return fail_with_errno("look at", path, errno);
  return static_cast<uint64_t>(facts.f_bavail) * facts.f_frsize;
}

Result<std::unique_ptr<FolderLock>> RealDisk::lock(const Path& folder) {
  const Path path = folder / "lock";
  auto file = Descriptor::open(path, O_RDWR | O_CREAT, "open");
  if (!file) return forward(file);
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_with_errno("lock", path, errno);
    return fail(ErrorKind::conflict, cat(folder.string(), " is in use by another process, which holds ",
                                         path.string(), "; stop it or choose another folder"));
  }
  return std::make_unique<RealFolderLock>(std::move(*file));
}

}  // namespace oree::files
