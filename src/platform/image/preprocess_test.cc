#include "platform/image/preprocess.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;
using namespace oree::image::testing;

namespace {

struct Tensor {
  Placement placement;
  std::vector<float> values;
};

size_t elements(const Preprocess& spec) {
  size_t count = 1;
  for (const int64_t side : tensor_shape(spec)) count *= static_cast<size_t>(side);
  return count;
}

Tensor floats(const ImageView& source, const Preprocess& spec) {
  Tensor out{{}, std::vector<float>(elements(spec), -999.0f)};
  const auto placed = write_tensor(source, spec, std::as_writable_bytes(std::span(out.values)));
  if (!placed) FAIL(placed.error().what);
  out.placement = *placed;
  return out;
}

std::vector<uint8_t> bytes(const ImageView& source, const Preprocess& spec) {
  std::vector<uint8_t> out(elements(spec), 99);
  const auto placed = write_tensor(source, spec, std::as_writable_bytes(std::span(out)));
  if (!placed) FAIL(placed.error().what);
  return out;
}

Error refusal(const ImageView& source, const Preprocess& spec, size_t size) {
  std::vector<float> out(size / sizeof(float) + 1);
  const auto placed = write_tensor(source, spec, std::as_writable_bytes(std::span(out)).first(size));
  REQUIRE_FALSE(placed);
  return placed.error();
}

Preprocess small(int width, int height, Resize resize = Resize::stretch) {
  Preprocess spec;
  spec.width = width;
  spec.height = height;
  spec.layout = Layout::nhwc;
  spec.resize = resize;
  return spec;
}

double largest_error(const std::vector<float>& values, const std::vector<double>& reference) {
  REQUIRE(values.size() == reference.size());
  double largest = 0;
  for (size_t i = 0; i < values.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(values[i]) - reference[i]));
  return largest;
}

}  // namespace

TEST_CASE("AgreesWithTheDefinitionOfTheFilterAtEverySize") {
  for (const int channels : {3, 1}) {
    const Image source = gradient(97, 61, channels);
    for (const auto& [width, height] :
         {std::pair{40, 30}, {97, 30}, {40, 61}, {200, 150}, {1, 1}, {7, 200}, {98, 60}}) {
      CAPTURE(channels);
      CAPTURE(width);
      CAPTURE(height);
      Preprocess spec = small(width, height);
      if (channels == 1) spec.channels = Channels::gray;
      const auto reference = reference_resize(source.view(), {0, 0, 97, 61}, width, height);
      CHECK(largest_error(floats(source.view(), spec).values, reference) < 0.001);
    }
  }
}

TEST_CASE("TheTinyestPicturesAreEnlarged") {
  const Image dot = gradient(1, 1), pair = gradient(2, 3);
  const auto one = floats(dot.view(), small(5, 4)).values;
  for (size_t i = 0; i < one.size(); ++i) CHECK(one[i] == doctest::Approx(dot.view().pixels[i % 3]));
  CHECK(largest_error(floats(pair.view(), small(9, 8)).values,
                      reference_resize(pair.view(), {0, 0, 2, 3}, 9, 8)) < 0.001);
}

TEST_CASE("TheSameSizeIsACopy") {
  const Image source = gradient(20, 10);
  const auto values = floats(source.view(), small(20, 10)).values;
  for (size_t i = 0; i < values.size(); ++i)
    REQUIRE(values[i] == static_cast<float>(source.view().pixels[i]));
  Preprocess spec = small(20, 10);
  spec.pixel = Pixel::u8;
  CHECK(bytes(source.view(), spec) == std::vector<uint8_t>(source.view().pixels, source.view().pixels + 600));
}

