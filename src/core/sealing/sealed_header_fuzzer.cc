// The start of a sealed file from anywhere: refused with a sentence, or printed and read again the same.
#include <cstdlib>

#include "core/sealing/sealed_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  size_t length = 0;
  const auto header = sealing::parse_header({reinterpret_cast<const std::byte*>(data), size}, length);
  if (!header) return 0;
  if (length > size || header->keys.empty()) std::abort();
  const std::string text = sealing::print(*header);
  const auto again = sealing::parse_header(as_bytes(text), length);
  if (!again || again->digest != header->digest || again->plain_bytes != header->plain_bytes ||
      again->segment_bytes != header->segment_bytes || again->keys.size() != header->keys.size()) {
    std::abort();
  }
  return 0;
}
