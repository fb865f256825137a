#include "core/tuf/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/files/files.h"

namespace oree::tuf {
namespace {

constexpr uint64_t kMaxKeyFile = 16 << 10;

Status write_new(const std::filesystem::path& file, std::string_view text) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  const int opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (opened < 0)
    return fail(ErrorKind::denied, cat("cannot make ", file.string(), ": ", std::strerror(errno)));
  const bool written =
      ::write(opened, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(opened) == 0;
  if (::close(opened) != 0 || !written)
    return fail(ErrorKind::unavailable, cat("cannot write ", file.string()));
  files::RealDisk disk;
  return disk.sync_folder(file.parent_path().empty() ? "." : file.parent_path());
}

}  // namespace

Result<std::string> read_passphrase(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  files::RealDisk disk;
  const auto bytes = disk.read(file, 4096);
  if (!bytes) return forward(bytes);
  const std::string_view text = as_text(*bytes);
  const std::string line(text.substr(0, text.find_first_of("\r\n")));
  if (line.empty())
    return fail(ErrorKind::invalid,
                cat("the first line of ", file.string(), " is the passphrase, and it is empty"));
  return line;
}

Result<crypto::SigningKey> load_key(const std::filesystem::path& file, std::string_view passphrase) {
  files::RealDisk disk;
  const auto bytes = disk.read(file, kMaxKeyFile);
  if (!bytes) return forward(bytes);
  auto key = crypto::SigningKey::from_pem(as_text(*bytes), passphrase);
  if (!key) return forward(key, file.string());
  return key;
}

Result<crypto::SigningKey> load_or_make_key(const std::filesystem::path& file, std::string_view passphrase) {
  auto known = load_key(file, passphrase);
  if (known || known.error().kind != ErrorKind::not_found) return known;
  const auto made = crypto::SigningKey::generate();
  if (auto written = write_new(file, passphrase.empty() ? made.pem() : made.encrypted_pem(passphrase));
      !written)
    return forward(written);
  return made;
}

Result<crypto::PublicKey> load_public_key(const std::filesystem::path& file, std::string_view passphrase) {
  files::RealDisk disk;
  const auto bytes = disk.read(file, kMaxKeyFile);
  if (!bytes) return forward(bytes);
  if (const auto open = crypto::parse_public_key(trim(as_text(*bytes)))) return *open;
  const auto key = load_key(file, passphrase);
  if (!key) return forward(key);
  return key->public_key();
}

}  // namespace oree::tuf