TEST_CASE("LayoutsHoldTheSameValues") {
  const Image source = gradient(50, 40);
  Preprocess spec = small(17, 13);
  const auto pixels = floats(source.view(), spec).values;
  spec.layout = Layout::nchw;
  CHECK(tensor_shape(spec) == std::array<int64_t, 4>{1, 3, 13, 17});
  const auto planes = floats(source.view(), spec).values;
  for (size_t at = 0; at < 17 * 13; ++at)
    for (size_t c = 0; c < 3; ++c) REQUIRE(planes[c * 17 * 13 + at] == pixels[3 * at + c]);
}

TEST_CASE("BgrSwapsThePixelsButNotMeanAndScale") {
  const Image source = gradient(50, 40);
  for (const Layout layout : {Layout::nhwc, Layout::nchw}) {
    Preprocess spec = small(16, 12);
    const auto rgb = floats(source.view(), spec).values;
    spec.layout = layout;
    spec.channels = Channels::bgr;
    spec.mean = {10, 20, 30};
    spec.scale = {1, 2, 4};
    const auto bgr = floats(source.view(), spec).values;
    for (size_t at = 0; at < 16 * 12; ++at)
      for (size_t c = 0; c < 3; ++c) {
        const float value = bgr[layout == Layout::nhwc ? 3 * at + c : c * 16 * 12 + at];
        REQUIRE(value == doctest::Approx((rgb[3 * at + 2 - c] - spec.mean[c]) * spec.scale[c]));
      }
  }
}

TEST_CASE("ColourBecomesGreyAndGreyBecomesColour") {
  const Image colour = gradient(50, 40);
  Preprocess spec = small(10, 8);
  const auto rgb = floats(colour.view(), spec).values;
  spec.channels = Channels::gray;
  CHECK(tensor_shape(spec) == std::array<int64_t, 4>{1, 8, 10, 1});
  const auto gray = floats(colour.view(), spec).values;
  for (size_t at = 0; at < gray.size(); ++at)
    REQUIRE(gray[at] ==
            doctest::Approx(0.299 * rgb[3 * at] + 0.587 * rgb[3 * at + 1] + 0.114 * rgb[3 * at + 2]));

  // Both ways of a grey source: resized, and copied in place.
  const Image grey = gradient(10, 8, 1);
  for (const auto& [width, height] : {std::pair{10, 8}, {6, 5}, {30, 20}}) {
    Preprocess one = small(width, height);
    const auto three = floats(grey.view(), one).values;
    one.channels = Channels::gray;
    const auto single = floats(grey.view(), one).values;
    for (size_t i = 0; i < three.size(); ++i) REQUIRE(three[i] == single[i / 3]);
  }
}

TEST_CASE("EightBitTensorsAreRounded") {
  const Image source = gradient(64, 48);
  for (const Layout layout : {Layout::nhwc, Layout::nchw}) {
    Preprocess spec = small(24, 18);
    spec.layout = layout;
    spec.channels = Channels::bgr;
    const auto exact = floats(source.view(), spec).values;
    spec.pixel = Pixel::u8;
    const auto rounded = bytes(source.view(), spec);
    for (size_t i = 0; i < exact.size(); ++i)
      REQUIRE(rounded[i] == static_cast<uint8_t>(std::lround(exact[i])));
  }
}

TEST_CASE("WhiteStaysWhite") {
  Image white(640, 480, 3);
  std::fill_n(white.row(0), 640 * 480 * 3, uint8_t{255});
  Preprocess spec = small(223, 117);
  spec.pixel = Pixel::u8;
  CHECK(bytes(white.view(), spec) == std::vector<uint8_t>(223 * 117 * 3, 255));
}

