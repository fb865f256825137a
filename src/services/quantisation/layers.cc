#include "services/quantisation/layers.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "core/kernels/proof.h"
#include "services/quantisation/weights.h"

namespace oree::quantisation {

namespace {

bool depthwise(const graph::Node& node, const std::vector<int64_t>& dims) {
  const int64_t groups = node.op == "Conv" ? graph::int_or(node, "group", 1) : 1;
  return groups > 1 && dims[1] == 1 && dims[0] == groups;
}

// Mean of the inputs that meet each of a channel's weights, in K order; empty where the means do not fit.
std::vector<double> means_along(const graph::Node& node, const std::vector<int64_t>& dims,
                                const std::vector<double>& means, size_t channel, size_t depth) {
  std::vector<double> along(depth);
  if (node.op != "Conv") return means.size() == depth ? means : std::vector<double>{};
  const auto groups = static_cast<size_t>(graph::int_or(node, "group", 1));
  const auto in = static_cast<size_t>(dims[1]), out = static_cast<size_t>(dims[0]);
  if (means.size() != in * groups || out % groups != 0) return {};
  const size_t first = channel / (out / groups) * in;
  for (size_t k = 0; k < depth; k += in) {
    for (size_t c = 0; c < in; ++c) along[k + c] = means[first + c];
  }
  return along;
}

class LayerMaker {
 public:
  LayerMaker(const graph::Index& index, const graph::Node& node, const Affine& input,
             const std::vector<double>& means, const kernels::TargetFacts& target)
      : node_(node),
        weights_(*index.constant(node.inputs[1])),
        input_(input),
        means_(means),
        target_(target),
        order_(order_of(node, weights_.dims)) {
    if (graph::has_input(node, 2)) bias_ = index.constant(node.inputs[2]);
  }

  Result<Layer> make() {
    const std::span<const float> values = weights_.as<float>();
    if (bias_ != nullptr && bias_->as<float>().size() != order_.channels)
      return fail(ErrorKind::unsupported,
                  cat(graph::node_text(node_), ": its bias has ", bias_->as<float>().size(), " values for ",
                      order_.channels, " channels"));
    layer_.dims = weights_.dims;
    layer_.weights.resize(values.size());
    layer_.scales.resize(order_.channels);
    layer_.axis = node_.op == "Conv" || graph::int_or(node_, "transB", 0) != 0 ? 0 : 1;
    layer_.report.node = graph::node_text(node_);
    layer_.report.op = node_.op;
    layer_.report.channels = order_.channels;
    std::vector<float> channel(order_.depth);
    for (size_t m = 0; m < order_.channels; ++m) {
      for (size_t k = 0; k < order_.depth; ++k) channel[k] = values[order_.at(m, k)];
      add_channel(m, channel);
    }
    layer_.report.weight_sqnr_db = noise_ > 0 ? 10 * std::log10(signal_ / noise_) : 200;
    return std::move(layer_);
  }

 private:
  // Half of the accumulator's range for the bias: the other half for the sum.
  static constexpr double kLargestBias = 1 << 30;
  // Of a channel without weights, whose step is free: fine enough, and no larger than what others sum to.
  static constexpr double kBiasAlone = 1 << 16;
  static constexpr double kAccumulator = 2'147'483'647;

  double least_scale(std::span<const float> channel, double bias) const {
    if (std::ranges::any_of(channel, [](float w) { return w != 0; }))
      return std::abs(bias) / (double{input_.scale} * kLargestBias);
    return bias == 0 ? 1 : std::abs(bias) / (double{input_.scale} * kBiasAlone);
  }

  void add_channel(size_t m, std::span<const float> channel) {
    const double bias = bias_ == nullptr ? 0 : double{bias_->as<float>()[m]};
    const bool pairs = !depthwise(node_, weights_.dims);
    const QuantisedChannel made =
        quantise_channel(channel, target_.saturates && pairs, least_scale(channel, bias));
    layer_.scales[m] = made.scale;
    double signal = signal_, noise = noise_;
    for (size_t k = 0; k < order_.depth; ++k) {
      layer_.weights[order_.at(m, k)] = made.values[k];
      const double error = double{channel[k]} - made.values[k] * double{made.scale};
      signal += double{channel[k]} * double{channel[k]};
      noise += error * error;
    }
    signal_ = signal;
    noise_ = noise;
    add_bias(m, bias, channel, made);
    layer_.report.narrowed += made.narrowed ? 1 : 0;
    if (pairs && kernels::unsafe_pair(made.values)) ++layer_.report.unproven;
    const int64_t sum = kernels::accumulator_bound(made.values, layer_.bias.empty() ? 0 : layer_.bias.back(),
                                                   input_.lowest(), input_.highest(), input_.zero);
    layer_.report.largest_sum = std::max(layer_.report.largest_sum, sum);
  }

  // E[Wx] of the float weights is what the channel should give on average; what the integers miss of it is
  // added to the bias.
  void add_bias(size_t m, double bias, std::span<const float> channel, const QuantisedChannel& made) {
    const std::vector<double> along = means_along(node_, weights_.dims, means_, m, order_.depth);
    for (size_t k = 0; k < along.size(); ++k)
      bias += (double{channel[k]} - made.values[k] * double{made.scale}) * along[k];
    if (bias_ == nullptr && along.empty()) return;
    const double step = double{input_.scale} * double{made.scale};
    layer_.float_bias.push_back(static_cast<float>(bias));
    layer_.bias.push_back(static_cast<int32_t>(
        std::clamp(std::nearbyint(bias / step), -0.95 * kAccumulator, 0.95 * kAccumulator)));
  }

  const graph::Node& node_;
  const graph::Tensor& weights_;
  const graph::Tensor* bias_ = nullptr;
  const Affine& input_;
  const std::vector<double>& means_;
  const kernels::TargetFacts& target_;
  WeightOrder order_;
  Layer layer_;
  double signal_ = 0, noise_ = 0;
};

}  // namespace

WeightOrder order_of(const graph::Node& node, const std::vector<int64_t>& dims) {
  WeightOrder order;
  if (node.op == "Conv") {
    size_t positions = 1;
    for (size_t i = 2; i < dims.size(); ++i) positions *= static_cast<size_t>(dims[i]);
    const auto in = static_cast<size_t>(dims[1]);
    order.channels = static_cast<size_t>(dims[0]);
    order.depth = order.stride = in * positions;
    for (size_t p = 0; p < positions; ++p) {
      for (size_t c = 0; c < in; ++c) order.offsets.push_back(c * positions + p);
    }
    return order;
  }
  const bool transposed = graph::int_or(node, "transB", 0) != 0;
  order.channels = static_cast<size_t>(dims[transposed ? 0 : 1]);
  order.depth = static_cast<size_t>(dims[transposed ? 1 : 0]);
  order.stride = transposed ? order.depth : 1;
  for (size_t k = 0; k < order.depth; ++k) order.offsets.push_back(transposed ? k : k * order.channels);
  return order;
}

Result<Layer> quantise_layer(const graph::Index& index, const graph::Node& node, const Affine& input,
                             const std::vector<double>& input_means, const kernels::TargetFacts& target) {
  return LayerMaker(index, node, input, input_means, target).make();
}

}  // namespace oree::quantisation
