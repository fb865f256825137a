#include "platform/mqtt/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace oree::mqtt {
namespace {

bool continues(unsigned char c) {
  return (c & 0xc0U) == 0x80;
}

// Length of the well-formed sequence at the front of `text`, 0 when there is none.
size_t sequence_length(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!continues(at(i))) return 0;
  }
  if (first == 0xe0 && at(1) < 0xa0) return 0;  // overlong
  if (first == 0xed && at(1) > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && at(1) < 0x90) return 0;  // overlong
  if (first == 0xf4 && at(1) > 0x8f) return 0;  // beyond U+10FFFF
  return length;
}

// How many bytes at the front are ASCII, eight at a time.
size_t ascii_run(std::string_view text) {
  size_t i = 0;
  while (i + sizeof(uint64_t) <= text.size()) {
    uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((eight & 0x8080808080808080ULL) != 0) break;
    i += sizeof eight;
  }
  return i;
}

}  // namespace

bool is_utf8(std::string_view text) {
  size_t i = ascii_run(text);
  while (i < text.size()) {
    const size_t length = sequence_length(text.substr(i));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

bool is_utf8_string(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

}  // namespace oree::mqtt
