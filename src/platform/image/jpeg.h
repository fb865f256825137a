// JPEG through libjpeg-turbo. Limits are the caller's business (decode.cc) and are checked before.
#pragma once

#include "platform/image/image.h"

namespace oree::image {

bool is_jpeg(ByteView bytes);
Result<ImageInfo> probe_jpeg(ByteView bytes);
// As stored, not yet upright; always RGB. `info` is probe_jpeg()'s of the same bytes. A picture whose data
// ends early or is damaged is `invalid`: a part must not be judged on a half-grey picture.
Result<Image> decode_jpeg(ByteView bytes, const ImageInfo& info);

}  // namespace oree::image
