#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace {

// Fetched once: looking the algorithm up for each digest costs more than hashing a small message.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = [] {
    const EVP_MD* found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (found == nullptr) std::abort();  // an OpenSSL without SHA-256 is not one we can run on
    return found;
  }();
  return algorithm;
}

void must(bool ok) {
  if (!ok) std::abort();  // only memory exhaustion gets here: there is no other way for a digest to fail
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  must(state_->context != nullptr && EVP_DigestInit_ex2(state_->context, sha256_algorithm(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  must(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest;
  must(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.bytes.data()), nullptr) ==
       1);
  return digest;
}

Digest sha256(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::optional<Digest> parse_digest(std::string_view hex) {
  Digest digest;
  const bool upper = std::ranges::any_of(hex, [](char c) { return c >= 'A' && c <= 'F'; });
  if (hex.size() != digest.bytes.size() * 2 || upper) return std::nullopt;
  const auto bytes = from_hex(hex);
  if (!bytes) return std::nullopt;
  std::ranges::copy(*bytes, digest.bytes.begin());
  return digest;
}

}  // namespace oree::crypto
