#include "platform/mqtt/wire_reader.h"

#include "platform/mqtt/utf8.h"

namespace oree::mqtt {

void WireReader::fail(Reason reason, const char* what) {
  if (failed_) return;
  failed_ = true;
  refusal_ = {reason, what, Version::v5};
  left_ = {};
}

ByteView WireReader::bytes(size_t count) {
  if (count > left_.size()) {
    fail(Reason::malformed_packet, "the packet ends before its fields do");
    return {};
  }
  const ByteView taken = left_.first(count);
  left_ = left_.subspan(count);
  return taken;
}

uint8_t WireReader::u8() {
  const ByteView b = bytes(1);
  return b.empty() ? uint8_t{0} : std::to_integer<uint8_t>(b[0]);
}

uint16_t WireReader::u16() {
  const ByteView b = bytes(2);
  if (b.empty()) return 0;
  return static_cast<uint16_t>(std::to_integer<unsigned>(b[0]) << 8 | std::to_integer<unsigned>(b[1]));
}

uint32_t WireReader::u32() {
  const uint32_t high = u16();
  return high << 16 | u16();
}

uint32_t WireReader::varint() {
  uint32_t value = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    const uint8_t byte = u8();
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (shift > 0 && byte == 0) break;  // not in its shortest form
    return value;
  }
  fail(Reason::malformed_packet, "a variable byte integer is malformed");
  return 0;
}

std::string_view WireReader::text() {
  const std::string_view found = as_text(binary());
  if (!is_utf8_string(found)) {
    fail(Reason::malformed_packet, "a text is not UTF-8, or holds U+0000");
    return {};
  }
  return found;
}

ByteView WireReader::rest() {
  return bytes(left_.size());
}

}  // namespace oree::mqtt
