#include "core/graph/check/check.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "core/graph/opset/upgrade.h"
#include "core/graph/shapes/infer.h"

namespace oree::graph {
namespace {

constexpr int64_t kNewestIr = 14;

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorKind::invalid, std::move(what));
}

using Names = std::unordered_set<std::string_view>;

class Check {
 public:
  explicit Check(const Model& model) : model_(model) {
    for (const Function& function : model.functions) functions_.insert(function.domain + ":" + function.name);
  }

  Status versions() const {
    if (model_.ir_version < 1 || model_.ir_version > kNewestIr) {
      return fail(ErrorKind::unsupported, "IR version " + std::to_string(model_.ir_version) +
                                              " is none of 1 to " + std::to_string(kNewestIr));
    }
    Names domains;
    for (const Opset& opset : model_.opsets) {
      if (!domains.insert(opset.domain).second)
        return wrong("domain '" + opset.domain + "' is imported twice");
      if (opset.domain.empty() && (opset.version < 1 || opset.version > kNewestOpset)) {
        return fail(ErrorKind::unsupported, "opset " + std::to_string(opset.version) + " is none of 1 to " +
                                                std::to_string(kNewestOpset) +
                                                ", those that this program knows");
      }
    }
    return {};
  }

  // `outer`: the names that a nested graph may read of those around it.
  Status graph(const Graph& graph, Names outer) const {
    Names made;
    for (const Value& input : graph.inputs) {
      if (input.name.empty()) return wrong("an input of the graph has no name");
      if (!made.insert(input.name).second) return wrong("the graph has two inputs '" + input.name + "'");
    }
    Names weights;
    for (const Tensor& tensor : graph.initializers) {
      if (!weights.insert(tensor.name).second)
        return wrong("there are two initializers '" + tensor.name + "'");
      made.insert(tensor.name);
    }
    for (const auto& [name, sparse] : graph.sparse_initializers) made.insert(name);
    for (const Node& node : graph.nodes) {
      if (auto done = one_node(node, made, outer); !done) return forward(done, node_text(node));
    }
    for (const Value& output : graph.outputs) {
      if (!made.contains(output.name) && !outer.contains(output.name))
        return wrong("nothing makes the output '" + output.name + "'");
    }
    return {};
  }

 private:
  Status one_node(const Node& node, Names& made, const Names& outer) const {
    if (auto done = known(node); !done) return done;
    for (const std::string& input : node.inputs) {
      if (!input.empty() && !made.contains(input) && !outer.contains(input))
        return wrong("reads '" + input + "', which nothing makes");
    }
    for (const Attribute& attribute : node.attributes) {
      for (const Graph& nested : attribute.graphs) {
        Names all = outer;
        all.insert(made.begin(), made.end());
        if (auto done = graph(nested, std::move(all)); !done)
          return forward(done, "in its " + attribute.name);
      }
    }
    for (const std::string& output : node.outputs) {
      if (!output.empty() && !made.insert(output).second)
        return wrong("makes '" + output + "', which is made already");
    }
    return {};
  }

  Status known(const Node& node) const {
    if (node.op.empty()) return wrong("has no operator");
    if (functions_.contains(node.domain + ":" + node.op)) return {};
    const int64_t opset = opset_of(model_, node.domain);
    if (opset == 0)
      return wrong("is of domain '" + (node.domain.empty() ? "ai.onnx" : node.domain) +
                   "', which the model does not import");
    if (!node.domain.empty()) return {};
    const OperatorRow* row = find_operator(node.op);
    if (row == nullptr)
      return wrong("is no operator of ONNX; a model with operators of its own must name their domain");
    if (opset < row->since || (row->gone != 0 && opset >= row->gone)) {
      return wrong("does not exist at opset " + std::to_string(opset) +
                   (opset < row->since ? ", it came with " + std::to_string(row->since)
                                       : ", it went with " + std::to_string(row->gone)));
    }
    const auto fits = [](size_t count, int least, int most) {
      return static_cast<int64_t>(count) >= least && (most < 0 || static_cast<int64_t>(count) <= most);
    };
    if (!fits(node.inputs.size(), row->inputs_least, row->inputs_most))
      return wrong("has " + std::to_string(node.inputs.size()) + " inputs");
    if (row->outputs_least > 0 && !has_output(node, 0)) return wrong("makes nothing");
    if (!fits(node.outputs.size(), row->outputs_least, row->outputs_most))
      return wrong("has " + std::to_string(node.outputs.size()) + " outputs");
    return {};
  }

  const Model& model_;
  std::unordered_set<std::string> functions_;
};

size_t bad_numbers(const Tensor& tensor) {
  if (!facts(tensor.type).floating || !tensor.external.empty()) return 0;
  const auto bad = [](auto value) { return !std::isfinite(value); };
  if (tensor.type == DataType::f32)
    return static_cast<size_t>(std::ranges::count_if(tensor.as<float>(), bad));
  const auto values = doubles_of(tensor);
  return values ? static_cast<size_t>(std::ranges::count_if(*values, bad)) : 0;
}

}  // namespace

Status check(const Model& model) {
  const Check checking(model);
  if (auto done = checking.versions(); !done) return done;
  Model sorted = model;
  Status in_order;
  for_each_graph(sorted.graph, [&](Graph& graph) {
    if (in_order) in_order = sort_nodes(graph);
  });
  if (!in_order) return in_order;
  if (auto done = checking.graph(sorted.graph, {}); !done) return done;
  const auto types = infer(sorted);
  return types ? Status{} : forward(types);
}

Status check_weights(const Model& model) {
  Status found;
  for_each_graph(model.graph, [&](const Graph& graph) {
    for (const Tensor& tensor : graph.initializers) {
      const size_t bad = found ? bad_numbers(tensor) : 0;
      if (bad == 0) continue;
      found = wrong("tensor '" + tensor.name + "' holds " + std::to_string(bad) +
                    " numbers that are NaN or infinite; train or export the model again");
    }
  });
  return found;
}

}  // namespace oree::graph
