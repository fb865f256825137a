// Pictures made on the spot for the tests of this room, and a slow second opinion on resizing.
#pragma once

#include <vector>

#include "platform/image/preprocess.h"

namespace oree::image::testing {

// Smooth colours that differ at every pixel, so that a swap, a shift or a mirror shows.
Image gradient(int width, int height, int channels = 3);
// Four flat quarters: red, green / blue, white. Survives JPEG.
Image quarters(int width, int height);

// Largest difference of any channel of any pixel; 256 when the sizes differ.
int largest_difference(const ImageView& a, const ImageView& b);

// A JPEG with an EXIF block in front that says so.
ByteBuffer with_orientation(ByteView jpeg, int orientation);

struct PngKind {
  int width = 0;
  int height = 0;
  int bit_depth = 8;
  int color_type = 2;  // of the PNG specification: 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA
  bool interlaced = false;
  std::vector<uint8_t> palette;        // RGB triples
  std::vector<uint8_t> palette_alpha;  // tRNS of a palette
  int orientation = 0;                 // 0: no eXIf chunk
};
// `pixels` as PNG stores them, rows packed, 16-bit in host order.
ByteBuffer make_png(const PngKind& kind, const std::vector<uint8_t>& pixels);

// Part of a source that covers a target, in source pixels.
struct Region {
  double left = 0, top = 0, width = 0, height = 0;
};
// The filter of preprocess.h by its definition: every source pixel asked for its weight, in double precision.
// Channels as the source has them, interleaved, 0..255.
std::vector<double> reference_resize(const ImageView& source, const Region& region, int width, int height);

}  // namespace oree::image::testing
