// X.509 certificates (RFC 5280), as far as signatures over files need them: who signed, and whether a chain
// leads to somebody who is trusted. Over OpenSSL. Values, no I/O; the clock is an argument.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "platform/crypto/ecdsa.h"

namespace oree::crypto {

class Certificate {
 public:
  static Result<Certificate> from_der(ByteView der);  // nothing may follow
  // All of a PEM text, one at least; 64 at most.
  static Result<std::vector<Certificate>> from_pem(std::string_view pem);

  ByteBuffer der() const;
  std::string subject() const;             // RFC 2253: "CN=release,O=Plant"
  Result<EcPublicKey> public_key() const;  // `invalid` when it is none of the three curves
  WallTime not_before() const;
  // Whose it is: the last part of its single URI SAN (SPIFFE: two are refused), else its CN. `denied`.
  Result<std::string> holder() const;
  // Its extensions let it sign files: keyUsage digitalSignature, or extendedKeyUsage codeSigning.
  bool may_sign() const;

 private:
  friend Status verify_chain(const Certificate&, const std::vector<Certificate>&,
                             const std::vector<Certificate>&, WallTime);
  struct Handle;
  explicit Certificate(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

// A path from `leaf` over some of `between` to one of `roots`, every link in its validity at `at`. `denied`
// with OpenSSL's reason.
Status verify_chain(const Certificate& leaf, const std::vector<Certificate>& between,
                    const std::vector<Certificate>& roots, WallTime at);

}  // namespace oree::crypto
