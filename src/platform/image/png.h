// PNG through libspng. Limits are the caller's business (decode.cc) and are checked before.
#pragma once

#include "platform/image/image.h"

namespace oree::image {

bool is_png(ByteView bytes);
Result<ImageInfo> probe_png(ByteView bytes);
// As stored, not yet upright; always RGB. Palettes and grey are expanded, 16-bit loses its low byte, alpha is
// blended on white.
Result<Image> decode_png(ByteView bytes, const ImageInfo& info);

}  // namespace oree::image
