#include "nodes/hub/registry/blobs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/files/files.h"

namespace oree::hub {
namespace fs = std::filesystem;

fs::path Blobs::path(const crypto::Digest& digest) const {
  const std::string hex = digest.hex();
  return folder_ / hex.substr(0, 2) / hex;
}

Status Blobs::prepare() {
  files::RealDisk disk;
  return disk.make_folder(folder_);
}

Status Blobs::store(const crypto::Digest& digest, ByteView bytes) {
  if (crypto::sha256(bytes) != digest)
    return fail(ErrorKind::corrupt,
                cat("the bytes are not those of sha256:", digest.hex(), "; send them again"));
  if (const auto known = size(digest); known && *known == bytes.size()) return {};
  files::RealDisk disk;
  const fs::path file = path(digest);
  if (auto made = disk.make_folder(file.parent_path()); !made) return made;
  return disk.write(file, bytes);
}

Status Blobs::adopt(const crypto::Digest& digest, const fs::path& file) {
  files::RealDisk disk;
  if (size(digest)) return disk.remove(file);
  const fs::path home = path(digest);
  if (auto made = disk.make_folder(home.parent_path()); !made) return made;
  if (auto moved = disk.rename(file, home); !moved) return moved;
  return disk.sync_folder(home.parent_path());
}

std::optional<uint64_t> Blobs::size(const crypto::Digest& digest) const {
  std::error_code error;
  const auto bytes = fs::file_size(path(digest), error);
  return error ? std::nullopt : std::optional<uint64_t>(bytes);
}

Result<Mapped> Blobs::load(const crypto::Digest& digest) const {
  const fs::path file = path(digest);
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return fail(ErrorKind::not_found, cat("there is no file sha256:", digest.hex()));
  struct stat facts{};
  if (fd < 0 || ::fstat(fd, &facts) != 0) {
    if (fd >= 0) ::close(fd);
    return fail(ErrorKind::unavailable, cat("cannot read ", file.string(), ": ", std::strerror(errno)));
  }
  const auto length = static_cast<size_t>(facts.st_size);
  void* at = length == 0 ? nullptr : ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  if (at == MAP_FAILED)
    return fail(ErrorKind::unavailable, cat("cannot map ", file.string(), ": ", std::strerror(error)));
  std::shared_ptr<const void> keep(at, [length](const void* p) {
    if (p != nullptr) ::munmap(const_cast<void*>(p), length);
  });
  return Mapped{{static_cast<const std::byte*>(at), length}, std::move(keep)};
}

}  // namespace oree::hub
