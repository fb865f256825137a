#include <doctest/doctest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>

#include "platform/image/image.h"
#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;
using namespace oree::image::testing;

namespace {

ByteBuffer compress(const uint8_t* pixels, int width, int height, int format, int subsampling, int flags) {
  const std::unique_ptr<void, int (*)(void*)> codec(tjInitCompress(), tjDestroy);
  unsigned char* written = nullptr;
  unsigned long size = 0;
  REQUIRE(tjCompress2(codec.get(), pixels, width, 0, height, format, &written, &size, subsampling, 95,
                      flags) == 0);
  const auto* begin = reinterpret_cast<const std::byte*>(written);
  ByteBuffer out(begin, begin + size);
  tjFree(written);
  return out;
}

ByteBuffer jpeg_of(const Image& image) {
  auto jpeg = encode_jpeg(image.view(), 95);
  REQUIRE(jpeg);
  return *jpeg;
}

bool says(const Error& error, std::string_view part) {
  return error.what.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("AJpegComesBackAsItWentIn") {
  const Image image = gradient(61, 47);
  const auto back = decode(jpeg_of(image), {});
  REQUIRE(back);
  CHECK(back->channels() == 3);
  CHECK(largest_difference(back->view(), image.view()) <= 24);  // colour is stored at half size
}

TEST_CASE("AGreyJpegComesBackAsRgb") {
  const Image grey = gradient(32, 24, 1);
  const auto back = decode(jpeg_of(grey), {});
  REQUIRE(back);
  REQUIRE(back->channels() == 3);
  for (int x = 0; x < 32; ++x) {
    CHECK(std::abs(back->row(5)[3 * x] - grey.view().row(5)[x]) <= 4);
    CHECK(back->row(5)[3 * x] == back->row(5)[3 * x + 2]);
  }
}

TEST_CASE("QualityBuysLikenessForBytes") {
  const Image image = gradient(128, 128);
  const auto low = encode_jpeg(image.view(), 10);
  const auto high = encode_jpeg(image.view(), 98);
  REQUIRE(low);
  REQUIRE(high);
  CHECK(low->size() < high->size());
  CHECK_FALSE(encode_jpeg(image.view(), 0));
  CHECK_FALSE(encode_jpeg(image.view(), 101));
  CHECK_FALSE(encode_jpeg(ImageView{}, 90));
}

TEST_CASE("EveryOrientationIsTurnedUpright") {
  const Image stored = quarters(64, 32);
  const ByteBuffer jpeg = jpeg_of(stored);
  const auto plain = decode(jpeg, {});
  REQUIRE(plain);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const auto turned = decode(with_orientation(jpeg, orientation), {});
    REQUIRE(turned);
    const bool on_side = orientation >= 5;
    REQUIRE(turned->width() == (on_side ? 32 : 64));
    REQUIRE(turned->height() == (on_side ? 64 : 32));
    // The EXIF table in words: which stored side is the top row, which the left column.
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 64; ++x) {
        const int right = 63 - x, below = 31 - y;
        const int upright_x[] = {x, right, right, x, y, below, below, y};
        const int upright_y[] = {y, y, below, below, x, x, right, right};
        const uint8_t* from = plain->view().row(y) + 3 * x;
        const uint8_t* to = turned->view().row(upright_y[orientation - 1]) + 3 * upright_x[orientation - 1];
        REQUIRE(std::equal(from, from + 3, to));
      }
  }
}

TEST_CASE("APhoneHeldUprightGivesAnUprightPicture") {
  // Orientation 6: stored lying on its left side; stored bottom-left (blue) becomes upright top-left.
  const auto turned = decode(with_orientation(jpeg_of(quarters(64, 32)), 6), {});
  REQUIRE(turned);
  const uint8_t* top_left = turned->view().row(4) + 3 * 4;
  CHECK(top_left[2] > 200);
  CHECK(top_left[0] < 60);
}

TEST_CASE("ATruncatedJpegIsInvalidWhereverItIsCut") {
  const ByteBuffer whole = jpeg_of(gradient(96, 64));
  for (size_t size = 3; size < whole.size(); size += 7) {
    CAPTURE(size);
    const auto cut = decode(ByteView(whole).first(size), {});
    REQUIRE_FALSE(cut);
    CHECK(cut.error().kind == ErrorKind::invalid);
  }
  const auto half = decode(ByteView(whole).first(whole.size() / 2 + 300), {});
  REQUIRE_FALSE(half);
  CHECK(says(half.error(), "JPEG"));
}

