#include "services/passes/pass.h"

#include <algorithm>
#include <array>

#include "core/graph/check/check.h"
#include "core/graph/index.h"
#include "core/graph/shapes/infer.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

constexpr std::array kPasses{
    Pass{"constant_nodes", "Turns Constant nodes into initializers.", "always", constant_nodes},
    Pass{"no_ops",
         "Takes out Identity, Dropout, and Cast, Transpose, Reshape, Pad, Concat... that change nothing.",
         "outside of training", no_ops},
    Pass{"folding", "Computes once what depends on constants only.",
         "with a runtime; not across quantisation nodes", fold_constants},
    Pass{"duplicates", "Lets nodes that compute the same share one result.",
         "deterministic nodes with equal inputs and attributes", duplicates},
    Pass{"pad_into_conv", "Makes a Pad of zeros the padding of the Conv behind it.",
         "the Pad is constant, spatial, and read by that Conv only", pad_into_conv},
    Pass{"batch_norm",
         "Folds BatchNormalization into the weights of the Conv, ConvTranspose or Gemm before it.",
         "its weights and statistics are constants", batch_norm},
    Pass{"conv_scale", "Folds a Mul or Add of one constant per channel into the Conv before it.",
         "the Conv's weights are constants", conv_scale},
    Pass{"matmul_bias", "Makes MatMul and the Add of its bias one Gemm.",
         "the input has two dimensions, weights and bias are constants", matmul_bias},
    Pass{"hard_swish", "Puts x * clip(x + 3, 0, 6) / 6 together as HardSwish.", "opset 14 or newer",
         hard_swishes},
    Pass{"gelu", "Puts x / 2 * (1 + erf(x / sqrt 2)) together as Gelu.", "opset 20 or newer", gelus},
    Pass{"layer_norm", "Puts a normalisation over the last dimension together as LayerNormalization.",
         "opset 17 or newer", layer_norms},
    Pass{"clips", "Writes Clip and Max that begin at zero as Relu, and two bounds in a row as one.",
         "bounds are constants", clips},
    Pass{"dead_code", "Takes out what no output depends on.", "always", dead_code},
};

Status sort_all(graph::Model& model) {
  Status sorted;
  graph::for_each_graph(model.graph, [&](graph::Graph& graph) {
    if (sorted) sorted = graph::sort_nodes(graph);
  });
  return sorted;
}

}  // namespace

std::span<const Pass> all_passes() {
  return kPasses;
}

const Pass* find_pass(std::string_view name) {
  const auto found = std::ranges::find(kPasses, name, &Pass::name);
  return found == kPasses.end() ? nullptr : &*found;
}

Result<PassReport> run_passes(graph::Model& model, std::span<const Pass> passes, const PassContext& context) {
  constexpr int kMostRounds = 20;
  if (auto good = graph::check(model); !good) return forward(good);
  graph::Model changed = model;
  if (auto sorted = sort_all(changed); !sorted) return forward(sorted);
  PassReport report;
  report.nodes_before = model.graph.nodes.size();
  std::vector<size_t> totals(passes.size(), 0);
  for (int round = 0; round < kMostRounds; ++round) {
    size_t changes = 0;
    // Passes ask for shapes, and make values that have none yet.
    if (auto typed = graph::infer_types(changed); !typed) return forward(typed);
    for (size_t i = 0; i < passes.size(); ++i) {
      const auto count = passes[i].run(changed, context);
      if (!count) return forward(count, "pass " + std::string(passes[i].name));
      totals[i] += *count;
      changes += *count;
    }
    if (changes == 0) break;
  }
  for (size_t i = 0; i < passes.size(); ++i) {
    if (totals[i] > 0) report.lines.push_back({std::string(passes[i].name), totals[i]});
  }
  report.nodes_after = changed.graph.nodes.size();
  model = std::move(changed);
  return report;
}

}  // namespace oree::passes
