// What every function that reads someone else's pixels asks of them first.
#pragma once

#include "platform/image/image.h"

namespace oree::image {

// The largest side of a JPEG; the same is asked of everything else, which bounds all scratch memory.
constexpr int kMaxSide = 65535;

// `invalid` unless the view has pixels, 1 or 3 channels, sides of 1..kMaxSide and rows that do not overlap.
Status check_view(const ImageView& image);

}  // namespace oree::image