TEST_CASE("ALetterboxIsCentredOnPad") {
  const Image source = gradient(100, 50);
  Preprocess spec = small(33, 40, Resize::letterbox);  // 100x50 * 0.33 = 33x16.5 -> 33x16, 12 above
  spec.pad = 114;
  spec.mean = {14, 0, 0};
  spec.scale = {0.5f, 1, 1};
  const Tensor tensor = floats(source.view(), spec);
  const auto inner = reference_resize(source.view(), {0, 0, 100, 50}, 33, 16);
  for (size_t y = 0; y < 40; ++y)
    for (size_t x = 0; x < 33; ++x)
      for (size_t c = 0; c < 3; ++c) {
        const bool shown = y >= 12 && y < 28;
        const double value = shown ? inner[((y - 12) * 33 + x) * 3 + c] : 114;
        const double wanted = c == 0 ? (value - 14) * 0.5 : value;
        REQUIRE(tensor.values[(y * 33 + x) * 3 + c] == doctest::Approx(wanted).epsilon(0.0001));
      }
}

TEST_CASE("AnOddMarginHasItsExtraPixelAtRightAndBottom") {
  Image white(10, 10, 3);
  std::fill_n(white.row(0), 300, uint8_t{255});
  Preprocess spec = small(13, 10, Resize::letterbox);
  spec.pixel = Pixel::u8;
  spec.channels = Channels::gray;
  spec.pad = 0;
  const auto wide = bytes(white.view(), spec);
  CHECK(wide[0] == 0);
  CHECK(wide[1] == 255);
  CHECK(wide[10] == 255);
  CHECK(wide[11] == 0);
  CHECK(wide[12] == 0);
  spec.width = 10;
  spec.height = 13;
  spec.layout = Layout::nchw;
  const auto tall = bytes(white.view(), spec);
  CHECK(tall[9] == 0);
  CHECK(tall[10] == 255);
  CHECK(tall[109] == 255);
  CHECK(tall[110] == 0);
}

TEST_CASE("ACentredCropSeesItsNeighboursButShowsOnlyItself") {
  const Image source = gradient(120, 80);
  Preprocess spec = small(30, 30, Resize::center_crop);
  spec.crop = 0.875f;
  const Tensor tensor = floats(source.view(), spec);
  CHECK(largest_error(tensor.values, reference_resize(source.view(), {25, 5, 70, 70}, 30, 30)) < 0.001);
  CHECK(tensor.placement.offset_x == 25);
  CHECK(tensor.placement.offset_y == 5);

  // A crop at its own size and at whole pixels copies.
  spec.width = 70;
  spec.height = 70;
  const auto copied = floats(source.view(), spec).values;
  CHECK(copied[0] == static_cast<float>(source.view().row(5)[25 * 3]));
  CHECK(copied.back() == static_cast<float>(source.view().row(74)[94 * 3 + 2]));
}

TEST_CASE("ThePlacementCarriesTheCornersBack") {
  struct Case {
    Preprocess spec;
    int width, height;
    float left, top, right, bottom;  // of the picture, in tensor pixels
  };
  Preprocess crop = small(50, 100, Resize::center_crop);
  crop.crop = 0.5f;
  const Case cases[] = {
      {small(224, 112), 640, 480, 0, 0, 224, 112},
      {small(320, 320, Resize::letterbox), 640, 480, 0, 40, 320, 280},
      {small(320, 320, Resize::letterbox), 480, 640, 40, 0, 280, 320},
      {crop, 200, 100, -175, -50, 225, 150},  // shows 25x50 of 200x100 from (87.5, 25), enlarged twice
  };
  for (const Case& one : cases) {
    const Placement at = placement(one.width, one.height, one.spec);
    CHECK(one.left * at.scale_x + at.offset_x == doctest::Approx(0));
    CHECK(one.top * at.scale_y + at.offset_y == doctest::Approx(0));
    CHECK(one.right * at.scale_x + at.offset_x == doctest::Approx(one.width));
    CHECK(one.bottom * at.scale_y + at.offset_y == doctest::Approx(one.height));
  }
}

TEST_CASE("WriteTensorReportsThePlacementItUsed") {
  const Image source = gradient(64, 48);
  const Preprocess spec = small(31, 31, Resize::letterbox);
  const Placement said = placement(64, 48, spec), used = floats(source.view(), spec).placement;
  CHECK(said.scale_x == used.scale_x);
  CHECK(said.scale_y == used.scale_y);
  CHECK(said.offset_x == used.offset_x);
  CHECK(said.offset_y == used.offset_y);
}

