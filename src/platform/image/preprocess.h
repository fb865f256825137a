// From pixels to a model's input tensor in one pass: crop or letterbox, bilinear resize, channel order,
// normalise, layout.
//
// Resampling is bilinear with a support that widens on reduction (antialiased), half-pixel centres: what
// Pillow calls BILINEAR with reducing_gap=None. Results lie within 1/255 of it. value = (x - mean) * scale, x
// in 0..255.
#pragma once

#include <array>

#include "platform/image/image.h"
#include "platform/tensor/tensor.h"

namespace oree::image {

enum class Resize { stretch, letterbox, center_crop };
enum class Layout { nchw, nhwc };
enum class Channels { rgb, bgr, gray };

struct Preprocess {
  int width = 0;  // of the tensor
  int height = 0;
  Layout layout = Layout::nchw;
  Channels channels = Channels::rgb;
  std::array<float, 3> mean{0, 0, 0};  // in tensor channel order
  std::array<float, 3> scale{1, 1, 1};
  Resize resize = Resize::stretch;
  float crop = 1;                            // center_crop: kept fraction of the shorter side
  float pad = 114;                           // letterbox fill, before mean and scale
  tensor::DType dtype = tensor::DType::f32;  // f32; u8 (mean and scale must be 0 and 1)
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
tensor::Shape tensor_shape(const Preprocess& spec);
// Where the tensor would come from for a source of this size, without touching pixels.
Placement placement(int source_width, int source_height, const Preprocess& spec);
// Fills `out`, which must be exactly tensor_shape() of dtype.
Result<Placement> write_tensor(const ImageView& source, const Preprocess& spec, std::span<std::byte> out);

}  // namespace oree::image
