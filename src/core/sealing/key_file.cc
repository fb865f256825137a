#include "core/sealing/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/hmac.h"

namespace oree::sealing {
namespace {

constexpr std::string_view kMark = "oree-key-1";

struct Opened {
  int fd = -1;
  ~Opened() {
    if (fd >= 0) ::close(fd);
  }
};

std::unexpected<Error> failed(const std::filesystem::path& file) {
  const ErrorKind kind = errno == ENOENT   ? ErrorKind::not_found
                         : errno == EEXIST ? ErrorKind::conflict
                         : errno == EACCES ? ErrorKind::denied
                         : errno == ENOSPC ? ErrorKind::full
                                           : ErrorKind::unavailable;
  return fail(kind, cat(file.string(), ": ",
                        errno == EEXIST ? "exists already; name a new file" : std::strerror(errno)));
}

}  // namespace

std::string key_id(const crypto::SecretKey& key) {
  return crypto::hmac_sha256(key.bytes(), as_bytes("oree key id")).hex().substr(0, 16);
}

Result<std::string> make_key_file(const std::filesystem::path& file) {
  const crypto::SecretKey key = crypto::SecretKey::random();
  const std::string id = key_id(key);
  std::string text = cat(kMark, " ", id, " ", crypto::base64(key.bytes()), "\n");
  const Opened opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (opened.fd < 0) return failed(file);
  const ssize_t count = ::write(opened.fd, text.data(), text.size());
  const bool whole = count == static_cast<ssize_t>(text.size()) && ::fsync(opened.fd) == 0;
  crypto::wipe({reinterpret_cast<std::byte*>(text.data()), text.size()});
  if (!whole) {
    const auto error = failed(file);
    ::unlink(file.c_str());
    return error;
  }
  return id;
}

Result<crypto::SecretKey> read_key_file(const std::filesystem::path& file) {
  const Opened opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (opened.fd < 0) return failed(file);
  struct stat facts{};
  if (::fstat(opened.fd, &facts) != 0) return failed(file);
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorKind::denied,
                cat(file.string(), ": others may read this key; 'chmod 600 ", file.string(), "'"));
  }
  std::array<char, 256> room{};
  const ssize_t count = ::read(opened.fd, room.data(), room.size());
  if (count < 0) return failed(file);
  const auto words = split(trim({room.data(), static_cast<size_t>(count)}), ' ');
  auto bytes = words.size() == 3 && words[0] == kMark ? crypto::from_base64(words[2]) : std::nullopt;
  auto key = crypto::SecretKey::from_bytes(bytes ? ByteView(*bytes) : ByteView());
  const bool good = key && key_id(*key) == words[1];
  if (bytes) crypto::wipe(*bytes);
  crypto::wipe(std::as_writable_bytes(std::span(room)));
  if (!good) {
    return fail(ErrorKind::invalid,
                cat(file.string(), " holds no key; make one with 'oree model keygen sealing FILE'"));
  }
  return key;
}

Result<std::unique_ptr<KeyFile>> KeyFile::open(const std::filesystem::path& file) {
  auto key = read_key_file(file);
  if (!key) return forward(key);
  return std::make_unique<KeyFile>(std::move(*key), file.string());
}

std::string KeyFile::weakness() const {
  return cat("the key that opens sealed models is a plain file (", where_,
             "): whoever copies this disk can read them. A TPM keeps it better: 'oree model tpm-seal'");
}

}  // namespace oree::sealing