TEST_CASE("AViewIntoALargerPictureReadsOnlyItself") {
  Image large = gradient(60, 40);
  ImageView window{large.row(10) + 3 * 20, 30, 20, 3, large.view().stride};
  Image alone(30, 20, 3);
  for (int y = 0; y < 20; ++y) std::copy_n(window.row(y), 90, alone.row(y));
  CHECK(floats(window, small(11, 9)).values == floats(alone.view(), small(11, 9)).values);
}

TEST_CASE("GeometriesThatTakeTurnsDoNotDisturbEachOther") {
  const Image a = gradient(64, 48), b = gradient(31, 77);
  const auto first = floats(a.view(), small(20, 20)).values;
  floats(b.view(), small(20, 20));
  floats(a.view(), small(40, 20));
  floats(a.view(), small(20, 20, Resize::center_crop));
  CHECK(floats(a.view(), small(20, 20)).values == first);
}

TEST_CASE("ThreadsDoNotDisturbEachOther") {
  const Image a = gradient(64, 48), b = gradient(90, 30);
  const auto wanted_a = floats(a.view(), small(20, 20)).values,
             wanted_b = floats(b.view(), small(33, 7)).values;
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < wrong.size(); ++i)
      threads.emplace_back([&, i] {
        for (int round = 0; round < 20; ++round) {
          wrong[i] += floats(a.view(), small(20, 20)).values != wanted_a;
          wrong[i] += floats(b.view(), small(33, 7)).values != wanted_b;
        }
      });
  }
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("AVeryLongPictureIsReduced") {
  const Image line = gradient(60000, 3);
  const auto values = floats(line.view(), small(8, 2)).values;
  CHECK(largest_error(values, reference_resize(line.view(), {0, 0, 60000, 3}, 8, 2)) < 0.05);
}

TEST_CASE("WrongSpecificationsAreRefusedWithTheValue") {
  const Image source = gradient(8, 8);
  const auto kind = [&](const Preprocess& spec, size_t size) {
    return refusal(source.view(), spec, size).kind;
  };
  CHECK(kind(small(0, 4), 0) == ErrorKind::invalid);
  CHECK(kind(small(4, -1), 0) == ErrorKind::invalid);
  CHECK(kind(small(1 << 20, 4), 0) == ErrorKind::invalid);
  CHECK(kind(small(4, 4), 4 * 4 * 3 * 4 - 1) == ErrorKind::bug);

  Preprocess crop = small(4, 4, Resize::center_crop);
  for (const float wrong : {0.0f, -1.0f, 1.01f, NAN}) {
    crop.crop = wrong;
    CHECK(kind(crop, 4 * 4 * 3 * 4) == ErrorKind::invalid);
  }
  Preprocess scaled = small(4, 4);
  scaled.pixel = Pixel::u8;
  scaled.scale = {0.5f, 1, 1};
  CHECK(kind(scaled, 4 * 4 * 3) == ErrorKind::invalid);
  Preprocess padded = small(4, 4);
  padded.pixel = Pixel::u8;
  padded.pad = 256;
  CHECK(kind(padded, 4 * 4 * 3) == ErrorKind::invalid);
}

TEST_CASE("WrongViewsAreRefused") {
  const Image source = gradient(8, 8);
  const Preprocess spec = small(4, 4);
  ImageView view = source.view();
  view.channels = 4;
  CHECK(refusal(view, spec, 192).kind == ErrorKind::invalid);
  view = source.view();
  view.stride = 23;
  CHECK(refusal(view, spec, 192).kind == ErrorKind::invalid);
  CHECK(refusal(ImageView{}, spec, 192).kind == ErrorKind::invalid);
}
