#include "platform/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

namespace oree::crypto {

Digest hmac_sha256(ByteView key, ByteView bytes) {
  Digest digest;
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                          reinterpret_cast<unsigned char*>(digest.bytes.data()), &size);
  if (made == nullptr) std::abort();  // only memory exhaustion gets here
  return digest;
}

ByteBuffer md5(ByteView bytes) {
  ByteBuffer out(16);
  const bool made = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                               nullptr, EVP_md5(), nullptr) == 1;
  return made ? out : ByteBuffer();
}

}  // namespace oree::crypto
