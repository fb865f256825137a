// From pixels to a model's input tensor in one pass: crop or letterbox, bilinear resize, channel order,
// normalise, layout.
//
// Resampling is bilinear with a support that widens on reduction (antialiased), half-pixel centres: what
// Pillow calls BILINEAR with reducing_gap=None. Colours lie within one level of it, a grey tensor of a colour
// picture within 1.5 (Pillow rounds to grey first). value = (x - mean) * scale, x in 0..255. A colour source
// becomes grey by BT.601; a grey one fills all three channels. Thread-safe; each thread keeps at most 1 MiB
// of tables and rows for the next picture of the same size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "platform/image/image.h"

namespace oree::image {

// letterbox: both sides by one ratio, rounded, centred; an odd margin has its extra pixel right and bottom.
// center_crop: the largest centred part of the tensor's proportions, times `crop`, to a fraction of a pixel.
enum class Resize { stretch, letterbox, center_crop };
enum class Layout { nchw, nhwc };
enum class Channels { rgb, bgr, gray };
enum class Pixel { f32, u8 };  // of the tensor

struct Preprocess {
  int width = 0;  // of the tensor
  int height = 0;
  Layout layout = Layout::nchw;
  Channels channels = Channels::rgb;
  std::array<float, 3> mean{0, 0, 0};  // in tensor channel order
  std::array<float, 3> scale{1, 1, 1};
  Resize resize = Resize::stretch;
  float crop = 1;            // center_crop: kept fraction, 0.875 as 224 of 256
  float pad = 114;           // letterbox fill, before mean and scale
  Pixel pixel = Pixel::f32;  // u8: mean and scale must be 0 and 1
};

// Where the tensor's pixels came from, to carry boxes back: source = tensor * scale + offset, in source
// pixels.
struct Placement {
  float scale_x = 1;
  float scale_y = 1;
  float offset_x = 0;
  float offset_y = 0;
};

// Shape of the tensor, batch 1.
std::array<int64_t, 4> tensor_shape(const Preprocess& spec);
// Where the tensor would come from for a source of this size, without touching pixels.
Placement placement(int source_width, int source_height, const Preprocess& spec);
// Fills `out`, which must be exactly tensor_shape() elements of spec.pixel, aligned for it (else `bug`).
// `invalid` names the field of the specification, or the size of the source, that cannot be.
Result<Placement> write_tensor(const ImageView& source, const Preprocess& spec, std::span<std::byte> out);

}  // namespace oree::image
