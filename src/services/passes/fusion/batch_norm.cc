#include <cmath>

#include "core/graph/numbers.h"
#include "services/passes/fusion/channels.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

struct Statistics {
  std::vector<double> scale, shift;  // y = x * scale + shift
};

std::optional<Statistics> statistics(const graph::Index& index, const graph::Node& node, size_t channels) {
  if (node.inputs.size() < 5 || graph::int_or(node, "training_mode", 0) != 0) return std::nullopt;
  std::vector<double> parts[4];  // gamma, beta, mean, variance
  for (size_t i = 0; i < 4; ++i) {
    const graph::Tensor* tensor = index.constant(node.inputs[i + 1]);
    if (tensor == nullptr || graph::element_count(tensor->dims) != channels) return std::nullopt;
    auto values = graph::doubles_of(*tensor);
    if (!values) return std::nullopt;
    parts[i] = std::move(*values);
  }
  const double epsilon = graph::float_or(node, "epsilon", 1e-5f);
  Statistics out{std::vector<double>(channels), std::vector<double>(channels)};
  for (size_t c = 0; c < channels; ++c) {
    out.scale[c] = parts[0][c] / std::sqrt(parts[3][c] + epsilon);
    out.shift[c] = parts[1][c] - parts[2][c] * out.scale[c];
    if (!std::isfinite(out.scale[c]) || !std::isfinite(out.shift[c])) return std::nullopt;
  }
  return out;
}

}  // namespace

Result<size_t> batch_norm(graph::Model& model, const PassContext&) {
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].op != "BatchNormalization" || !nodes[n].domain.empty() || nodes[n].inputs.empty())
        continue;
      const std::string& between = nodes[n].inputs[0];
      const auto producer = rewrite.index().producer(between);
      if (!producer || !rewrite.index().read_once(between)) continue;
      auto numbers = channelled(rewrite.index(), nodes[*producer]);
      if (!numbers) continue;
      const auto normal = statistics(rewrite.index(), nodes[n], numbers->channels);
      if (!normal || !rewrite.claim({*producer, n})) continue;
      numbers->scale(normal->scale, normal->shift);
      auto fused = with_numbers(rewrite, nodes[*producer], *numbers);
      if (!fused) return forward(fused);
      fused->outputs[0] = nodes[n].outputs[0];
      rewrite.replace(*producer, std::move(*fused));
      rewrite.remove(n);
    }
    return {};
  });
}

// Mul and Add by a constant for each channel, which exporters leave of a normalisation.
Result<size_t> conv_scale(graph::Model& model, const PassContext&) {
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      const graph::Node& node = nodes[n];
      const bool multiplies = node.op == "Mul";
      if (!(multiplies || node.op == "Add") || !node.domain.empty() || node.inputs.size() != 2) continue;
      for (size_t side = 0; side < 2; ++side) {
        const std::string& between = node.inputs[side];
        const auto producer = rewrite.index().producer(between);
        if (!producer || !rewrite.index().read_once(between) || nodes[*producer].op == "ConvTranspose")
          continue;
        auto numbers = channelled(rewrite.index(), nodes[*producer]);
        if (!numbers) continue;
        const auto constant =
            per_channel(rewrite.index(), node.inputs[1 - side], nodes[*producer], numbers->channels);
        if (!constant || !rewrite.claim({*producer, n})) continue;
        const std::vector<double> ones(numbers->channels, 1), zeros(numbers->channels, 0);
        numbers->scale(multiplies ? *constant : ones, multiplies ? zeros : *constant);
        auto fused = with_numbers(rewrite, nodes[*producer], *numbers);
        if (!fused) return forward(fused);
        fused->outputs[0] = node.outputs[0];
        rewrite.replace(*producer, std::move(*fused));
        rewrite.remove(n);
        break;
      }
    }
    return {};
  });
}

}  // namespace oree::passes
