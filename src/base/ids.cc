#include "base/ids.h"

#include "base/bytes.h"

namespace oree {

std::string uuid_v7(WallTime now, std::array<uint8_t, 10> random) {
  const auto ms =
      static_cast<uint64_t>(std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count());
  std::array<uint8_t, 16> raw{};
  for (size_t i = 0; i < 6; ++i) raw[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  for (size_t i = 0; i < 10; ++i) raw[6 + i] = random[i];
  raw[6] = static_cast<uint8_t>((raw[6] & 0x0f) | 0x70);
  raw[8] = static_cast<uint8_t>((raw[8] & 0x3f) | 0x80);
  const std::string hex = to_hex(std::as_bytes(std::span(raw)));
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace oree
