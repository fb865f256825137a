#include "services/assessment/costs.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "core/graph/index.h"
#include "core/graph/numbers.h"

namespace oree::assessment {
namespace {

using graph::Node;

uint64_t size_of(const graph::Dim& dim) {
  return dim.known() ? static_cast<uint64_t>(dim.size) : 1;
}

uint64_t elements_of(const graph::Type& type) {
  uint64_t count = 1;
  for (const graph::Dim& dim : type.dims) {
    if (__builtin_mul_overflow(count, size_of(dim), &count)) return 0;
  }
  return count;
}

class Types {
 public:
  explicit Types(const graph::Inference& found) : found_(found) {}
  const graph::Type* of(const std::string& name) const {
    const auto type = found_.types.find(name);
    return type == found_.types.end() || !type->second.has_shape ? nullptr : &type->second;
  }
  uint64_t elements(const std::string& name) const {
    const graph::Type* type = of(name);
    return type == nullptr ? 0 : elements_of(*type);
  }

 private:
  const graph::Inference& found_;
};

// Sums of each output element times the outputs; `weights`: the input that holds them.
template <size_t weights>
uint64_t convolution(const Node& node, const Types& types) {
  const graph::Type* kernel = node.inputs.size() > weights ? types.of(node.inputs[weights]) : nullptr;
  if (kernel == nullptr || kernel->dims.empty() || kernel->dims[0].size <= 0) return 0;
  const bool transposed = node.op == "ConvTranspose";
  return types.elements(transposed ? node.inputs[0] : node.outputs[0]) *
         (elements_of(*kernel) / size_of(kernel->dims[0]));
}

template <size_t left>
uint64_t product(const Node& node, const Types& types) {
  const graph::Type* input = node.inputs.size() > left ? types.of(node.inputs[left]) : nullptr;
  if (input == nullptr || input->dims.empty()) return 0;
  const bool turned = node.op == "Gemm" && graph::int_or(node, "transA", 0) != 0;
  return types.elements(node.outputs[0]) * size_of(turned ? input->dims[0] : input->dims.back());
}

uint64_t recurrent(const Node& node, const Types& types) {
  const graph::Type* input = types.of(node.inputs[0]);
  if (input == nullptr || input->dims.size() != 3 || node.inputs.size() < 3) return 0;
  return size_of(input->dims[0]) * size_of(input->dims[1]) *
         (types.elements(node.inputs[1]) + types.elements(node.inputs[2]));
}

struct Row {
  std::string_view op;
  uint64_t (*macs)(const Node& node, const Types& types);
};
constexpr std::array kRows{Row{"Conv", convolution<1>},
                           Row{"ConvTranspose", convolution<1>},
                           Row{"ConvInteger", convolution<1>},
                           Row{"QLinearConv", convolution<3>},
                           Row{"MatMul", product<0>},
                           Row{"Gemm", product<0>},
                           Row{"MatMulInteger", product<0>},
                           Row{"QLinearMatMul", product<0>},
                           Row{"MatMulNBits", product<0>},
                           Row{"LSTM", recurrent},
                           Row{"GRU", recurrent},
                           Row{"RNN", recurrent},
                           Row{"DynamicQuantizeLSTM", recurrent}};

// From the node that makes a result to the last that reads it.
struct Life {
  uint64_t bytes = 0;
  size_t from = 0, to = 0;
  uint64_t place = 0;
};

std::vector<Life> lives_of(const graph::Graph& graph, const Types& types, std::vector<std::string>& unknown) {
  const graph::Index index(graph);
  std::vector<Life> lives;
  const auto add = [&](const std::string& name, size_t from) {
    if (name.empty()) return;
    const graph::Type* type = types.of(name);
    const uint64_t bytes = type == nullptr ? 0 : bytes_of(*type);
    if (bytes == 0) unknown.push_back(name);
    Life life{bytes, from, from, 0};
    for (const graph::Use& use : index.uses(name)) life.to = std::max(life.to, use.node);
    if (index.is_output(name)) life.to = graph.nodes.size();
    lives.push_back(life);
  };
  for (const graph::Value& input : graph.inputs) {
    if (graph::find_initializer(graph, input.name) == nullptr) add(input.name, 0);
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op == "Constant") continue;
    for (const std::string& output : graph.nodes[n].outputs) add(output, n);
  }
  return lives;
}

uint64_t arena_of(std::vector<Life> lives) {
  std::ranges::stable_sort(lives, std::greater<>{}, &Life::bytes);
  std::vector<Life> placed;  // by place
  uint64_t end = 0;
  for (Life& life : lives) {
    uint64_t place = 0;
    for (const Life& other : placed) {
      if (other.to < life.from || other.from > life.to) continue;
      if (other.place >= place + life.bytes) break;  // fits into the gap before this one
      place = std::max(place, other.place + other.bytes);
    }
    life.place = place;
    end = std::max(end, place + life.bytes);
    placed.insert(std::ranges::upper_bound(placed, place, {}, &Life::place), life);
  }
  return end;
}

}  // namespace

uint64_t bytes_of(const graph::Type& type) {
  if (type.kind != graph::TypeKind::tensor || !type.has_shape) return 0;
  return onnx::packed_size(type.element, elements_of(type)).value_or(0);
}

std::vector<NodeCost> costs_of(const graph::Graph& graph, const graph::Inference& inferred) {
  const Types types(inferred);
  const graph::Index index(graph);
  std::unordered_set<std::string> counted;
  std::vector<NodeCost> costs(graph.nodes.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const auto row = std::ranges::find(kRows, node.op, &Row::op);
    if (row != kRows.end() && !node.outputs.empty() && !node.inputs.empty())
      costs[n].macs = row->macs(node, types);
    for (const std::string& input : node.inputs) {
      const graph::Tensor* tensor = index.initializer(input);
      if (tensor == nullptr || !counted.insert(input).second) continue;
      costs[n].parameters += graph::element_count(tensor->dims);
      costs[n].weight_bytes += tensor->data.size();
    }
  }
  return costs;
}

MemoryPlan plan_memory(const graph::Graph& graph, const graph::Inference& inferred) {
  MemoryPlan plan;
  const std::vector<Life> lives = lives_of(graph, Types(inferred), plan.unknown);
  std::vector<int64_t> change(graph.nodes.size() + 2, 0);
  for (const Life& life : lives) {
    change[life.from] += static_cast<int64_t>(life.bytes);
    change[life.to + 1] -= static_cast<int64_t>(life.bytes);
  }
  int64_t now = 0;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    now += change[n];
    if (static_cast<uint64_t>(now) <= plan.live_bytes) continue;
    plan.live_bytes = static_cast<uint64_t>(now);
    plan.peak_node = n;
  }
  plan.arena_bytes = arena_of(lives);
  return plan;
}

}  // namespace oree::assessment
