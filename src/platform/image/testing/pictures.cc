#include "platform/image/testing/pictures.h"

#include <spng.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>

namespace oree::image::testing {

Image gradient(int width, int height, int channels) {
  Image out(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double across = (x + 0.5) / width, down = (y + 0.5) / height;
      const std::array<double, 3> colour{across, down, 0.5 + 0.5 * std::sin(9 * across * (1 + down))};
      for (int c = 0; c < channels; ++c)
        out.row(y)[x * channels + c] =
            static_cast<uint8_t>(std::lround(255 * colour[static_cast<size_t>(c)]));
    }
  return out;
}

Image quarters(int width, int height) {
  constexpr uint8_t kColours[2][2][3] = {{{255, 0, 0}, {0, 255, 0}}, {{0, 0, 255}, {255, 255, 255}}};
  Image out(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      std::copy_n(kColours[2 * y / height][2 * x / width], 3, out.row(y) + 3 * x);
  return out;
}

int largest_difference(const ImageView& a, const ImageView& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 256;
  int largest = 0;
  for (int y = 0; y < a.height; ++y)
    for (int i = 0; i < a.width * a.channels; ++i)
      largest = std::max(largest, std::abs(a.row(y)[i] - b.row(y)[i]));
  return largest;
}

namespace {

// One directory entry: tag 0x0112, SHORT, count 1.
std::array<uint8_t, 26> tiff_with(int orientation) {
  return {'M', 'M', 0, 42, 0, 0, 0, 8,                                              // header, directory at 8
          0,   1,                                                                   // one entry
          1,   18,  0, 3,  0, 0, 0, 1, 0, static_cast<uint8_t>(orientation), 0, 0,  // the entry
          0,   0,   0, 0};                                                          // no further directory
}

}  // namespace

ByteBuffer with_orientation(ByteView jpeg, int orientation) {
  const auto tiff = tiff_with(orientation);
  constexpr uint8_t kSegment[] = {0xff, 0xe1, 0, 2 + 6 + 26, 'E', 'x', 'i', 'f', 0, 0};
  ByteBuffer out(jpeg.begin(), jpeg.begin() + 2);
  for (const uint8_t b : kSegment) out.push_back(std::byte{b});
  for (const uint8_t b : tiff) out.push_back(std::byte{b});
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

ByteBuffer make_png(const PngKind& kind, const std::vector<uint8_t>& pixels) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> writer(spng_ctx_new(SPNG_CTX_ENCODER), spng_ctx_free);
  spng_set_option(writer.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(kind.width);
  header.height = static_cast<uint32_t>(kind.height);
  header.bit_depth = static_cast<uint8_t>(kind.bit_depth);
  header.color_type = static_cast<uint8_t>(kind.color_type);
  header.interlace_method = kind.interlaced ? SPNG_INTERLACE_ADAM7 : SPNG_INTERLACE_NONE;
  spng_set_ihdr(writer.get(), &header);
  if (!kind.palette.empty()) {
    spng_plte palette{};
    palette.n_entries = static_cast<uint32_t>(kind.palette.size() / 3);
    for (uint32_t i = 0; i < palette.n_entries; ++i)
      palette.entries[i] = {kind.palette[3 * i], kind.palette[3 * i + 1], kind.palette[3 * i + 2], 255};
    spng_set_plte(writer.get(), &palette);
  }
  if (!kind.palette_alpha.empty()) {
    spng_trns transparent{};
    transparent.n_type3_entries = static_cast<uint32_t>(kind.palette_alpha.size());
    std::ranges::copy(kind.palette_alpha, transparent.type3_alpha);
    spng_set_trns(writer.get(), &transparent);
  }
  auto tiff = tiff_with(kind.orientation);
  spng_exif exif{tiff.size(), reinterpret_cast<char*>(tiff.data())};
  if (kind.orientation != 0) spng_set_exif(writer.get(), &exif);
  if (spng_encode_image(writer.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE) != 0)
    return {};
  size_t size = 0;
  int error = 0;
  auto* bytes = static_cast<std::byte*>(spng_get_png_buffer(writer.get(), &size, &error));
  ByteBuffer out(bytes, bytes + size);
  std::free(bytes);
  return out;
}

namespace {

struct Weighted {
  int sample;
  double weight;
};

std::vector<Weighted> weigh_all(int samples, double begin, double length, int target, int at) {
  const double step = length / target;
  const double reach = std::max(1.0, step);
  const double centre = begin + (at + 0.5) * step;
  std::vector<Weighted> out;
  double sum = 0;
  for (int i = 0; i < samples; ++i) {
    const double weight = 1 - std::abs(i + 0.5 - centre) / reach;
    if (weight <= 0) continue;
    out.push_back({i, weight});
    sum += weight;
  }
  for (Weighted& one : out) one.weight /= sum;
  return out;
}

}  // namespace

std::vector<double> reference_resize(const ImageView& source, const Region& region, int width, int height) {
  std::vector<std::vector<Weighted>> columns;
  for (int x = 0; x < width; ++x)
    columns.push_back(weigh_all(source.width, region.left, region.width, width, x));
  std::vector<double> out;
  for (int y = 0; y < height; ++y) {
    const auto rows = weigh_all(source.height, region.top, region.height, height, y);
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < source.channels; ++c) {
        double sum = 0;
        for (const Weighted& j : rows)
          for (const Weighted& i : columns[static_cast<size_t>(x)])
            sum += j.weight * i.weight * source.row(j.sample)[i.sample * source.channels + c];
        out.push_back(sum);
      }
  }
  return out;
}

}  // namespace oree::image::testing
