#include "services/ethereum/wire/key.h"

#include <fcntl.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "services/ethereum/wire/keccak.h"

namespace oree::ethereum {

namespace {

const unsigned char* raw(const Word& word) {
  return reinterpret_cast<const unsigned char*>(word.data());
}
unsigned char* raw(Word& word) {
  return reinterpret_cast<unsigned char*>(word.data());
}

// Made once and never changed again: the library's functions then may run on any thread. Blinded against
// timing.
const secp256k1_context* context() {
  static secp256k1_context* const made = [] {
    secp256k1_context* fresh = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    Word seed;
    crypto::random_bytes(seed);
    if (secp256k1_context_randomize(fresh, raw(seed)) != 1) std::abort();
    return fresh;
  }();
  return made;
}

// The last 20 bytes of the hash of both coordinates.
Address address_of(const secp256k1_pubkey& key) {
  std::array<std::byte, 65> point;
  size_t size = point.size();
  secp256k1_ec_pubkey_serialize(context(), reinterpret_cast<unsigned char*>(point.data()), &size, &key,
                                SECP256K1_EC_UNCOMPRESSED);
  const Word hash = keccak256(ByteView(point).subspan(1));
  Address out;
  std::copy(hash.end() - 20, hash.end(), out.bytes.begin());
  return out;
}

struct OpenFile {
  int fd;
  explicit OpenFile(int opened) : fd(opened) {}
  OpenFile(const OpenFile&) = delete;
  ~OpenFile() { ::close(fd); }
};

std::unexpected<Error> failed(const std::filesystem::path& path, std::string_view what, int code) {
  const ErrorKind kind = code == EEXIST   ? ErrorKind::conflict
                         : code == ENOENT ? ErrorKind::not_found
                         : code == EACCES ? ErrorKind::denied
                         : code == ENOSPC ? ErrorKind::full
                                          : ErrorKind::unavailable;
  return fail(kind, cat("cannot ", what, " the key file ", path.string(), ": ", std::strerror(code)));
}

}  // namespace

Key Key::generate() {
  for (;;) {
    Word secret;
    crypto::random_bytes(secret);
    if (auto key = from_secret(secret)) return *key;
  }
}

Result<Key> Key::from_secret(const Word& secret) {
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_create(context(), &key, raw(secret)) != 1) {
    return fail(ErrorKind::invalid, "not a secp256k1 key: zero, or not below the group's order");
  }
  return Key(secret, address_of(key));
}

Result<Key> Key::load(const std::filesystem::path& path) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return failed(path, "read", errno);
  const OpenFile file(opened);
  struct stat facts{};
  if (::fstat(opened, &facts) != 0) return failed(path, "read", errno);
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorKind::denied,
                cat("others may read the key file ", path.string(), "; run: chmod 600 ", path.string()));
  }
  char buffer[128];
  const ssize_t count = ::read(opened, buffer, sizeof buffer);
  if (count < 0) return failed(path, "read", errno);
  std::string_view text = trim({buffer, static_cast<size_t>(count)});
  if (text.starts_with("0x")) text.remove_prefix(2);
  const auto bytes = from_hex(text);
  Word secret;
  if (!bytes || bytes->size() != secret.size()) {
    return fail(ErrorKind::invalid,
                cat("the key file ", path.string(), " must hold 64 hex digits and nothing else"));
  }
  std::ranges::copy(*bytes, secret.begin());
  const auto key = from_secret(secret);
  if (!key) return forward(key, path.string());
  return key;
}

Status Key::save(const std::filesystem::path& path) const {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (opened < 0) return failed(path, "make", errno);
  const OpenFile file(opened);
  const std::string line = to_hex(secret_) + "\n";
  if (::write(opened, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(opened) != 0) {
    return failed(path, "write", errno);
  }
  return {};
}

Signature Key::sign(const Word& hash) const {
  secp256k1_ecdsa_recoverable_signature made;
  // Fails only for a key that from_secret would have refused.
  if (secp256k1_ecdsa_sign_recoverable(context(), &made, raw(hash), raw(secret_), nullptr, nullptr) != 1)
    std::abort();
  std::array<unsigned char, 64> compact;
  int recovery = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact.data(), &recovery, &made);
  Signature out{.recovery = static_cast<unsigned>(recovery)};
  std::memcpy(raw(out.r), compact.data(), 32);
  std::memcpy(raw(out.s), compact.data() + 32, 32);
  return out;
}

Result<Address> recover(const Word& hash, const Signature& signature) {
  std::array<unsigned char, 64> compact;
  std::memcpy(compact.data(), raw(signature.r), 32);
  std::memcpy(compact.data() + 32, raw(signature.s), 32);
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (signature.recovery > 1 ||
      secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, compact.data(),
                                                          static_cast<int>(signature.recovery)) != 1 ||
      secp256k1_ecdsa_recover(context(), &key, &parsed, raw(hash)) != 1) {
    return fail(ErrorKind::invalid, "not a signature of secp256k1");
  }
  return address_of(key);
}

}  // namespace oree::ethereum
