#include "platform/image/preprocess.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/image/kernels.h"
#include "platform/image/view.h"

namespace oree::image {

namespace {

// Memory that the next call of the same thread will want again, tables included: a camera's geometry does not
// change from one frame to the next. Beyond this size it is given back after the call.
constexpr size_t kKeptScratch = 1u << 20;

struct Scratch {
  Axis x;
  Axis y;
  std::vector<float> rows;

  size_t memory() const { return x.memory() + y.memory() + rows.capacity() * sizeof(float); }
};

struct Geometry {
  double left = 0;  // the part of the source that is shown
  double top = 0;
  double width = 0;
  double height = 0;
  int to_left = 0;  // where it stands in the tensor
  int to_top = 0;
  int to_width = 0;
  int to_height = 0;
};

// Ties go to the even number, as in the Python tools that models are trained with.
int scaled(int side, double ratio) {
  return std::max(1, static_cast<int>(std::nearbyint(side * ratio)));
}

Geometry geometry(int width, int height, const Preprocess& spec) {
  Geometry all{.width = static_cast<double>(width),
               .height = static_cast<double>(height),
               .to_width = spec.width,
               .to_height = spec.height};
  if (spec.resize == Resize::letterbox) {
    const double ratio =
        std::min(static_cast<double>(spec.width) / width, static_cast<double>(spec.height) / height);
    all.to_width = std::min(spec.width, scaled(width, ratio));
    all.to_height = std::min(spec.height, scaled(height, ratio));
    all.to_left = (spec.width - all.to_width) / 2;
    all.to_top = (spec.height - all.to_height) / 2;
  } else if (spec.resize == Resize::center_crop) {
    const double fitted =
        std::min(static_cast<double>(width) / spec.width, static_cast<double>(height) / spec.height);
    all.width = spec.width * fitted * spec.crop;
    all.height = spec.height * fitted * spec.crop;
    all.left = (width - all.width) / 2;
    all.top = (height - all.height) / 2;
  }
  return all;
}

Placement placement_of(const Geometry& shown) {
  const double scale_x = shown.width / shown.to_width;
  const double scale_y = shown.height / shown.to_height;
  return {static_cast<float>(scale_x), static_cast<float>(scale_y),
          static_cast<float>(shown.left - shown.to_left * scale_x),
          static_cast<float>(shown.top - shown.to_top * scale_y)};
}

Status check_spec(const Preprocess& spec) {
  if (spec.width < 1 || spec.height < 1 || spec.width > kMaxSide || spec.height > kMaxSide)
    return fail(ErrorKind::invalid, cat("an input tensor of ", spec.width, "x", spec.height,
                                        " pixels; each side must be 1 to ", kMaxSide));
  if (spec.resize == Resize::center_crop && !(spec.crop > 0 && spec.crop <= 1))
    return fail(ErrorKind::invalid, cat("crop must be above 0 and at most 1, not ", spec.crop));
  if (spec.pixel == Pixel::f32) return {};
  const std::array<float, 3> zeros{0, 0, 0}, ones{1, 1, 1};
  if (spec.mean != zeros || spec.scale != ones)
    return fail(ErrorKind::invalid, "an 8-bit input tensor takes no mean and no scale");
  if (!(spec.pad >= 0 && spec.pad <= 255))
    return fail(ErrorKind::invalid, cat("pad must be 0 to 255 for an 8-bit tensor, not ", spec.pad));
  return {};
}

Status check_out(const Preprocess& spec, std::span<const std::byte> out) {
  const size_t width = spec.pixel == Pixel::f32 ? sizeof(float) : 1;
  size_t wanted = width;
  for (const int64_t side : tensor_shape(spec)) wanted *= static_cast<size_t>(side);
  if (out.size() != wanted)
    return fail(ErrorKind::bug, cat("the input tensor takes ", wanted, " bytes, not ", out.size()));
  if (reinterpret_cast<uintptr_t>(out.data()) % width != 0)
    return fail(ErrorKind::bug, "the input tensor is not aligned for its type");
  return {};
}

// Fills `height` x `width` pixels at (left, top) of the tensor with the letterbox colour.
template <class T>
void fill_pad(const Preprocess& spec, std::span<std::byte> out, int left, int top, int width, int height) {
  T* const to = reinterpret_cast<T*>(out.data());
  const auto value = [&](size_t c) {
    if constexpr (std::is_same_v<T, uint8_t>)
      return static_cast<uint8_t>(spec.pad + 0.5f);
    else
      return (spec.pad - spec.mean[c]) * spec.scale[c];
  };
  const ptrdiff_t plane = ptrdiff_t{spec.width} * spec.height;
  const int channels = spec.channels == Channels::gray ? 1 : 3;
  for (int y = top; y < top + height; ++y) {
    const ptrdiff_t at = ptrdiff_t{y} * spec.width + left;
    for (int c = 0; c < channels; ++c) {
      const T fill = value(static_cast<size_t>(c));
      if (spec.layout == Layout::nchw)
        std::fill_n(to + c * plane + at, width, fill);
      else
        for (int x = 0; x < width; ++x) to[(at + x) * channels + c] = fill;
    }
  }
}

template <class T>
void fill_margins(const Preprocess& spec, const Geometry& shown, std::span<std::byte> out) {
  const int right = shown.to_left + shown.to_width;
  const int bottom = shown.to_top + shown.to_height;
  fill_pad<T>(spec, out, 0, 0, spec.width, shown.to_top);
  fill_pad<T>(spec, out, 0, bottom, spec.width, spec.height - bottom);
  fill_pad<T>(spec, out, 0, shown.to_top, shown.to_left, shown.to_height);
  fill_pad<T>(spec, out, right, shown.to_top, spec.width - right, shown.to_height);
}

void resize_into(const ImageView& source, const Preprocess& spec, const Geometry& shown,
                 std::span<std::byte> out) {
  thread_local Scratch scratch;
  prepare(scratch.x, {source.width, shown.left, shown.width, shown.to_width});
  prepare(scratch.y, {source.height, shown.top, shown.height, shown.to_height});
  // Either row may be the one that holds the target's pixels, and those may be three channels of one.
  const auto blended = static_cast<size_t>(
      std::max((scratch.x.end - scratch.x.begin) * source.channels, shown.to_width * 3) + kRowSlack);
  const auto row = static_cast<size_t>(shown.to_width * 3 + kRowSlack);
  scratch.rows.resize(blended + row);
  resample({source, &scratch.x, &scratch.y, &spec, shown.to_left, shown.to_top, scratch.rows.data(),
            scratch.rows.data() + blended, out.data()});
  if (scratch.memory() > kKeptScratch) scratch = {};
}

}  // namespace

std::array<int64_t, 4> tensor_shape(const Preprocess& spec) {
  const int64_t channels = spec.channels == Channels::gray ? 1 : 3;
  if (spec.layout == Layout::nchw) return {1, channels, spec.height, spec.width};
  return {1, spec.height, spec.width, channels};
}

Placement placement(int source_width, int source_height, const Preprocess& spec) {
  return placement_of(geometry(source_width, source_height, spec));
}

Result<Placement> write_tensor(const ImageView& source, const Preprocess& spec, std::span<std::byte> out) {
  if (const Status usable = check_view(source); !usable) return forward(usable);
  if (const Status sound = check_spec(spec); !sound) return forward(sound);
  if (const Status fitting = check_out(spec, out); !fitting) return forward(fitting);
  const Geometry shown = geometry(source.width, source.height, spec);
  if (spec.resize == Resize::letterbox) {
    if (spec.pixel == Pixel::f32)
      fill_margins<float>(spec, shown, out);
    else
      fill_margins<uint8_t>(spec, shown, out);
  }
  resize_into(source, spec, shown, out);
  return placement_of(shown);
}

}  // namespace oree::image
