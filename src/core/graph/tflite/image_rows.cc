// Convolutions, pools and resizing: channels second inside.
#include <algorithm>

#include "core/graph/numbers.h"
#include "core/graph/tflite/converter.h"

namespace oree::graph {
namespace {

struct Windowed {
  bool same = true;  // padding SAME, else VALID
  int64_t stride_high = 1, stride_wide = 1, dilation_high = 1, dilation_wide = 1;
  int8_t activation = 0;
};

// Beyond that no window makes sense, and sums of products would leave 64 bits.
bool sane(const Windowed& window) {
  const auto good = [](int64_t value) { return value > 0 && value <= 65536; };
  return good(window.stride_high) && good(window.stride_wide) && good(window.dilation_high) &&
         good(window.dilation_wide);
}

// SAME of TensorFlow as explicit pads: what is odd goes behind.
std::vector<int64_t> same_pads(const LiteTensor& input, const LiteTensor& output, int64_t kernel_high,
                               int64_t kernel_wide, const Windowed& window) {
  const auto total = [](int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation) {
    return std::max<int64_t>(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in);
  };
  const int64_t high =
      total(input.dims[1], output.dims[1], kernel_high, window.stride_high, window.dilation_high);
  const int64_t wide =
      total(input.dims[2], output.dims[2], kernel_wide, window.stride_wide, window.dilation_wide);
  return {high / 2, wide / 2, high - high / 2, wide - wide / 2};
}

bool is_image(const Converter& to, int32_t index) {
  return index >= 0 && to.tensor(index).dims.size() == 4;
}

std::vector<Attribute> attributes_of(const Windowed& window, std::vector<int64_t> kernel,
                                     std::vector<int64_t> pads) {
  return {attribute("kernel_shape", std::move(kernel)),
          attribute("strides", std::vector{window.stride_high, window.stride_wide}),
          attribute("pads", std::move(pads))};
}

Status convolve(Converter& to, const LiteOp& op, const Windowed& window, bool depthwise) {
  if (op.inputs.size() < 2 || !is_image(to, op.inputs[0]) || !is_image(to, op.inputs[1]) ||
      !is_image(to, op.outputs[0])) {
    return fail(ErrorKind::invalid, "needs an image and weights of four dimensions");
  }
  if (!sane(window)) return fail(ErrorKind::invalid, "has an impossible stride or dilation");
  const LiteTensor &input = to.tensor(op.inputs[0]), &weights = to.tensor(op.inputs[1]),
                   &output = to.tensor(op.outputs[0]);
  if (!to.constant(op.inputs[1])) return fail(ErrorKind::unsupported, "has weights that are computed");
  const auto image = to.read(op.inputs[0], Layout::planes);
  if (!image) return forward(image);
  // Conv stores [out, high, wide, in]; depthwise [1, high, wide, out].
  const auto kernel = to.permuted(
      op.inputs[1], depthwise ? std::vector<size_t>{3, 0, 1, 2} : std::vector<size_t>{0, 3, 1, 2});
  if (!kernel) return forward(kernel);
  std::vector<std::string> inputs{*image, *kernel};
  if (op.inputs.size() > 2 && op.inputs[2] >= 0) {
    const auto bias = to.read(op.inputs[2]);
    if (!bias) return forward(bias);
    inputs.push_back(*bias);
  }
  const int64_t high = weights.dims[1], wide = weights.dims[2];
  auto pads = window.same ? same_pads(input, output, high, wide, window) : std::vector<int64_t>(4, 0);
  auto attributes = attributes_of(window, {high, wide}, std::move(pads));
  attributes.push_back(attribute("dilations", std::vector{window.dilation_high, window.dilation_wide}));
  const int64_t channels = weights.dims[3];
  if (channels <= 0 || input.dims[3] <= 0) return fail(ErrorKind::invalid, "has no channels");
  attributes.push_back(attribute("group", depthwise ? input.dims[3] : input.dims[3] / channels));
  to.write(op.outputs[0], Layout::planes,
           to.activated(to.add("Conv", std::move(inputs), std::move(attributes)), window.activation));
  return {};
}

Status conv(Converter& to, const LiteOp& op) {
  const tflite::flat::Table& o = op.options;
  return convolve(to, op,
                  {o.number<int8_t>(0, 0) == 0, o.number<int32_t>(2, 1), o.number<int32_t>(1, 1),
                   o.number<int32_t>(5, 1), o.number<int32_t>(4, 1), o.number<int8_t>(3, 0)},
                  false);
}

Status depthwise_conv(Converter& to, const LiteOp& op) {
  const tflite::flat::Table& o = op.options;
  return convolve(to, op,
                  {o.number<int8_t>(0, 0) == 0, o.number<int32_t>(2, 1), o.number<int32_t>(1, 1),
                   o.number<int32_t>(6, 1), o.number<int32_t>(5, 1), o.number<int8_t>(4, 0)},
                  true);
}

// Inputs: output shape, weights [out, high, wide, in], image, bias.
Status conv_transpose(Converter& to, const LiteOp& op) {
  if (op.inputs.size() < 3 || !is_image(to, op.inputs[1]) || !is_image(to, op.inputs[2]))
    return fail(ErrorKind::invalid, "needs weights and an image");
  const tflite::flat::Table& o = op.options;
  const Windowed window{o.number<int8_t>(0, 0) == 0, o.number<int32_t>(2, 1), o.number<int32_t>(1, 1), 1, 1,
                        o.number<int8_t>(3, 0)};
  if (!sane(window)) return fail(ErrorKind::invalid, "has an impossible stride");
  const LiteTensor &weights = to.tensor(op.inputs[1]), &output = to.tensor(op.outputs[0]);
  const auto image = to.read(op.inputs[2], Layout::planes);
  if (!image) return forward(image);
  const auto kernel = to.permuted(op.inputs[1], {3, 0, 1, 2});
  if (!kernel) return forward(kernel);
  std::vector<std::string> inputs{*image, *kernel};
  if (op.inputs.size() > 3 && op.inputs[3] >= 0) {
    const auto bias = to.read(op.inputs[3]);
    if (!bias) return forward(bias);
    inputs.push_back(*bias);
  }
  // The transposed convolution's pads are those of the convolution from its output to its input.
  auto pads = window.same
                  ? same_pads(output, to.tensor(op.inputs[2]), weights.dims[1], weights.dims[2], window)
                  : std::vector<int64_t>(4, 0);
  auto attributes = attributes_of(window, {weights.dims[1], weights.dims[2]}, std::move(pads));
  to.write(
      op.outputs[0], Layout::planes,
      to.activated(to.add("ConvTranspose", std::move(inputs), std::move(attributes)), window.activation));
  return {};
}

Status pool(Converter& to, const LiteOp& op) {
  if (op.inputs.empty() || !is_image(to, op.inputs[0]) || !is_image(to, op.outputs[0]))
    return fail(ErrorKind::invalid, "needs an image");
  const tflite::flat::Table& o = op.options;
  const Windowed window{o.number<int8_t>(0, 0) == 0, o.number<int32_t>(2, 1), o.number<int32_t>(1, 1), 1, 1,
                        o.number<int8_t>(5, 0)};
  if (!sane(window)) return fail(ErrorKind::invalid, "has an impossible stride");
  const int64_t wide = o.number<int32_t>(3, 1), high = o.number<int32_t>(4, 1);
  const auto image = to.read(op.inputs[0], Layout::planes);
  if (!image) return forward(image);
  auto pads = window.same ? same_pads(to.tensor(op.inputs[0]), to.tensor(op.outputs[0]), high, wide, window)
                          : std::vector<int64_t>(4, 0);
  // Padding is not counted in TensorFlow's average, nor in ONNX's by default.
  const std::string name = to.add(op.code == 17 ? "MaxPool" : "AveragePool", {*image},
                                  attributes_of(window, {high, wide}, std::move(pads)));
  to.write(op.outputs[0], Layout::planes, to.activated(name, window.activation));
  return {};
}

Status resize(Converter& to, const LiteOp& op) {
  if (op.inputs.size() < 2 || !is_image(to, op.inputs[0]) || !is_image(to, op.outputs[0]))
    return fail(ErrorKind::invalid, "needs an image");
  const bool linear = op.code == 23;
  const unsigned first = linear ? 2 : 0;
  const bool corners = op.options.number<uint8_t>(first, 0) != 0,
             half = op.options.number<uint8_t>(first + 1, 0) != 0;
  const auto image = to.read(op.inputs[0], Layout::planes);
  if (!image) return forward(image);
  const auto& dims = to.tensor(op.outputs[0]).dims;
  const std::string sizes =
      to.add_ints("sizes", {to.tensor(op.inputs[0]).dims[0], dims[3], dims[1], dims[2]});
  std::vector<Attribute> attributes{
      attribute("mode", std::string(linear ? "linear" : "nearest")),
      attribute("coordinate_transformation_mode", std::string(corners ? "align_corners"
                                                              : half  ? "half_pixel"
                                                                      : "asymmetric"))};
  if (!linear)
    attributes.push_back(
        attribute("nearest_mode", std::string(corners || half ? "round_prefer_ceil" : "floor")));
  to.write(op.outputs[0], Layout::planes, to.add("Resize", {*image, "", "", sizes}, std::move(attributes)));
  return {};
}

Status blocks(Converter& to, const LiteOp& op) {
  if (op.inputs.empty() || !is_image(to, op.inputs[0]) || !is_image(to, op.outputs[0]))
    return fail(ErrorKind::invalid, "needs an image");
  const auto image = to.read(op.inputs[0], Layout::planes);
  if (!image) return forward(image);
  const int64_t size = op.options.number<int32_t>(0, 0);
  if (size <= 0) return fail(ErrorKind::invalid, "has a block of size " + std::to_string(size));
  to.write(op.outputs[0], Layout::planes,
           to.add(op.code == 5 ? "DepthToSpace" : "SpaceToDepth", {*image}, {attribute("blocksize", size)}));
  return {};
}

constexpr std::array kRows{LiteRow{1, "AVERAGE_POOL_2D", pool},
                           LiteRow{3, "CONV_2D", conv},
                           LiteRow{4, "DEPTHWISE_CONV_2D", depthwise_conv},
                           LiteRow{5, "DEPTH_TO_SPACE", blocks},
                           LiteRow{17, "MAX_POOL_2D", pool},
                           LiteRow{23, "RESIZE_BILINEAR", resize},
                           LiteRow{26, "SPACE_TO_DEPTH", blocks},
                           LiteRow{67, "TRANSPOSE_CONV", conv_transpose},
                           LiteRow{97, "RESIZE_NEAREST_NEIGHBOR", resize}};

}  // namespace

std::span<const LiteRow> lite_image_rows() {
  return kRows;
}

}  // namespace oree::graph
