#include "platform/crypto/ecdsa.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"
#include "platform/crypto/ecdsa_handle.h"

namespace oree::crypto {
namespace {

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

struct CurveFacts {
  Curve curve;
  std::string_view name;
  const char* group;  // as OpenSSL names it
  const EVP_MD* (*digest)();
  int order_bytes;
};

constexpr std::array kCurves{
    CurveFacts{Curve::p256, "P-256", "prime256v1", &EVP_sha256, 32},
    CurveFacts{Curve::p384, "P-384", "secp384r1", &EVP_sha384, 48},
    CurveFacts{Curve::p521, "P-521", "secp521r1", &EVP_sha512, 66},
};

const CurveFacts& facts(Curve curve) {
  return *std::ranges::find(kCurves, curve, &CurveFacts::curve);
}

Memory reading(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(std::min<size_t>(text.size(), 1 << 20))), &BIO_free};
}

std::string written(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<size_t>(size));
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::optional<Curve> curve_of(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return std::nullopt;
  std::array<char, 64> name{};
  size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size) != 1) {
    return std::nullopt;
  }
  const std::string_view group(name.data(), size);
  const auto found =
      std::ranges::find_if(kCurves, [&](const CurveFacts& curve) { return curve.group == group; });
  return found == kCurves.end() ? std::nullopt : std::optional(found->curve);
}

}  // namespace

std::string_view curve_name(Curve curve) {
  return facts(curve).name;
}

Result<EcPublicKey> EcPublicKey::from_handle(std::shared_ptr<const Handle> handle, std::string_view where) {
  EVP_PKEY* key = handle->key.get();
  const auto curve = key == nullptr ? std::nullopt : curve_of(key);
  if (!curve) {
    return fail(ErrorKind::invalid, cat(where,
                                        " holds no key on P-256, P-384 or P-521; make one with "
                                        "'oree model keygen signing FILE'"));
  }
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (!memory || PEM_write_bio_PUBKEY(memory.get(), key) != 1) {
    return fail(ErrorKind::invalid, cat(where, " holds a key that cannot be written as PEM"));
  }
  return EcPublicKey(std::move(handle), *curve, written(memory.get()));
}

Result<EcPublicKey> EcPublicKey::from_pem(std::string_view pem) {
  const Memory memory = reading(pem);
  auto handle = std::make_shared<Handle>();
  handle->key.reset(PEM_read_bio_PUBKEY(memory.get(), nullptr, &no_passphrase, nullptr));
  return from_handle(std::move(handle), "the public key's PEM text");
}

Result<EcPublicKey> EcPublicKey::from_der(ByteView spki) {
  auto handle = std::make_shared<Handle>();
  const unsigned char* at = raw(spki);
  handle->key.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(std::min<size_t>(spki.size(), 1 << 20))));
  if (handle->key && at != raw(spki) + spki.size()) handle->key.reset();
  return from_handle(std::move(handle), "the public key's DER");
}

bool EcPublicKey::verify(ByteView message, ByteView signature) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, facts(curve_).digest(), nullptr, handle_->key.get()) ==
             1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

ByteBuffer EcPublicKey::point() const {
  size_t size = 0;
  EVP_PKEY_get_octet_string_param(handle_->key.get(), OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size);
  ByteBuffer out(size);
  if (EVP_PKEY_get_octet_string_param(handle_->key.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                      reinterpret_cast<unsigned char*>(out.data()), size, &size) != 1) {
    std::abort();  // out of memory: every EC key has a point
  }
  return out;
}

Result<ByteBuffer> raw_signature(ByteView der, Curve curve) {
  const unsigned char* at = raw(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(std::min<size_t>(der.size(), 1'024))), &ECDSA_SIG_free);
  const int half = facts(curve).order_bytes;
  ByteBuffer out(static_cast<size_t>(half) * 2);
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, half) != half ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + half, half) != half) {
    return fail(ErrorKind::invalid, cat("no ECDSA signature on ", curve_name(curve)));
  }
  return out;
}

EcSigningKey EcSigningKey::generate(Curve curve) {
  auto handle = std::make_shared<EcPublicKey::Handle>();
  handle->key.reset(EVP_EC_gen(facts(curve).group));
  if (!handle->key) std::abort();  // no randomness, or an OpenSSL without the curve
  auto key = EcPublicKey::from_handle(std::move(handle), "a new key");
  if (!key) std::abort();
  return EcSigningKey(*std::move(key));
}

Result<EcSigningKey> EcSigningKey::from_pem(std::string_view pem) {
  const Memory memory = reading(pem);
  auto handle = std::make_shared<EcPublicKey::Handle>();
  handle->key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_passphrase, nullptr));
  if (!handle->key) {
    return fail(ErrorKind::invalid,
                "the text holds no private key in PEM (one behind a passphrase is not read); make one with "
                "'oree model keygen signing FILE'");
  }
  auto key = EcPublicKey::from_handle(std::move(handle), "the private key's PEM text");
  if (!key) return forward(key);
  return EcSigningKey(*std::move(key));
}

ByteBuffer EcSigningKey::sign(ByteView message) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY* key = public_key_.handle_->key.get();
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key));
  ByteBuffer out(size);
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, facts(public_key_.curve()).digest(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, raw(message),
                     message.size()) != 1) {
    std::abort();  // out of memory: there is no signature to give
  }
  out.resize(size);
  return out;
}

std::string EcSigningKey::pem() const {
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (!memory || PEM_write_bio_PKCS8PrivateKey(memory.get(), public_key_.handle_->key.get(), nullptr, nullptr,
                                               0, nullptr, nullptr) != 1) {
    return "";
  }
  return written(memory.get());
}

}  // namespace oree::crypto
