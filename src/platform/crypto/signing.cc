#include "platform/crypto/signing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Memory reading(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string written(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<size_t>(size));
}

// No passphrase is ever asked for on a terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// OpenSSL asks for the passphrase here; `given` is the caller's string_view.
int give_passphrase(char* out, int size, int, void* given) {
  const auto& text = *static_cast<const std::string_view*>(given);
  if (text.empty() || text.size() > static_cast<size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), out);
  return static_cast<int>(text.size());
}

bool is_encrypted(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos;
}

Result<PublicKey> public_of(EVP_PKEY* key, std::string_view where) {
  PublicKey out;
  size_t size = out.bytes.size();
  if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.bytes.data()), &size) != 1) {
    return fail(ErrorKind::invalid, cat(where, " is no Ed25519 key; make one with 'oree key new FILE'"));
  }
  return out;
}

}  // namespace

struct SigningKey::Secret {
  Key key{nullptr, &EVP_PKEY_free};
};

std::string PublicKey::base64() const {
  return crypto::base64(bytes);
}

std::string PublicKey::pem() const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(bytes), bytes.size()),
                &EVP_PKEY_free);
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (!key || PEM_write_bio_PUBKEY(memory.get(), key.get()) != 1) return "";
  return written(memory.get());
}

Result<PublicKey> parse_public_key(std::string_view text) {
  if (text.starts_with("-----BEGIN")) {
    const Memory memory = reading(text);
    const Key key(PEM_read_bio_PUBKEY(memory.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
    if (!key) return fail(ErrorKind::invalid, "the PEM text holds no public key");
    return public_of(key.get(), "the PEM text");
  }
  const auto bytes = from_base64(text);
  PublicKey out;
  if (!bytes || bytes->size() != out.bytes.size()) {
    return fail(ErrorKind::invalid,
                cat("'", text.substr(0, 80), "' is no public key: base64 of 32 bytes was expected"));
  }
  std::copy(bytes->begin(), bytes->end(), out.bytes.begin());
  return out;
}

bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  const Key theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.bytes), key.bytes.size()),
                   &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return theirs && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, theirs.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

SigningKey SigningKey::generate() {
  std::array<std::byte, 32> seed;
  random_bytes(seed);
  return from_seed(seed);
}

SigningKey SigningKey::from_seed(const std::array<std::byte, 32>& seed) {
  auto secret = std::make_shared<Secret>();
  secret->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()));
  if (!secret->key) std::abort();  // out of memory, or an OpenSSL without Ed25519
  auto key = public_of(secret->key.get(), "the seed");
  if (!key) std::abort();
  return {std::move(secret), *key};
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, std::string_view passphrase) {
  const Memory memory = reading(pem);
  auto secret = std::make_shared<Secret>();
  secret->key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, &give_passphrase, &passphrase));
  if (!secret->key && is_encrypted(pem)) {
    return fail(ErrorKind::denied, passphrase.empty() ? "the key is encrypted; give its passphrase"
                                                      : "the passphrase does not open the key");
  }
  if (!secret->key) {
    return fail(ErrorKind::invalid,
                "the text holds no private key in PEM; make one with 'oree key new FILE'");
  }
  auto key = public_of(secret->key.get(), "the PEM text");
  if (!key) return forward(key);
  return SigningKey(std::move(secret), *key);
}

Signature SigningKey::sign(ByteView message) const {
  Signature out;
  size_t size = out.size();
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, raw(message),
                     message.size()) != 1) {
    std::abort();  // out of memory: there is no signature to give
  }
  return out;
}

std::string SigningKey::pem() const {
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PKCS8PrivateKey(memory.get(), secret_->key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return "";
  }
  return written(memory.get());
}

std::string SigningKey::encrypted_pem(std::string_view passphrase) const {
  constexpr uint64_t kWork = 1 << 14;
  using Algorithm = std::unique_ptr<X509_ALGOR, decltype(&X509_ALGOR_free)>;
  using Plain = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)>;
  using Encrypted = std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)>;
  std::array<std::byte, 16> salt;
  random_bytes(salt);
  Algorithm algorithm(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), raw(salt), static_cast<int>(salt.size()),
                                            nullptr, kWork, 8, 1),
                      &X509_ALGOR_free);
  const Plain plain(EVP_PKEY2PKCS8(secret_->key.get()), &PKCS8_PRIV_KEY_INFO_free);
  if (!algorithm || !plain) return "";
  const Encrypted encrypted(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), algorithm.get()),
      &X509_SIG_free);
  if (!encrypted) return "";
  std::ignore = algorithm.release();  // the encrypted key owns it now
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  return PEM_write_bio_PKCS8(memory.get(), encrypted.get()) == 1 ? written(memory.get()) : "";
}

}  // namespace oree::crypto
