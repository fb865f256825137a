// Ed25519 (RFC 8032) signatures over OpenSSL's EVP: one key of one's own, and other people's public keys.
//
// Keys are values: copied freely, no threads, no I/O. A private key lies in a file as PKCS #8 PEM, a public
// key travels as base64 of its 32 bytes (or SubjectPublicKeyInfo PEM).
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::crypto {

using Signature = std::array<std::byte, 64>;

struct PublicKey {
  std::array<std::byte, 32> bytes{};
  auto operator<=>(const PublicKey&) const = default;
  std::string base64() const;
  std::string pem() const;
};
// base64 of 32 bytes, or PEM; `invalid` for anything else.
Result<PublicKey> parse_public_key(std::string_view text);
bool verify(const PublicKey& key, ByteView message, ByteView signature);

class SigningKey {
 public:
  static SigningKey generate();
  static SigningKey from_seed(const std::array<std::byte, 32>& seed);
  // `denied` when the text is encrypted and the passphrase is not the one.
  static Result<SigningKey> from_pem(std::string_view pem, std::string_view passphrase = {});

  const PublicKey& public_key() const { return public_key_; }
  Signature sign(ByteView message) const;
  std::string pem() const;
  // PKCS #8 under AES-256-CBC, its key from the passphrase by scrypt (N 2^14, r 8, p 1: 16 MB).
  std::string encrypted_pem(std::string_view passphrase) const;

 private:
  struct Secret;
  SigningKey(std::shared_ptr<const Secret> secret, PublicKey key)
      : secret_(std::move(secret)), public_key_(key) {}
  std::shared_ptr<const Secret> secret_;
  PublicKey public_key_;
};

}  // namespace oree::crypto
