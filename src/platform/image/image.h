// Pictures in memory: 8-bit, interleaved, row-major, top row first; RGB (3 channels) or grey (1).
//
// decode() reads JPEG and PNG (libjpeg-turbo, libspng) within limits that are checked on the header, before
// any pixel is allocated; alpha is blended on white, 16-bit is cut to 8, EXIF orientation is applied. All
// functions are pure and thread-safe. Errors: `invalid` names what is wrong with the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::image {

struct ImageView {
  const uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
  int channels = 3;
  ptrdiff_t stride = 0;  // bytes from one row to the next

  const uint8_t* row(int y) const { return pixels + y * stride; }
};

// Owns its pixels, rows packed.
class Image {
 public:
  Image() = default;
  Image(int width, int height, int channels);  // pixels not initialised

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  uint8_t* row(int y) { return pixels_.get() + static_cast<ptrdiff_t>(y) * width_ * channels_; }
  const uint8_t* row(int y) const { return view().row(y); }
  ImageView view() const {
    return {pixels_.get(), width_, height_, channels_, static_cast<ptrdiff_t>(width_) * channels_};
  }

 private:
  int width_ = 0;
  int height_ = 0;
  int channels_ = 3;
  std::unique_ptr<uint8_t[]> pixels_;
};

enum class Format { jpeg, png };
std::string_view media_type(Format format);  // "image/jpeg"

struct DecodeLimits {
  uint64_t max_bytes = 32u << 20;
  uint64_t max_pixels = 50'000'000;
};

struct ImageInfo {
  Format format;
  int width;  // as stored, before orientation
  int height;
  int orientation;  // EXIF 1..8, 1 when absent
};

// Header only: format, size, orientation. Costs microseconds.
Result<ImageInfo> probe(ByteView bytes);
Result<Image> decode(ByteView bytes, const DecodeLimits& limits);
Result<ByteBuffer> encode_jpeg(const ImageView& image, int quality);
// Shrinks so that neither side exceeds `longest`; never enlarges.
Result<Image> shrink(const ImageView& image, int longest);

}  // namespace oree::image
