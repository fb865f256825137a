#include "platform/image/exif.h"

#include <optional>

namespace oree::image {

namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr uint32_t kShortType = 3;
constexpr size_t kEntryBytes = 12;
constexpr int kUpright = 1;

// Reads unsigned numbers in the file's own byte order; nullopt past the end.
class TiffReader {
 public:
  TiffReader(ByteView bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<uint32_t> u16(size_t at) const { return read(at, 2); }
  std::optional<uint32_t> u32(size_t at) const { return read(at, 4); }

 private:
  std::optional<uint32_t> read(size_t at, size_t width) const {
    if (at > bytes_.size() || bytes_.size() - at < width) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t index = big_endian_ ? at + i : at + width - 1 - i;
      value = value << 8 | std::to_integer<uint32_t>(bytes_[index]);
    }
    return value;
  }

  ByteView bytes_;
  bool big_endian_;
};

std::optional<bool> is_big_endian(ByteView tiff) {
  const std::string_view text = as_text(tiff.first(tiff.size() < 4 ? tiff.size() : 4));
  if (text == std::string_view("II*\0", 4)) return false;
  if (text == std::string_view("MM\0*", 4)) return true;
  return std::nullopt;
}

}  // namespace

int exif_orientation(ByteView tiff) {
  const auto big_endian = is_big_endian(tiff);
  if (!big_endian) return kUpright;
  const TiffReader reader(tiff, *big_endian);
  const auto directory = reader.u32(4);
  if (!directory) return kUpright;
  const auto entries = reader.u16(*directory);
  if (!entries) return kUpright;
  for (size_t i = 0; i < *entries; ++i) {
    const size_t entry = size_t{*directory} + 2 + i * kEntryBytes;
    const auto tag = reader.u16(entry);
    if (!tag) return kUpright;
    if (*tag != kOrientationTag) continue;
    const auto type = reader.u16(entry + 2);
    const auto value = reader.u16(entry + 8);  // a SHORT stands at the left of the 4-byte value field
    if (type != kShortType || !value || *value < 1 || *value > 8) return kUpright;
    return static_cast<int>(*value);
  }
  return kUpright;
}

}  // namespace oree::image
