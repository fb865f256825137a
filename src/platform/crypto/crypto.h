// Digests, randomness and text codings, over OpenSSL's EVP. Thread-safe, pure but for random_bytes().
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace oree::crypto {

// SHA-256 (FIPS 180-4). Printed and parsed as 64 lower-case hex digits.
struct Digest {
  std::array<std::byte, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
  std::string hex() const { return to_hex(bytes); }
};
std::optional<Digest> parse_digest(std::string_view hex);
Digest sha256(ByteView bytes);

class Sha256 {  // the same, in pieces
 public:
  Sha256();
  ~Sha256();
  void update(ByteView bytes);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

uint32_t crc32c(ByteView bytes, uint32_t seed = 0);  // Castagnoli, hardware when there is one
void random_bytes(std::span<std::byte> out);         // from the operating system; aborts if it has none
std::string new_uuid(int64_t unix_ms);               // version 7
std::string base64(ByteView bytes);
std::optional<ByteBuffer> from_base64(std::string_view text);

}  // namespace oree::crypto
