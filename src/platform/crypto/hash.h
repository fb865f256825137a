// A digest in pieces whose algorithm is chosen when the program runs, for formats that name theirs. Where
// SHA-256 is meant, crypto.h's Sha256 says so.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace oree::crypto {

enum class HashAlgorithm { sha256, sha384, sha512, blake2b };  // blake2b: 64 bytes, without a key (RFC 7693)

std::string_view hash_name(HashAlgorithm algorithm);  // "sha256"
std::optional<HashAlgorithm> parse_hash_name(std::string_view name);
size_t hash_size(HashAlgorithm algorithm);

class Hash {  // one thread at a time
 public:
  explicit Hash(HashAlgorithm algorithm);
  ~Hash();
  void update(ByteView bytes);
  ByteBuffer finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::crypto
