// Runs whatever depends on constants only, all of it in one run of the runtime, and keeps the results that
// others read.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "services/passes/nondeterministic.h"
#include "services/passes/rows.h"
#include "services/passes/runtime.h"

namespace oree::passes {
namespace {

using graph::Graph;
using graph::Node;

// Quantised weights stay quantised: folding a DequantizeLinear would undo what somebody paid for.
bool stays(const Node& node) {
  constexpr std::array<std::string_view, 3> kStay{"QuantizeLinear", "DequantizeLinear", "Constant"};
  if (nondeterministic(node) || node.domain == "ai.onnx.ml") return true;
  return std::ranges::find(kStay, node.op) != kStay.end();
}

// What makes much out of little; folded only where the declared type says that the result is small.
bool makes_more(const Node& node) {
  constexpr std::array<std::string_view, 9> kMore{"ConstantOfShape", "Expand", "Tile",   "Range",  "Resize",
                                                  "Upsample",        "Pad",    "OneHot", "EyeLike"};
  return std::ranges::find(kMore, node.op) != kMore.end();
}

std::optional<uint64_t> bytes_of(const graph::Value* value) {
  if (value == nullptr || !value->type.has_shape) return std::nullopt;
  uint64_t elements = 1;
  for (const graph::Dim& dim : value->type.dims) {
    if (!dim.known() || __builtin_mul_overflow(elements, static_cast<uint64_t>(dim.size), &elements))
      return std::nullopt;
  }
  return onnx::packed_size(value->type.element, elements);
}

class Folding {
 public:
  Folding(const Graph& graph, uint64_t largest) : graph_(graph), largest_(largest) {
    for (const graph::Tensor& tensor : graph.initializers) {
      if (graph::find_value(graph, tensor.name) == nullptr) known_.insert(tensor.name);
    }
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      if (!foldable(graph.nodes[n])) continue;
      folded_.push_back(n);
      known_.insert(graph.nodes[n].outputs.begin(), graph.nodes[n].outputs.end());
    }
    choose_results();
  }

  bool empty() const { return results_.empty(); }
  const std::vector<size_t>& nodes() const { return folded_; }
  const std::vector<std::string>& results() const { return results_; }

  // A model of the foldable nodes alone, with the results as its outputs.
  graph::Model alone(const graph::Model& model) const {
    graph::Model out;
    out.ir_version = model.ir_version;
    out.opsets = model.opsets;
    out.graph.name = "constants";
    std::unordered_set<std::string> read;
    for (const size_t n : folded_) {
      out.graph.nodes.push_back(graph_.nodes[n]);
      read.insert(graph_.nodes[n].inputs.begin(), graph_.nodes[n].inputs.end());
    }
    for (const graph::Tensor& tensor : graph_.initializers) {
      if (read.contains(tensor.name)) out.graph.initializers.push_back(tensor);
    }
    for (const std::string& name : results_) {
      const graph::Value* value = graph::find_value(graph_, name);
      out.graph.outputs.push_back({name, value != nullptr ? value->type : graph::Type{}, {}});
      out.graph.outputs.back().type.dims.clear();
      out.graph.outputs.back().type.has_shape = false;
    }
    return out;
  }

 private:
  bool foldable(const Node& node) const {
    if (stays(node) || node.inputs.empty() || node.outputs.empty()) return false;
    for (const std::string& input : node.inputs) {
      if (!input.empty() && !known_.contains(input)) return false;
    }
    for (const std::string& output : node.outputs) {
      const auto size = bytes_of(graph::find_value(graph_, output));
      if (size ? *size > largest_ : makes_more(node)) return false;
    }
    return true;
  }

  void choose_results() {
    std::unordered_set<size_t> inside(folded_.begin(), folded_.end());
    const graph::Index index(graph_);
    for (const size_t n : folded_) {
      for (const std::string& output : graph_.nodes[n].outputs) {
        const auto uses = index.uses(output);
        const bool outside =
            std::ranges::any_of(uses, [&](const graph::Use& use) { return !inside.contains(use.node); });
        if (outside && !index.is_output(output)) results_.push_back(output);
      }
    }
  }

  const Graph& graph_;
  uint64_t largest_;
  std::unordered_set<std::string> known_;
  std::vector<size_t> folded_;
  std::vector<std::string> results_;
};

}  // namespace

Result<size_t> fold_constants(graph::Model& model, const PassContext& context) {
  if (context.backend == nullptr) return size_t{0};
  const Folding folding(model.graph, context.largest_folded);
  if (folding.empty()) return size_t{0};
  auto values = run_model(folding.alone(model), {}, *context.backend);
  // A runtime that does not know an operator leaves its nodes unfolded; the model is as good as before.
  if (!values) return size_t{0};
  const std::unordered_set<std::string> done(folding.results().begin(), folding.results().end());
  for (Node& node : model.graph.nodes) {
    for (std::string& output : node.outputs) {
      if (done.contains(output))
        output += "\x01unread";  // the tensor takes the name; dead_code takes the node
    }
  }
  for (graph::Tensor& tensor : *values) model.graph.initializers.push_back(std::move(tensor));
  return folding.results().size();
}

}  // namespace oree::passes
