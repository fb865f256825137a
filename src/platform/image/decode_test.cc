#include <doctest/doctest.h>

#include "platform/image/image.h"
#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;
using namespace oree::image::testing;

namespace {

bool says(const Error& error, std::string_view part) {
  return error.what.find(part) != std::string::npos;
}

ByteBuffer jpeg_of(const Image& image, int quality = 95) {
  auto jpeg = encode_jpeg(image.view(), quality);
  REQUIRE(jpeg);
  return *jpeg;
}

// A JPEG that says width x height and stops right after: enough for every check that comes before decoding.
ByteBuffer jpeg_header(int width, int height) {
  ByteBuffer out;
  for (const int b :
       {0xff, 0xd8, 0xff, 0xc0, 0, 17,   8, height >> 8, height & 255, width >> 8, width & 255, 3, 1, 0x22,
        0,    2,    0x11, 0,    3, 0x11, 0, 0xff,        0xda,         0,          12,          3, 1, 0,
        2,    0,    3,    0,    0, 63,   0})
    out.push_back(static_cast<std::byte>(b));
  return out;
}

}  // namespace

TEST_CASE("WhatIsNoImageIsRefusedWithItsFirstBytes") {
  const auto gif = decode(as_bytes("GIF89a..............."), {});
  REQUIRE_FALSE(gif);
  CHECK(gif.error().kind == ErrorKind::invalid);
  CHECK(says(gif.error(), "neither JPEG nor PNG"));
  CHECK(says(gif.error(), "474946383961"));
  const auto nothing = decode({}, {});
  REQUIRE_FALSE(nothing);
  CHECK(says(nothing.error(), "empty"));
  CHECK_FALSE(decode(as_bytes("\xff\xd8\xff"), {}));
  CHECK_FALSE(decode(as_bytes("\x89PNG\r\n\x1a\n"), {}));
}

TEST_CASE("TooManyBytesAreRefusedUnread") {
  DecodeLimits limits;
  limits.max_bytes = 100;
  const auto image = decode(jpeg_of(gradient(64, 64)), limits);
  REQUIRE_FALSE(image);
  CHECK(image.error().kind == ErrorKind::invalid);
  CHECK(says(image.error(), "at most 100"));
}

TEST_CASE("AHeaderThatSaysTooManyPixelsIsRefusedWithTheNumbers") {
  const auto jpeg = decode(jpeg_header(10000, 10000), {});
  REQUIRE_FALSE(jpeg);
  CHECK(jpeg.error().kind == ErrorKind::invalid);
  CHECK(says(jpeg.error(), "10000x10000"));
  CHECK(says(jpeg.error(), "100.0 megapixels"));
  CHECK(says(jpeg.error(), "at most 50.0 megapixels"));

  ByteBuffer png = make_png({.width = 8, .height = 8}, std::vector<uint8_t>(8 * 8 * 3));
  REQUIRE(png.size() > 40);
  DecodeLimits limits;
  limits.max_pixels = 63;
  const auto small = decode(png, limits);
  REQUIRE_FALSE(small);
  CHECK(says(small.error(), "8x8"));
  limits.max_pixels = 64;
  CHECK(decode(png, limits));
}

TEST_CASE("ASideThatIsTooLongIsRefused") {
  const auto line = make_png({.width = 70000, .height = 1, .color_type = 0}, std::vector<uint8_t>(70000));
  const auto image = decode(line, {});
  REQUIRE_FALSE(image);
  CHECK(says(image.error(), "70000x1"));
}

TEST_CASE("ProbeReadsTheHeaderOnly") {
  const auto huge = probe(jpeg_header(10000, 20000));
  REQUIRE(huge);
  CHECK(huge->format == Format::jpeg);
  CHECK(huge->width == 10000);
  CHECK(huge->height == 20000);
  CHECK(huge->orientation == 1);
  const auto turned = probe(with_orientation(jpeg_of(gradient(20, 10)), 6));
  REQUIRE(turned);
  CHECK(turned->width == 20);
  CHECK(turned->orientation == 6);
  const auto png = probe(make_png({.width = 5, .height = 7}, std::vector<uint8_t>(5 * 7 * 3)));
  REQUIRE(png);
  CHECK(png->format == Format::png);
  CHECK(png->width == 5);
  CHECK(png->height == 7);
  CHECK(media_type(Format::jpeg) == "image/jpeg");
  CHECK(media_type(Format::png) == "image/png");
}

TEST_CASE("ShrinkKeepsTheShapeAndNeverEnlarges") {
  const Image wide = gradient(400, 100);
  const auto small = shrink(wide.view(), 100);
  REQUIRE(small);
  CHECK(small->width() == 100);
  CHECK(small->height() == 25);
  // Smooth colours keep their place: the middle of the small picture is the middle of the large one.
  for (int c = 0; c < 3; ++c)
    CHECK(std::abs(small->row(12)[50 * 3 + c] - wide.view().row(50)[201 * 3 + c]) <= 4);
  const auto same = shrink(wide.view(), 400);
  REQUIRE(same);
  CHECK(largest_difference(same->view(), wide.view()) == 0);
  const auto larger = shrink(wide.view(), 5000);
  REQUIRE(larger);
  CHECK(larger->width() == 400);
  const auto thread = shrink(gradient(1000, 1, 1).view(), 10);
  REQUIRE(thread);
  CHECK(thread->channels() == 1);
  CHECK(thread->height() == 1);
  CHECK_FALSE(shrink(wide.view(), 0));
  CHECK_FALSE(shrink(ImageView{}, 10));
}
