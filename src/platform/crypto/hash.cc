#include "platform/crypto/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace oree::crypto {
namespace {

struct HashFacts {
  HashAlgorithm algorithm;
  std::string_view name;
  size_t size;
  const EVP_MD* (*evp)();
};

constexpr std::array kHashes{
    HashFacts{HashAlgorithm::sha256, "sha256", 32, &EVP_sha256},
    HashFacts{HashAlgorithm::sha384, "sha384", 48, &EVP_sha384},
    HashFacts{HashAlgorithm::sha512, "sha512", 64, &EVP_sha512},
    HashFacts{HashAlgorithm::blake2b, "blake2b", 64, &EVP_blake2b512},
};

const HashFacts& facts(HashAlgorithm algorithm) {
  return *std::ranges::find(kHashes, algorithm, &HashFacts::algorithm);
}

void must(bool ok) {
  if (!ok) std::abort();  // out of memory, or an OpenSSL without the algorithm
}

}  // namespace

struct Hash::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  size_t size = 0;
};

std::string_view hash_name(HashAlgorithm algorithm) {
  return facts(algorithm).name;
}

std::optional<HashAlgorithm> parse_hash_name(std::string_view name) {
  const auto found = std::ranges::find(kHashes, name, &HashFacts::name);
  return found == kHashes.end() ? std::nullopt : std::optional(found->algorithm);
}

size_t hash_size(HashAlgorithm algorithm) {
  return facts(algorithm).size;
}

Hash::Hash(HashAlgorithm algorithm) : state_(std::make_unique<State>()) {
  state_->size = facts(algorithm).size;
  must(state_->context != nullptr &&
       EVP_DigestInit_ex(state_->context.get(), facts(algorithm).evp(), nullptr) == 1);
}

Hash::~Hash() = default;

void Hash::update(ByteView bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

ByteBuffer Hash::finish() {
  ByteBuffer out(state_->size);
  must(EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return out;
}

}  // namespace oree::crypto
