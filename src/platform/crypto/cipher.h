// Secrets in memory, and the two ways this house hides things with them: AES-256-GCM (NIST SP 800-38D) over
// pieces, AES key wrap (RFC 3394) around keys. Over OpenSSL's EVP; pure functions, thread-safe.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::crypto {

void wipe(std::span<std::byte> secret);  // the compiler cannot leave it out

// 256 bits that are wiped when they go. Moved, not copied by accident.
class SecretKey {
 public:
  static SecretKey random();
  static Result<SecretKey> from_bytes(ByteView bytes);  // `invalid` unless there are 32
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  ~SecretKey() { wipe(bytes_); }
  SecretKey copy() const;
  ByteView bytes() const { return bytes_; }

 private:
  SecretKey() = default;
  std::array<std::byte, 32> bytes_{};
};

inline constexpr size_t kGcmTagBytes = 16;
using GcmNonce = std::array<std::byte, 12>;  // never twice with one key

// One key scheduled once. One thread at a time.
class AesGcm {
 public:
  explicit AesGcm(const SecretKey& key);
  ~AesGcm();
  // `out` has plain.size() + kGcmTagBytes bytes: text, then tag.
  void seal(const GcmNonce& nonce, ByteView associated, ByteView plain, std::span<std::byte> out);
  // False when the tag does not fit; `out` (sealed.size() - kGcmTagBytes bytes) is wiped then.
  bool open(const GcmNonce& nonce, ByteView associated, ByteView sealed, std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 40 bytes for a key of 32; nullopt when they were changed or another key wrapped them.
ByteBuffer wrap_key(const SecretKey& with, const SecretKey& key);
std::optional<SecretKey> unwrap_key(const SecretKey& with, ByteView wrapped);

}  // namespace oree::crypto
