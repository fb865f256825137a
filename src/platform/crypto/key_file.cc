#include "platform/crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostBytes = 4096;

class Open {
 public:
  Open(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> failed(std::string_view what, const fs::path& path) {
  const auto kind = errno == EACCES ? ErrorKind::denied : ErrorKind::unavailable;
  return fail(kind, cat("cannot ", what, " ", path.string(), ": ", std::strerror(errno)));
}

Result<SigningKey> read_key(const Open& file, const fs::path& path) {
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return failed("read", path);
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorKind::denied, cat(path.string(), " can be read by others than its owner; chmod 600 ",
                                       path.string(), " closes it"));
  }
  std::array<char, kMostBytes> text{};
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  if (count < 0) return failed("read", path);
  auto key = SigningKey::from_pem({text.data(), static_cast<size_t>(count)});
  if (!key) return fail(ErrorKind::corrupt, cat(path.string(), ": ", key.error().what));
  return key;
}

Status sync_folder(const fs::path& path) {
  const Open folder(path.has_parent_path() ? path.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed("sync the folder of", path);
  return {};
}

// link() fails where somebody else was first; their key stays.
Result<SigningKey> make_key(const fs::path& path) {
  const auto key = SigningKey::generate();
  const std::string pem = key.pem();
  std::array<std::byte, 8> random;
  random_bytes(random);
  const fs::path beside = cat(path.string(), ".", to_hex(random));
  {
    const Open file(beside, O_WRONLY | O_CREAT | O_EXCL);
    if (file.get() < 0) return failed("create", beside);
    const bool written = ::write(file.get(), pem.data(), pem.size()) == static_cast<ssize_t>(pem.size());
    if (!written || ::fsync(file.get()) != 0) {
      const auto error = failed("write", beside);
      ::unlink(beside.c_str());
      return error;
    }
  }
  const int linked = ::link(beside.c_str(), path.c_str());
  const int error = errno;
  ::unlink(beside.c_str());
  errno = error;
  if (linked != 0 && errno != EEXIST) return failed("create", path);
  if (auto synced = sync_folder(path); !synced) return forward(synced);
  if (linked == 0) return key;
  const Open file(path, O_RDONLY);
  return file.get() < 0 ? Result<SigningKey>(failed("read", path)) : read_key(file, path);
}

}  // namespace

Result<SigningKey> open_key(const fs::path& path) {
  const Open file(path, O_RDONLY);
  if (file.get() >= 0) return read_key(file, path);
  if (errno != ENOENT) return failed("read", path);
  return make_key(path);
}

}  // namespace oree::crypto
