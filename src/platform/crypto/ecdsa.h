// ECDSA (FIPS 186-5) on the NIST curves, with the digest that belongs to each: P-256 with SHA-256, P-384 with
// SHA-384, P-521 with SHA-512. Over OpenSSL's EVP.
//
// Keys are values: copied freely, no threads, no I/O. Signatures are DER (RFC 3279 §2.2.3). A private key
// lies in a file as PKCS #8 or SEC 1 PEM, a public key as SubjectPublicKeyInfo PEM. Keys behind a passphrase
// are refused: nobody is asked on a terminal.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {

enum class Curve { p256, p384, p521 };
std::string_view curve_name(Curve curve);  // "P-256"

class EcPublicKey {
 public:
  // `invalid` for anything that is no public key on one of the three curves.
  static Result<EcPublicKey> from_pem(std::string_view pem);
  static Result<EcPublicKey> from_der(ByteView spki);  // SubjectPublicKeyInfo

  Curve curve() const { return curve_; }
  const std::string& pem() const { return pem_; }  // always the same text for the same key
  // SHA-256 of pem(): what Sigstore's bundles call a key's hint.
  Digest fingerprint() const { return sha256(as_bytes(pem_)); }
  bool verify(ByteView message, ByteView signature) const;
  ByteBuffer point() const;  // 0x04, x, y (SEC 1 §2.3.3)
  bool operator==(const EcPublicKey& other) const { return pem_ == other.pem_; }

 private:
  friend class EcSigningKey;
  friend class Certificate;
  struct Handle;
  EcPublicKey(std::shared_ptr<const Handle> handle, Curve curve, std::string pem)
      : handle_(std::move(handle)), curve_(curve), pem_(std::move(pem)) {}
  static Result<EcPublicKey> from_handle(std::shared_ptr<const Handle> handle, std::string_view where);
  std::shared_ptr<const Handle> handle_;
  Curve curve_;
  std::string pem_;
};

class EcSigningKey {
 public:
  static EcSigningKey generate(Curve curve);
  static Result<EcSigningKey> from_pem(std::string_view pem);

  const EcPublicKey& public_key() const { return public_key_; }
  ByteBuffer sign(ByteView message) const;
  std::string pem() const;  // PKCS #8

 private:
  explicit EcSigningKey(EcPublicKey key) : public_key_(std::move(key)) {}
  EcPublicKey public_key_;  // its handle holds the private half too
};

// A DER signature as r and s, each as long as the curve's order; `invalid` when it is none.
Result<ByteBuffer> raw_signature(ByteView der, Curve curve);

}  // namespace oree::crypto