TEST_CASE("AnEndMarkerDoesNotHideMissingPixels") {
  ByteBuffer cut = jpeg_of(gradient(96, 64));
  cut.resize(cut.size() * 3 / 4);
  cut.push_back(std::byte{0xff});
  cut.push_back(std::byte{0xd9});
  const auto image = decode(cut, {});
  REQUIRE_FALSE(image);
  CHECK(says(image.error(), "premature end"));
}

TEST_CASE("AMotionJpegFrameNeedsNoHuffmanTables") {
  // Cameras leave out the standard tables, which are the ones that our encoder writes.
  const ByteBuffer whole = jpeg_of(gradient(40, 30));
  ByteBuffer frame(whole.begin(), whole.begin() + 2);
  size_t at = 2;
  while (whole[at + 1] != std::byte{0xda}) {
    const size_t length =
        2 + std::to_integer<size_t>(whole[at + 2]) * 256 + std::to_integer<size_t>(whole[at + 3]);
    const auto segment = ByteView(whole).subspan(at, length);
    if (whole[at + 1] != std::byte{0xc4}) frame.insert(frame.end(), segment.begin(), segment.end());
    at += length;
  }
  frame.insert(frame.end(), whole.begin() + static_cast<ptrdiff_t>(at), whole.end());
  REQUIRE(frame.size() < whole.size());
  const auto with = decode(whole, {}), without = decode(frame, {});
  REQUIRE(with);
  REQUIRE(without);
  CHECK(largest_difference(with->view(), without->view()) == 0);
}

TEST_CASE("PaddingBeforeTheEndMarkerIsHarmless") {
  ByteBuffer padded = jpeg_of(gradient(40, 40));
  padded.insert(padded.end() - 2, 16, std::byte{0});
  CHECK(decode(padded, {}));
}

TEST_CASE("DamagedPixelsAreInvalid") {
  const ByteBuffer whole = jpeg_of(gradient(200, 200));
  ByteBuffer damaged = whole;
  for (size_t i = damaged.size() / 2; i < damaged.size() / 2 + 64; ++i) damaged[i] = std::byte{0xff};
  const auto image = decode(damaged, {});
  REQUIRE_FALSE(image);
  CHECK(says(image.error(), "damaged"));
}

TEST_CASE("InkBecomesLight") {
  // Adobe's way: 255 is no ink. Left half cyan ink alone, right half black ink alone.
  std::vector<uint8_t> ink(64 * 32 * 4, 255);
  for (size_t i = 0; i < ink.size(); i += 4) ink[i + (i / 4 % 64 < 32 ? 0 : 3)] = 0;
  const ByteBuffer jpeg = compress(ink.data(), 64, 32, TJPF_CMYK, TJSAMP_444, 0);
  const auto image = decode(jpeg, {});
  REQUIRE(image);
  REQUIRE(image->channels() == 3);
  const uint8_t* cyan = image->view().row(16) + 3 * 8;
  CHECK(cyan[0] < 10);
  CHECK(cyan[1] > 245);
  CHECK(cyan[2] > 245);
  const uint8_t* black = image->view().row(16) + 3 * 56;
  for (int c = 0; c < 3; ++c) CHECK(black[c] < 10);
}

TEST_CASE("AProgressiveJpegIsReadButNotAThousandScans") {
  const Image image = gradient(64, 48);
  const ByteBuffer jpeg = compress(image.view().pixels, 64, 48, TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE);
  const auto back = decode(jpeg, {});
  REQUIRE(back);
  CHECK(largest_difference(back->view(), image.view()) <= 12);

  // The last scan again and again: few bytes, a pass over all pixels each.
  size_t last_scan = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i)
    if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xda}) last_scan = i;
  const ByteBuffer scan(jpeg.begin() + static_cast<ptrdiff_t>(last_scan), jpeg.end() - 2);
  ByteBuffer bomb = jpeg;
  for (int i = 0; i < 1000; ++i) bomb.insert(bomb.end() - 2, scan.begin(), scan.end());
  const auto refused = decode(bomb, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(says(refused.error(), "100 progressive scans"));
}

TEST_CASE("AWrongExifBlockNeverRefusesAPicture") {
  ByteBuffer jpeg = with_orientation(jpeg_of(gradient(24, 16)), 6);
  for (size_t i = 12; i < 38; ++i) jpeg[i] = std::byte{0xff};
  const auto image = decode(jpeg, {});
  REQUIRE(image);
  CHECK(image->width() == 24);
}
