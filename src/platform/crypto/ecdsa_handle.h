// OpenSSL's keys as this room's EC classes hold them. Private to this room.
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "platform/crypto/ecdsa.h"

namespace oree::crypto {

struct EcPublicKey::Handle {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, &EVP_PKEY_free};
};

inline const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace oree::crypto
