// The integers of one operator with weights: weights, their scales, and the bias in the accumulator's unit.
// Pure.
#pragma once

#include <vector>

#include "core/graph/index.h"
#include "services/quantisation/parameters.h"
#include "services/quantisation/recipe.h"

namespace oree::quantisation {

struct Layer {
  std::vector<int8_t> weights;  // laid out as the float ones
  std::vector<int64_t> dims;
  std::vector<float> scales;      // per output channel
  int64_t axis = 0;               // of the output channels in `dims`
  std::vector<int32_t> bias;      // empty: none
  std::vector<float> float_bias;  // the same before quantising, corrected
  LayerReport report;
};

// Where a weight of an output channel stands, in the order in which the kernel walks K: kernel positions
// first, input channels within.
struct WeightOrder {
  size_t channels = 0, depth = 0;
  std::vector<size_t> offsets;  // of channel 0
  size_t stride = 0;            // from one channel to the next
  size_t at(size_t channel, size_t k) const { return channel * stride + offsets[k]; }
};
WeightOrder order_of(const graph::Node& node, const std::vector<int64_t>& dims);

// `input_means` are those of the float input's channels; empty: the bias is not corrected.
Result<Layer> quantise_layer(const graph::Index& index, const graph::Node& node, const Affine& input,
                             const std::vector<double>& input_means, const kernels::TargetFacts& target);

}  // namespace oree::quantisation
