#include "platform/crypto/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
constexpr size_t kWrappedBytes = 40;

const unsigned char* in(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out_of(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

void must(bool ok) {
  if (!ok) std::abort();  // out of memory, or an OpenSSL without AES
}

}  // namespace

void wipe(std::span<std::byte> secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

SecretKey SecretKey::random() {
  SecretKey key;
  random_bytes(key.bytes_);
  return key;
}

Result<SecretKey> SecretKey::from_bytes(ByteView bytes) {
  SecretKey key;
  if (bytes.size() != key.bytes_.size()) {
    return fail(ErrorKind::invalid, cat("a key of ", bytes.size(), " bytes; 32 are needed"));
  }
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  wipe(other.bytes_);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    wipe(other.bytes_);
  }
  return *this;
}

SecretKey SecretKey::copy() const {
  SecretKey key;
  key.bytes_ = bytes_;
  return key;
}

struct AesGcm::State {
  Context sealing{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  Context opening{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
};

AesGcm::AesGcm(const SecretKey& key) : state_(std::make_unique<State>()) {
  must(state_->sealing && state_->opening &&
       EVP_EncryptInit_ex(state_->sealing.get(), EVP_aes_256_gcm(), nullptr, in(key.bytes()), nullptr) == 1 &&
       EVP_DecryptInit_ex(state_->opening.get(), EVP_aes_256_gcm(), nullptr, in(key.bytes()), nullptr) == 1);
}

AesGcm::~AesGcm() = default;

void AesGcm::seal(const GcmNonce& nonce, ByteView associated, ByteView plain, std::span<std::byte> out) {
  must(out.size() == plain.size() + kGcmTagBytes);
  EVP_CIPHER_CTX* context = state_->sealing.get();
  int count = 0;
  must(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, in(nonce)) == 1 &&
       EVP_EncryptUpdate(context, nullptr, &count, in(associated), static_cast<int>(associated.size())) ==
           1 &&
       EVP_EncryptUpdate(context, out_of(out), &count, in(plain), static_cast<int>(plain.size())) == 1 &&
       EVP_EncryptFinal_ex(context, out_of(out.subspan(plain.size())), &count) == 1 &&
       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, static_cast<int>(kGcmTagBytes),
                           out_of(out.subspan(plain.size()))) == 1);
}

bool AesGcm::open(const GcmNonce& nonce, ByteView associated, ByteView sealed, std::span<std::byte> out) {
  if (sealed.size() < kGcmTagBytes || out.size() != sealed.size() - kGcmTagBytes) return false;
  EVP_CIPHER_CTX* context = state_->opening.get();
  std::array<std::byte, kGcmTagBytes> tag;
  std::ranges::copy(sealed.last(kGcmTagBytes), tag.begin());
  const ByteView text = sealed.first(out.size());
  int count = 0;
  must(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, in(nonce)) == 1 &&
       EVP_DecryptUpdate(context, nullptr, &count, in(associated), static_cast<int>(associated.size())) ==
           1 &&
       EVP_DecryptUpdate(context, out_of(out), &count, in(text), static_cast<int>(text.size())) == 1 &&
       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(kGcmTagBytes), tag.data()) == 1);
  std::array<unsigned char, 16> rest;
  if (EVP_DecryptFinal_ex(context, rest.data(), &count) == 1) return true;
  wipe(out);
  return false;
}

ByteBuffer wrap_key(const SecretKey& with, const SecretKey& key) {
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  must(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  ByteBuffer out(kWrappedBytes);
  int count = 0, more = 0;
  must(EVP_EncryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, in(with.bytes()), nullptr) == 1 &&
       EVP_EncryptUpdate(context.get(), out_of(out), &count, in(key.bytes()),
                         static_cast<int>(key.bytes().size())) == 1 &&
       EVP_EncryptFinal_ex(context.get(), out_of(out) + count, &more) == 1);
  must(static_cast<size_t>(count + more) == out.size());
  return out;
}

std::optional<SecretKey> unwrap_key(const SecretKey& with, ByteView wrapped) {
  if (wrapped.size() != kWrappedBytes) return std::nullopt;
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  must(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, in(with.bytes()), nullptr) == 1);
  std::array<std::byte, kWrappedBytes + 16> plain{};
  int count = 0;
  const bool fits = EVP_DecryptUpdate(context.get(), out_of(plain), &count, in(wrapped),
                                      static_cast<int>(wrapped.size())) == 1 &&
                    count == 32;
  auto key = fits ? SecretKey::from_bytes(ByteView(plain).first(32)) : fail(ErrorKind::denied, "");
  wipe(plain);
  if (!key) return std::nullopt;
  return *std::move(key);
}

}  // namespace oree::crypto
