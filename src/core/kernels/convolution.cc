#include "core/kernels/convolution.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "core/kernels/dot.h"

namespace oree::kernels {

namespace {

int32_t product(const Convolution& c, std::span<const uint8_t> a, std::span<const int8_t> w) {
  if (c.signed_activations)
    return dot_exact(std::span(reinterpret_cast<const int8_t*>(a.data()), a.size()), w);
  return c.saturating && !c.depthwise() ? dot_saturating(a, w) : dot_exact(a, w);
}

struct Extent {
  int64_t batch = 0, channels = 0, height = 0, width = 0, out_height = 0, out_width = 0;
};

Result<Extent> extent_of(const Convolution& c, std::span<const int64_t> shape) {
  if (shape.size() != 3 && shape.size() != 4)
    return fail(ErrorKind::invalid,
                cat("a convolution wants [N,C,W] or [N,C,H,W], not ", tensor::shape_text(shape)));
  Extent e{shape[0], shape[1], shape.size() == 4 ? shape[2] : 1, shape.back()};
  if (e.channels != c.in_channels * c.groups)
    return fail(ErrorKind::invalid,
                cat("the weights want ", c.in_channels * c.groups, " channels, the input has ", e.channels));
  const auto out = [&](int axis, int64_t size) {
    const int64_t reach = c.dilations[axis] * (c.kernel[axis] - 1) + 1;
    return (size + c.pads[axis] + c.pads[axis + 2] - reach) / c.strides[axis] + 1;
  };
  e.out_height = out(0, e.height);
  e.out_width = out(1, e.width);
  if (e.out_height <= 0 || e.out_width <= 0)
    return fail(ErrorKind::invalid, cat("the kernel does not fit into ", tensor::shape_text(shape)));
  return e;
}

// Per output channel: what the zero point adds to the sum, and the bias.
std::vector<int32_t> offsets_of(const Convolution& c) {
  std::vector<int32_t> offsets(static_cast<size_t>(c.out_channels));
  for (int64_t m = 0; m < c.out_channels; ++m) {
    int32_t sum = 0;
    for (const int8_t w : c.row(m)) sum += w;
    const auto i = static_cast<size_t>(m);
    offsets[i] = (c.bias.empty() ? 0 : c.bias[i]) - c.in_zero * sum;
  }
  return offsets;
}

// Writes element `at` of the answer.
void put(const Convolution& c, int32_t sum, int64_t channel, std::byte* y, int64_t at) {
  const float scale = c.scales.size() == 1 ? c.scales[0] : c.scales[static_cast<size_t>(channel)];
  if (c.float_output) {
    reinterpret_cast<float*>(y)[at] = static_cast<float>(sum) * scale;
  } else {
    y[at] = static_cast<std::byte>(c.signed_activations ? requantise(sum, scale, c.out_zero, -128, 127)
                                                        : requantise(sum, scale, c.out_zero, 0, 255));
  }
}

// One picture, channels last.
std::vector<uint8_t> to_channels_last(const uint8_t* x, const Extent& e) {
  const auto area = static_cast<size_t>(e.height * e.width);
  const auto channels = static_cast<size_t>(e.channels);
  std::vector<uint8_t> out(area * channels);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = 0; i < area; ++i) out[i * channels + c] = x[c * area + i];
  }
  return out;
}

// The group's inputs of one output pixel, in K order.
void gather(const Convolution& c, const Extent& e, const uint8_t* picture, int64_t group, int64_t oy,
            int64_t ox, uint8_t* column) {
  const auto n = static_cast<size_t>(c.in_channels);
  for (int64_t ky = 0; ky < c.kernel[0]; ++ky) {
    const int64_t y = oy * c.strides[0] + ky * c.dilations[0] - c.pads[0];
    for (int64_t kx = 0; kx < c.kernel[1]; ++kx, column += n) {
      const int64_t x = ox * c.strides[1] + kx * c.dilations[1] - c.pads[1];
      if (y < 0 || y >= e.height || x < 0 || x >= e.width)
        std::memset(column, c.in_zero, n);
      else
        std::memcpy(column, picture + (y * e.width + x) * e.channels + group * c.in_channels, n);
    }
  }
}

