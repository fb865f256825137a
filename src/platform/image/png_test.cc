#include <doctest/doctest.h>

#include <cstring>

#include "platform/image/image.h"
#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;
using namespace oree::image::testing;

namespace {

using Pixels = std::vector<uint8_t>;

Pixels packed(const Image& image) {
  const ImageView view = image.view();
  return {view.pixels, view.pixels + view.stride * view.height};
}

Pixels decoded(const ByteBuffer& png) {
  REQUIRE_FALSE(png.empty());
  const auto image = decode(png, {});
  if (!image) FAIL(image.error().what);
  REQUIRE(image->channels() == 3);
  return packed(*image);
}

}  // namespace

TEST_CASE("AnRgbPngComesBackExactly") {
  const Image image = gradient(33, 21);
  CHECK(decoded(make_png({.width = 33, .height = 21}, packed(image))) == packed(image));
  CHECK(decoded(make_png({.width = 33, .height = 21, .interlaced = true}, packed(image))) == packed(image));
}

TEST_CASE("GreyBecomesRgb") {
  CHECK(decoded(make_png({.width = 2, .height = 1, .color_type = 0}, {7, 200})) ==
        Pixels{7, 7, 7, 200, 200, 200});
  // One bit per pixel: 1 0 1, then padding to the byte.
  CHECK(decoded(make_png({.width = 3, .height = 1, .bit_depth = 1, .color_type = 0}, {0xa0})) ==
        Pixels{255, 255, 255, 0, 0, 0, 255, 255, 255});
}

TEST_CASE("AlphaIsBlendedOnWhite") {
  const Pixels rgba{10, 20, 30, 255, 10, 20, 30, 0, 100, 0, 255, 128};
  CHECK(decoded(make_png({.width = 3, .height = 1, .color_type = 6}, rgba)) ==
        Pixels{10, 20, 30, 255, 255, 255, 177, 127, 255});
  CHECK(decoded(make_png({.width = 2, .height = 1, .color_type = 4}, {50, 255, 50, 0})) ==
        Pixels{50, 50, 50, 255, 255, 255});
}

TEST_CASE("SixteenBitsAreCutToEight") {
  const uint16_t samples[] = {0xffff, 0x8001, 0x01ff};
  Pixels bytes(sizeof samples);
  std::memcpy(bytes.data(), samples, sizeof samples);
  CHECK(decoded(make_png({.width = 1, .height = 1, .bit_depth = 16}, bytes)) == Pixels{0xff, 0x80, 0x01});
}

TEST_CASE("PalettesAreExpanded") {
  PngKind kind{.width = 3, .height = 1, .color_type = 3};
  kind.palette = {255, 0, 0, 0, 128, 0};
  CHECK(decoded(make_png(kind, {0, 1, 0})) == Pixels{255, 0, 0, 0, 128, 0, 255, 0, 0});
  kind.palette_alpha = {255, 0};
  CHECK(decoded(make_png(kind, {0, 1, 0})) == Pixels{255, 0, 0, 255, 255, 255, 255, 0, 0});
}

TEST_CASE("APngIsTurnedUprightToo") {
  PngKind kind{.width = 2, .height = 1};
  kind.orientation = 8;
  const auto png = make_png(kind, {1, 2, 3, 4, 5, 6});
  const auto image = decode(png, {});
  REQUIRE(image);
  CHECK(image->width() == 1);
  CHECK(image->height() == 2);
  CHECK(packed(*image) == Pixels{4, 5, 6, 1, 2, 3});
}

TEST_CASE("ATruncatedPngIsInvalidWhereverItsPixelsAreCut") {
  const Image image = gradient(40, 40);
  const ByteBuffer png = make_png({.width = 40, .height = 40}, packed(image));
  constexpr size_t kEnd = 12 + 4 + 4;  // IEND and the checksums behind the last pixel
  for (size_t size = 8; size < png.size() - kEnd; size += 3) {
    CAPTURE(size);
    const auto cut = decode(ByteView(png).first(size), {});
    REQUIRE_FALSE(cut);
    CHECK(cut.error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("AFlippedBitInAPngIsInvalid") {
  const Image image = gradient(40, 40);
  ByteBuffer png = make_png({.width = 40, .height = 40}, packed(image));
  png[png.size() / 2] ^= std::byte{4};
  const auto broken = decode(png, {});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().what.find("PNG is damaged") != std::string::npos);
}

TEST_CASE("OneChunkMayHoldAllPixels") {
  // Noise does not compress: one IDAT of about 6 MB, more than any text or profile may take.
  Pixels noise(size_t{1500} * 1400 * 3);
  uint32_t state = 1;
  for (uint8_t& value : noise) value = static_cast<uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  const ByteBuffer png = make_png({.width = 1500, .height = 1400}, noise);
  CHECK(png.size() > (5u << 20));
  CHECK(decoded(png) == noise);
}
