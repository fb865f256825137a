// Constants seen as one number per output channel of a convolution or product. Private to this room.
#pragma once

#include <optional>
#include <vector>

#include "services/passes/rewrite.h"

namespace oree::passes {

// Conv, ConvTranspose (one group) or Gemm with constant weights and bias, as numbers.
struct Channelled {
  const graph::Tensor* weights = nullptr;
  std::vector<double> values;
  std::vector<double> bias;  // zeros when there is none
  size_t channels = 0;
  size_t axis = 0;  // of the weights: which dimension counts the output channels

  // values *= scale, bias = bias * scale + shift, per channel.
  void scale(const std::vector<double>& scale, const std::vector<double>& shift);
};
std::optional<Channelled> channelled(const graph::Index& index, const graph::Node& node);

// The node with the new numbers as weights and bias, in the weights' own type.
Result<graph::Node> with_numbers(Rewrite& rewrite, const graph::Node& node, const Channelled& numbers);

// A constant that is one number, or one per channel (of shape [C,1,1] or [1,C,1,1] for images, [C] or [1,C]
// for Gemm).
std::optional<std::vector<double>> per_channel(const graph::Index& index, const std::string& name,
                                               const graph::Node& producer, size_t channels);

}  // namespace oree::passes