void run_picture(const Convolution& c, const Extent& e, const std::vector<int32_t>& offsets, const uint8_t* x,
                 std::byte* y) {
  const std::vector<uint8_t> picture = to_channels_last(x, e);
  std::vector<uint8_t> column(c.depth());
  const int64_t per_group = c.out_channels / c.groups, area = e.out_height * e.out_width;
  for (int64_t pixel = 0; pixel < area; ++pixel) {
    for (int64_t group = 0; group < c.groups; ++group) {
      gather(c, e, picture.data(), group, pixel / e.out_width, pixel % e.out_width, column.data());
      for (int64_t m = group * per_group; m < (group + 1) * per_group; ++m) {
        const int32_t sum = product(c, column, c.row(m)) + offsets[static_cast<size_t>(m)];
        put(c, sum, m, y, m * area + pixel);
      }
    }
  }
}

tensor::DType type_of(const Convolution& c) {
  return c.signed_activations ? tensor::DType::i8 : tensor::DType::u8;
}
tensor::DType answer_of(const Convolution& c) {
  return c.float_output ? tensor::DType::f32 : type_of(c);
}

Status check_type(const Convolution& c, const tensor::TensorView& x) {
  if (x.dtype == type_of(c)) return {};
  return fail(ErrorKind::invalid, cat("activations must be ", tensor::facts(type_of(c)).name, ", not ",
                                      tensor::facts(x.dtype).name));
}

}  // namespace

std::vector<int8_t> channels_last(std::span<const int8_t> weights, int64_t out_channels, int64_t in_channels,
                                  int64_t positions) {
  std::vector<int8_t> out(weights.size());
  const auto n = static_cast<size_t>(in_channels), p = static_cast<size_t>(positions);
  for (size_t m = 0; m < static_cast<size_t>(out_channels); ++m) {
    for (size_t c = 0; c < n; ++c) {
      for (size_t k = 0; k < p; ++k) out[(m * p + k) * n + c] = weights[(m * n + c) * p + k];
    }
  }
  return out;
}

Result<tensor::Tensor> run(const Convolution& c, const tensor::TensorView& x) {
  if (Status checked = check_type(c, x); !checked) return forward(checked);
  const Result<Extent> extent = extent_of(c, x.shape);
  if (!extent) return forward(extent);
  tensor::Shape shape{extent->batch, c.out_channels, extent->out_height, extent->out_width};
  if (x.shape.size() == 3) shape.erase(shape.begin() + 2);
  Result<tensor::Tensor> y = tensor::Tensor::create(answer_of(c), shape);
  if (!y) return forward(y);
  const std::vector<int32_t> offsets = offsets_of(c);
  const auto* in = reinterpret_cast<const uint8_t*>(x.data.data());
  std::byte* out = y->mutable_bytes().data();
  const auto size = static_cast<int64_t>(tensor::facts(answer_of(c)).bytes);
  for (int64_t n = 0; n < extent->batch; ++n) {
    run_picture(c, *extent, offsets, in + n * extent->channels * extent->height * extent->width,
                out + n * c.out_channels * extent->out_height * extent->out_width * size);
  }
  return y;
}

Result<tensor::Tensor> run_matrix(const Convolution& c, const tensor::TensorView& x) {
  if (Status checked = check_type(c, x); !checked) return forward(checked);
  if (x.shape.empty() || x.shape.back() != c.in_channels)
    return fail(ErrorKind::invalid,
                cat("the weights want rows of ", c.in_channels, ", not ", tensor::shape_text(x.shape)));
  tensor::Shape shape(x.shape.begin(), x.shape.end());
  shape.back() = c.out_channels;
  Result<tensor::Tensor> y = tensor::Tensor::create(answer_of(c), shape);
  if (!y) return forward(y);
  const std::vector<int32_t> offsets = offsets_of(c);
  const std::span<const uint8_t> in(reinterpret_cast<const uint8_t*>(x.data.data()), x.data.size());
  std::byte* out = y->mutable_bytes().data();
  int64_t at = 0;
  const auto depth = static_cast<size_t>(c.in_channels);
  for (size_t row = 0; row * depth < in.size(); ++row) {
    for (int64_t m = 0; m < c.out_channels; ++m) {
      const int32_t sum =
          product(c, in.subspan(row * depth, depth), c.row(m)) + offsets[static_cast<size_t>(m)];
      put(c, sum, m, out, at++);
    }
  }
  return y;
}

}  // namespace oree::kernels
