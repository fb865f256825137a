#include "platform/image/image.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/image/preprocess.h"
#include "platform/image/view.h"

namespace oree::image {

Image::Image(int width, int height, int channels)
    : width_(width),
      height_(height),
      channels_(channels),
      pixels_(std::make_unique_for_overwrite<uint8_t[]>(
          static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels))) {}

std::string_view media_type(Format format) {
  return format == Format::jpeg ? "image/jpeg" : "image/png";
}

Status check_view(const ImageView& image) {
  if (image.channels != 1 && image.channels != 3)
    return fail(ErrorKind::invalid, cat("an image has 1 or 3 channels, not ", image.channels));
  if (image.width < 1 || image.height < 1 || image.width > kMaxSide || image.height > kMaxSide)
    return fail(ErrorKind::invalid, cat("an image of ", image.width, "x", image.height,
                                        " pixels; each side must be 1 to ", kMaxSide));
  if (image.pixels == nullptr || image.stride < ptrdiff_t{image.width} * image.channels)
    return fail(ErrorKind::invalid, cat("an image of ", image.width, "x", image.height, "x", image.channels,
                                        " without its pixels (stride ", image.stride, ")"));
  return {};
}

Result<Image> shrink(const ImageView& image, int longest) {
  if (const Status usable = check_view(image); !usable) return forward(usable);
  if (longest < 1) return fail(ErrorKind::invalid, cat("cannot shrink an image to ", longest, " pixels"));
  const double ratio = std::min(1.0, static_cast<double>(longest) / std::max(image.width, image.height));
  const auto shrunk = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * ratio))); };
  Preprocess spec;
  spec.width = shrunk(image.width);
  spec.height = shrunk(image.height);
  spec.layout = Layout::nhwc;
  spec.channels = image.channels == 1 ? Channels::gray : Channels::rgb;
  spec.pixel = Pixel::u8;
  Image out(spec.width, spec.height, image.channels);
  const std::span<uint8_t> pixels(out.row(0), static_cast<size_t>(spec.width) *
                                                  static_cast<size_t>(spec.height) *
                                                  static_cast<size_t>(image.channels));
  const Result<Placement> placed = write_tensor(image, spec, std::as_writable_bytes(pixels));
  if (!placed) return forward(placed);
  return out;
}

}  // namespace oree::image
