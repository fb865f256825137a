#include "platform/mqtt/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <optional>

#include "base/text.h"

namespace oree::mqtt {
namespace {

constexpr int kLogN = 14;
constexpr uint64_t kR = 8;
constexpr uint64_t kP = 1;
using Key = std::array<unsigned char, 32>;

struct Parsed {
  int log_n = 0;
  uint64_t r = 0;
  uint64_t p = 0;
  ByteBuffer salt;
  ByteBuffer key;
};

std::string to_base64(const unsigned char* bytes, size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<ByteBuffer> of_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 400) return std::nullopt;
  ByteBuffer out(3 * text.size() / 4);
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<size_t>(length) - padding);
  return out;
}

bool derive(ByteView password, const Parsed& from, Key& key) {
  return EVP_PBE_scrypt(reinterpret_cast<const char*>(password.data()), password.size(),
                        reinterpret_cast<const unsigned char*>(from.salt.data()), from.salt.size(),
                        uint64_t{1} << from.log_n, from.r, from.p, uint64_t{64} << 20, key.data(),
                        key.size()) == 1;
}

std::optional<Parsed> parse(std::string_view text) {
  const auto fields = split(text, '$');
  if (fields.size() != 7 || !fields[0].empty() || fields[1] != "scrypt") return std::nullopt;
  const auto log_n = parse_number<int>(fields[2]);
  const auto r = parse_number<uint64_t>(fields[3]);
  const auto p = parse_number<uint64_t>(fields[4]);
  auto salt = of_base64(fields[5]);
  auto key = of_base64(fields[6]);
  if (!log_n || *log_n < 1 || *log_n > 15 || !r || *r < 1 || *r > 16 || !p || *p < 1 || *p > 4)
    return std::nullopt;
  if (!salt || !key || key->size() != std::tuple_size_v<Key>) return std::nullopt;
  return Parsed{*log_n, *r, *p, std::move(*salt), std::move(*key)};
}

}  // namespace

Result<std::string> hash_password(ByteView password) {
  std::array<unsigned char, 16> salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    return fail(ErrorKind::unavailable, "the system gives no random bytes for a salt");
  }
  Parsed with{kLogN, kR, kP, {}, {}};
  for (const unsigned char byte : salt) with.salt.push_back(static_cast<std::byte>(byte));
  Key key{};
  if (!derive(password, with, key))
    return fail(ErrorKind::unavailable, "scrypt cannot have its 16 MB of memory");
  return cat("$scrypt$", kLogN, "$", kR, "$", kP, "$", to_base64(salt.data(), salt.size()), "$",
             to_base64(key.data(), key.size()));
}

bool is_password_hash(std::string_view text) {
  return parse(text).has_value();
}

bool check_password(std::string_view hash, ByteView password) {
  const auto parsed = parse(hash);
  Key key{};
  return parsed && derive(password, *parsed, key) &&
         CRYPTO_memcmp(key.data(), parsed->key.data(), key.size()) == 0;
}

}  // namespace oree::mqtt
