// Other people's public keys by the name of their signature scheme: what signed metadata (TUF, Uptane) needs,
// where files say which of several schemes they use.
//
// Values; no threads, no I/O. Keys of one's own are in signing.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::crypto {

class VerifyingKey {
 public:
  // ed25519: `text` is 64 hex digits. ecdsa-sha2-nistp256 and rsassa-pss-sha256: `text` is a PEM
  // SubjectPublicKeyInfo; a curve other than P-256 and fewer than 2048 bits of RSA are `invalid`. Any other
  // scheme is `unsupported`.
  static Result<VerifyingKey> parse(std::string_view scheme, std::string_view text);

  // ECDSA signatures are DER (RFC 3279), RSA's salt may have any length (RFC 8017 §8.1.2).
  bool verify(ByteView message, ByteView signature) const;
  // The key itself as DER: two texts of one key give the same bytes.
  const ByteBuffer& der() const { return der_; }

 private:
  struct Handle;
  VerifyingKey(std::shared_ptr<const Handle> handle, ByteBuffer der)
      : handle_(std::move(handle)), der_(std::move(der)) {}
  std::shared_ptr<const Handle> handle_;
  ByteBuffer der_;
};

}  // namespace oree::crypto
