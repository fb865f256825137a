// What parses must print back to itself: one text per value, in base64 and in digests.
#include <algorithm>
#include <cstdlib>

#include "platform/crypto/crc32c.h"
#include "platform/crypto/crypto.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
  const std::string_view text = as_text(bytes);
  const auto decoded = crypto::from_base64(text);
  if (decoded && crypto::base64(*decoded) != text) std::abort();
  const auto again = crypto::from_base64(crypto::base64(bytes));
  if (!again || !std::ranges::equal(*again, bytes)) std::abort();
  const auto digest = crypto::parse_digest(text);
  if (digest && digest->hex() != text) std::abort();
  if (crypto::crc32c(bytes) != crypto::crc32c_by_table(bytes, 0)) std::abort();
  return 0;
}
