// Limits first, then the codec, then upright.
#include <new>

#include "base/text.h"
#include "platform/image/jpeg.h"
#include "platform/image/orient.h"
#include "platform/image/png.h"
#include "platform/image/view.h"

namespace oree::image {

namespace {

std::string megapixels(uint64_t pixels) {
  return fixed(static_cast<double>(pixels) / 1e6, 1) + " megapixels";
}

Status check_limits(const ImageInfo& info, const DecodeLimits& limits) {
  const std::string_view name = info.format == Format::jpeg ? "JPEG" : "PNG";
  const auto pixels = static_cast<uint64_t>(info.width) * static_cast<uint64_t>(info.height);
  if (pixels > limits.max_pixels)
    return fail(ErrorKind::invalid,
                cat("the ", name, " says ", info.width, "x", info.height, " = ", megapixels(pixels),
                    "; at most ", megapixels(limits.max_pixels), " are taken"));
  if (info.width > kMaxSide || info.height > kMaxSide)
    return fail(ErrorKind::invalid, cat("the ", name, " says ", info.width, "x", info.height,
                                        "; a side of at most ", kMaxSide, " is taken"));
  return {};
}

Result<Image> decode_as(const ImageInfo& info, ByteView bytes) {
  Result<Image> stored = info.format == Format::jpeg ? decode_jpeg(bytes, info) : decode_png(bytes, info);
  if (!stored) return stored;
  return upright(std::move(*stored), info.orientation);
}

}  // namespace

Result<ImageInfo> probe(ByteView bytes) {
  if (is_jpeg(bytes)) return probe_jpeg(bytes);
  if (is_png(bytes)) return probe_png(bytes);
  if (bytes.empty()) return fail(ErrorKind::invalid, "the image is empty (0 bytes)");
  const ByteView start = bytes.first(bytes.size() < 8 ? bytes.size() : 8);
  return fail(ErrorKind::invalid, cat("the image is neither JPEG nor PNG: it begins with ", to_hex(start)));
}

Result<Image> decode(ByteView bytes, const DecodeLimits& limits) {
  if (bytes.size() > limits.max_bytes)
    return fail(ErrorKind::invalid, cat("the image is ", size_text(bytes.size()), "; at most ",
                                        size_text(limits.max_bytes), " are taken"));
  const Result<ImageInfo> info = probe(bytes);
  if (!info) return forward(info);
  if (const Status within = check_limits(*info, limits); !within) return forward(within);
  try {
    return decode_as(*info, bytes);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::unavailable, cat("no memory for an image of ", info->width, "x", info->height));
  }
}

}  // namespace oree::image
