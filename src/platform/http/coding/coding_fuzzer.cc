// Whatever stream comes: at most `limit` bytes, or an error; and what is encoded comes back.
#include <cstdlib>

#include "platform/http/coding/coding.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oree::http::Coding;
  if (size == 0) return 0;
  constexpr uint64_t kLimit = 1 << 16;
  const Coding coding = data[0] % 2 == 0 ? Coding::gzip : Coding::deflate;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  (void)oree::http::preferred_coding(bytes);
  const auto out = oree::http::decode(coding, bytes, kLimit);
  if (out && out->size() > kLimit) std::abort();
  const auto packed = oree::http::encode(coding, bytes);
  if (!packed) std::abort();
  const auto back = oree::http::decode(coding, *packed, size);
  if (!back || *back != bytes) std::abort();
  return 0;
}
