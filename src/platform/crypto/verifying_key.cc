#include "platform/crypto/verifying_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 16384;  // a check's time grows with the square of this
constexpr size_t kMaxKeyText = 16 << 10;

enum class Kind { ed25519, ecdsa, rsa_pss };
struct Scheme {
  std::string_view name;
  Kind kind;
};
constexpr std::array kSchemes{
    Scheme{"ed25519", Kind::ed25519},
    Scheme{"ecdsa-sha2-nistp256", Kind::ecdsa},
    Scheme{"rsassa-pss-sha256", Kind::rsa_pss},
};

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

Key read_ed25519(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != 32) return {nullptr, &EVP_PKEY_free};
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(*bytes), bytes->size()), &EVP_PKEY_free};
}

Key read_pem(std::string_view text) {
  const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  return {PEM_read_bio_PUBKEY(memory.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free};
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

bool fits(Kind kind, EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  switch (kind) {
    case Kind::ed25519:
      return EVP_PKEY_get_id(key) == EVP_PKEY_ED25519;
    case Kind::ecdsa:
      return is_p256(key);
    case Kind::rsa_pss:
      return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits >= kMinRsaBits && bits <= kMaxRsaBits;
  }
  return false;
}

ByteBuffer der_of(EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  if (size <= 0) return {};
  const auto* begin = reinterpret_cast<const std::byte*>(out);
  ByteBuffer bytes(begin, begin + size);
  OPENSSL_free(out);
  return bytes;
}

const EVP_MD* digest_of(Kind kind) {
  return kind == Kind::ed25519 ? nullptr : EVP_sha256();
}

bool set_padding(Kind kind, EVP_PKEY_CTX* context) {
  return kind != Kind::rsa_pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                                   EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) == 1);
}

}  // namespace

struct VerifyingKey::Handle {
  Key key{nullptr, &EVP_PKEY_free};
  Kind kind = Kind::ed25519;
};

Result<VerifyingKey> VerifyingKey::parse(std::string_view scheme, std::string_view text) {
  const auto* found = std::ranges::find(kSchemes, scheme, &Scheme::name);
  if (found == kSchemes.end())
    return fail(ErrorKind::unsupported,
                cat("signature scheme '", scheme.substr(0, 80),
                    "' is not spoken here; use ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256"));
  if (text.size() > kMaxKeyText) return fail(ErrorKind::invalid, "a public key longer than 16 kB is none");
  auto handle = std::make_shared<Handle>();
  handle->kind = found->kind;
  handle->key = found->kind == Kind::ed25519 ? read_ed25519(text) : read_pem(text);
  if (!handle->key || !fits(found->kind, handle->key.get()))
    return fail(ErrorKind::invalid, cat("the text is no public key for ", scheme));
  ByteBuffer der = der_of(handle->key.get());
  return VerifyingKey(std::move(handle), std::move(der));
}

bool VerifyingKey::verify(ByteView message, ByteView signature) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  return context &&
         EVP_DigestVerifyInit(context.get(), &options, digest_of(handle_->kind), nullptr,
                              handle_->key.get()) == 1 &&
         set_padding(handle_->kind, options) &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

}  // namespace oree::crypto
