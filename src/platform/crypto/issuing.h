// X.509 certificates (RFC 5280) for a factory that has no authority of its own: one for the site, and under
// it one for each server and client. ECDSA P-256, signed with SHA-256. Values; no threads, no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::crypto {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;  // PKCS #8
};

enum class Role { server, client };

struct CertificateWish {
  std::string common_name;         // 1 to 64 characters
  std::vector<std::string> names;  // host names, addresses and URIs (with "://") it stands for
  Role role = Role::server;
  unsigned days = 825;
};

// A self-signed authority that may sign ends only. `now` is moved back a day for clocks that are late.
Result<Identity> make_authority(std::string_view common_name, unsigned days, WallTime now);

// A new key and its certificate. `invalid` names a wish that cannot be written down, `denied` when what is
// given is no authority.
Result<Identity> issue(const Identity& authority, const CertificateWish& wish, WallTime now);

// A certificate for somebody else's key: PKCS #10, PEM; its own signature must hold. Only the key is taken
// from the request, the names are the wish's.
Result<std::string> sign_request(const Identity& authority, std::string_view request_pem,
                                 const CertificateWish& wish, WallTime now);

}  // namespace oree::crypto
