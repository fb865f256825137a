// What other people's services ask of a request: a keyed digest, and a checksum. Thread-safe, pure.
#pragma once

#include "platform/crypto/crypto.h"

namespace oree::crypto {

// HMAC-SHA-256 (RFC 2104).
Digest hmac_sha256(ByteView key, ByteView bytes);
// MD5 (RFC 1321) against accidents; never for security. Empty where the system forbids it.
ByteBuffer md5(ByteView bytes);

}  // namespace oree::crypto
