#include "services/assessment/assess.h"

#include <algorithm>

#include "core/graph/check/check.h"
#include "core/graph/numbers.h"
#include "services/assessment/measure.h"

namespace oree::assessment {
namespace {

using graph::Node;

void weigh(const graph::Model& model, Assessment& to) {
  uint64_t floats = 0, zeros = 0;
  for (const graph::Tensor& tensor : model.graph.initializers) {
    TypeShare& share = to.weight_types[std::string(graph::facts(tensor.type).name)];
    ++share.tensors;
    share.elements += graph::element_count(tensor.dims);
    share.bytes += tensor.data.size();
    to.weight_bytes += tensor.data.size();
    if (tensor.type != graph::DataType::f32 || tensor.dims.size() < 2) continue;
    floats += tensor.as<float>().size();
    zeros += static_cast<uint64_t>(std::ranges::count(tensor.as<float>(), 0.0f));
  }
  to.zeros = floats == 0 ? 0 : static_cast<double>(zeros) / static_cast<double>(floats);
  const auto holds = [&](const char* type) {
    const auto found = to.weight_types.find(type);
    return found != to.weight_types.end() && found->second.elements > 256;
  };
  to.quantised_weights = holds("INT8") || holds("UINT8") || holds("INT4") || holds("UINT4");
}

bool is_gate(const graph::Index& index, const Node& node) {
  return node.op == "Sigmoid" &&
         std::ranges::any_of(index.uses(node.inputs.at(0)), [&](const graph::Use& use) {
           return index.graph().nodes[use.node].op == "Mul";
         });
}

// A Concat from which an output is reached over operators that only move elements.
bool mixed_tail(const graph::Index& index, const graph::Graph& graph) {
  for (const graph::Value& output : graph.outputs) {
    const Node* node = index.producer_node(output.name);
    for (int steps = 0; node != nullptr && steps < 4; ++steps) {
      if (node->op == "Concat" && node->inputs.size() > 1) return true;
      if (fate_of(node->op).fate != Fate::moved || node->inputs.empty()) break;
      node = index.producer_node(node->inputs[0]);
    }
  }
  return false;
}

Facts facts_of(const graph::Model& model, const Assessment& from) {
  const graph::Index index(model.graph);
  Facts to;
  to.opset = from.opset;
  to.weight_bytes = from.weight_bytes;
  to.macs = from.macs;
  to.zeros = from.zeros;
  to.quantised = from.quantised_weights;
  to.half = from.weight_types.contains("FLOAT16");
  to.kernel_class = kernel_class(from.processor);
  to.mixed_tail = mixed_tail(index, model.graph);
  const double all = std::max(1.0, static_cast<double>(from.macs));
  for (size_t n = 0; n < model.graph.nodes.size(); ++n) {
    const Node& node = model.graph.nodes[n];
    const double share = static_cast<double>(from.layers[n].cost.macs) / all;
    if (node.op.find("Conv") != std::string::npos) to.convolution_share += share;
    if (node.op.find("MatMul") != std::string::npos || node.op == "Gemm") to.product_share += share;
    if (node.op.ends_with("LSTM") || node.op == "GRU" || node.op == "RNN") {
      to.recurrent_share += share;
      to.largest_hidden = std::max(to.largest_hidden, graph::int_or(node, "hidden_size", 0));
    }
    if (node.op == "BatchNormalization") to.normalisations = true;
    if (node.op == "QuantizeLinear" || node.op == "DynamicQuantizeLinear") to.quantised = true;
    if (!node.inputs.empty() && is_gate(index, node)) to.gated = true;
  }
  return to;
}

NetworkKind kind_of_network(const graph::Model& model, const Facts& facts) {
  const graph::Index index(model.graph);
  NetworkTraits traits{facts.convolution_share, facts.product_share, facts.recurrent_share};
  for (const Node& node : model.graph.nodes) {
    // A table of words: rows chosen by indices that are computed or given.
    const graph::Tensor* table = node.op == "Gather" ? index.constant(node.inputs.at(0)) : nullptr;
    traits.embeddings = traits.embeddings || (table != nullptr && table->dims.size() == 2 &&
                                              table->dims[0] >= 256 && table->dims[1] >= 16);
  }
  return kind_of(traits);
}

void share_out(const graph::Model& model, const std::vector<NodeCost>& costs, Assessment& to) {
  const graph::Index index(model.graph);
  std::map<std::string, OperatorShare> shares;
  for (size_t n = 0; n < model.graph.nodes.size(); ++n) {
    const Node& node = model.graph.nodes[n];
    const std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
    OperatorShare& share = shares[op];
    share.op = op;
    ++share.count;
    share.macs += costs[n].macs;
    share.parameters += costs[n].parameters;
    to.macs += costs[n].macs;
    to.parameters += costs[n].parameters;
    to.layers.push_back({node.name, op, node.outputs.empty() ? "" : node.outputs[0], costs[n],
                         quantisability(index, node, to.opset)});
  }
  for (auto& [op, share] : shares) to.operators.push_back(std::move(share));
  std::ranges::stable_sort(to.operators, std::greater<>{}, &OperatorShare::macs);
}

void measure(const graph::Model& model, const graph::Inference& types, const std::vector<NodeCost>& costs,
             Assessment& to) {
  if (to.given.backend == nullptr) return;
  const auto whole = time_model(*to.given.backend, to.given.file, to.given.runs);
  if (!whole) {
    to.warnings.push_back("the runtime does not run it: " + whole.error().what);
    return;
  }
  to.median_ms = whole->median_ms;
  to.spread_ms = whole->spread_ms;
  std::vector<uint64_t> macs;
  for (const NodeCost& cost : costs) macs.push_back(cost.macs);
  const auto parts = time_operators(model, types, macs, *to.given.backend);
  if (!parts) {
    to.warnings.push_back("operators were not timed: " + parts.error().what);
    return;
  }
  for (const OperatorTiming& part : *parts) {
    const auto share = std::ranges::find(to.operators, part.op, &OperatorShare::op);
    if (share != to.operators.end()) share->milliseconds = part.milliseconds;
  }
}

}  // namespace

Result<Assessment> assess(const graph::Model& model, const AssessOptions& options) {
  if (auto good = graph::check(model); !good) return forward(good);
  if (auto good = graph::check_weights(model); !good) return forward(good);
  graph::Model sorted = model;
  if (auto done = graph::sort_nodes(sorted.graph); !done) return forward(done);
  const auto types = graph::infer(sorted);
  if (!types) return forward(types);
  Assessment out;
  out.given = options;
  out.opset = graph::opset_of(model);
  out.ir_version = model.ir_version;
  out.producer = model.producer + (model.producer_version.empty() ? "" : " " + model.producer_version);
  out.processor = this_processor();
  weigh(sorted, out);
  const auto costs = costs_of(sorted.graph, *types);
  share_out(sorted, costs, out);
  out.memory = plan_memory(sorted.graph, *types);
  if (!out.memory.unknown.empty()) {
    out.warnings.push_back(
        std::to_string(out.memory.unknown.size()) +
        " results have a size that is not known before a run; memory and sums do not count them");
  }
  if (out.quantised_weights)
    out.warnings.push_back(
        "it holds weights in small integers already, whatever its name says: accuracy and size of a float "
        "network are not to be had from it");
  measure(sorted, *types, costs, out);
  const Facts facts = facts_of(sorted, out);
  out.advice = recommend(facts);
  out.kind = kind_of_network(sorted, facts);
  out.accelerators = find_accelerators(options.system);
  for (const Accelerator& one : out.accelerators) {
    if (!usable(one, options.providers))
      out.warnings.push_back(one.name + " (" + one.node +
                             ") is here and the runtime that was found does not "
                             "use it; it needs " +
                             one.needs);
  }
  return out;
}

}  // namespace oree::assessment
