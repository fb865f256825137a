// A quantised convolution or matrix product in the order and with the sums of a given processor, for scoring
// what a network will do on a machine that is not here.
//
// K runs over kernel positions first and the group's input channels within (im2col of channels-last
// pictures), which is the order in which ONNX Runtime's kernels pair elements. Depthwise convolutions (one
// channel in and out of each group) multiply in 32 bits on every processor: they never saturate. Thread-safe
// once made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "platform/tensor/tensor.h"

namespace oree::kernels {

struct Convolution {
  int64_t out_channels = 0, in_channels = 0;  // in_channels: of each group
  int64_t groups = 1;
  // Height and width; 1-dimensional kernels and matrix products have height 1.
  int64_t kernel[2] = {1, 1}, strides[2] = {1, 1}, dilations[2] = {1, 1};
  int64_t pads[4] = {0, 0, 0, 0};  // top, left, bottom, right

  std::vector<int8_t> weights;  // [out_channels][kernel positions][in_channels]
  std::vector<int32_t> bias;    // per out channel; may be empty
  std::vector<float> scales;    // of the accumulator: s_x * s_w[c] / s_y, per out channel
  bool signed_activations = false;
  int32_t in_zero = 0, out_zero = 0;
  bool saturating = false;    // pairs in 16 bits, unless depthwise
  bool float_output = false;  // the answer is f32: accumulator * scale, nothing is clipped

  bool depthwise() const { return groups > 1 && in_channels == 1 && out_channels == groups; }
  size_t depth() const { return static_cast<size_t>(kernel[0] * kernel[1] * in_channels); }
  std::span<const int8_t> row(int64_t channel) const {
    return std::span(weights).subspan(static_cast<size_t>(channel) * depth(), depth());
  }
};

// [M][C/g][kernel positions], as ONNX stores weights → the order above.
std::vector<int8_t> channels_last(std::span<const int8_t> weights, int64_t out_channels, int64_t in_channels,
                                  int64_t positions);

// `x` is [N, C, H, W] (or [N, C, W]) of u8 or s8, channels first; the answer has the same element type, or
// f32. `invalid` when the shapes do not fit.
Result<tensor::Tensor> run(const Convolution& convolution, const tensor::TensorView& x);
// `x` is [.., K]; the answer [.., out_channels].
Result<tensor::Tensor> run_matrix(const Convolution& convolution, const tensor::TensorView& x);

}  // namespace oree::kernels
