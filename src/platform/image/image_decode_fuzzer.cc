// Any bytes are an image or an Error; what decodes has the size that probe() announced, upright.
#include <cstdlib>

#include "platform/image/image.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  image::DecodeLimits limits;
  limits.max_pixels = 1u << 18;
  const auto info = image::probe(bytes);
  const auto image = image::decode(bytes, limits);
  if (!image) return 0;
  const bool on_side = info && info->orientation >= 5;
  if (!info || image->channels() != 3 || image->width() != (on_side ? info->height : info->width))
    std::abort();
  return 0;
}
