#include "services/routes/body.h"

#include <cstdint>

#include "base/text.h"
#include "services/routes/value.h"

namespace oree::routes {
namespace {

constexpr size_t kMaxBody = 4 << 20;

// Units of `width` bytes as UTF-8.
std::string transcode(std::string_view bytes, size_t width) {
  std::u16string units;
  bool big = false;
  for (size_t at = 0; at + width <= bytes.size(); at += width) {
    uint32_t unit = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t place = big ? i : width - 1 - i;
      unit = unit << 8 | static_cast<unsigned char>(bytes[at + place]);
    }
    if (at == 0 && unit == 0xFEFF) continue;
    if (at == 0 && unit == (width == 2 ? 0xFFFE0000u >> 16 : 0xFFFE0000u)) {
      big = true;
      continue;
    }
    if (unit >= 0x10000 && unit <= 0x10FFFF) {
      units += static_cast<char16_t>(0xD7C0 + (unit >> 10));
      units += static_cast<char16_t>(0xDC00 | (unit & 0x3FF));
    } else {
      units += static_cast<char16_t>(unit < 0x10000 ? unit : 0xFFFD);
    }
  }
  return to_utf8(units);
}

std::optional<json::Value> parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto parsed = json::parse(text);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

}  // namespace

Body read_body(std::string_view bytes, std::string_view content_type, std::string_view encoding, bool sniff) {
  Body body;
  if (bytes.size() > kMaxBody) return body;
  const bool utf8 = iequals(encoding, "utf-8");
  const bool utf16 = iequals(encoding, "utf-16");
  const bool utf32 = iequals(encoding, "utf-32");
  body.declared = iequals(content_type, "application/json") && (utf8 || utf16 || utf32);
  if (body.declared) {
    body.json = utf8 ? parse(bytes) : parse(transcode(bytes, utf16 ? 2 : 4));
  } else if (sniff) {
    const std::string_view text = trim(bytes);
    if (text.starts_with('{') || text.starts_with('[')) body.json = parse(bytes);
    body.declared = body.json.has_value();
  }
  return body;
}

}  // namespace oree::routes
