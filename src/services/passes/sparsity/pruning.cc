#include "services/passes/sparsity/pruning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/graph/index.h"
#include "core/graph/numbers.h"

namespace oree::passes {
namespace {

// How the summed dimension of a weight lies in memory: runs of `length` numbers, `stride` apart.
struct Summed {
  size_t length = 0, stride = 1;
};

struct Row {
  std::string_view op;
  size_t input;
};
constexpr std::array kRows{
    Row{"Conv", 1}, Row{"ConvTranspose", 1}, Row{"Gemm", 1}, Row{"MatMul", 1}, Row{"LSTM", 1},
    Row{"LSTM", 2}, Row{"GRU", 1},           Row{"GRU", 2},  Row{"RNN", 1},    Row{"RNN", 2}};

Summed summed_of(const graph::Node& node, const graph::Tensor& weights) {
  const auto& dims = weights.dims;
  size_t axis = dims.size() - 1;
  if (node.op == "Conv") axis = 1;
  if (node.op == "ConvTranspose") axis = 0;
  if (node.op == "MatMul") axis = dims.size() >= 2 ? dims.size() - 2 : 0;
  if (node.op == "Gemm") axis = graph::int_or(node, "transB", 0) != 0 ? 1 : 0;
  Summed out{static_cast<size_t>(dims[axis]), 1};
  for (size_t d = axis + 1; d < dims.size(); ++d) out.stride *= static_cast<size_t>(dims[d]);
  return out;
}

void drop_smallest(std::vector<float>& values, double share) {
  const auto count = static_cast<size_t>(std::floor(share * static_cast<double>(values.size())));
  if (count == 0) return;
  std::vector<uint32_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
  // By place where sizes are equal, so that every machine drops the same ones.
  const auto smaller = [&](uint32_t a, uint32_t b) {
    const float x = std::fabs(values[a]), y = std::fabs(values[b]);
    return x < y || (x == y && a < b);
  };
  std::nth_element(order.begin(), order.begin() + static_cast<int64_t>(count) - 1, order.end(), smaller);
  for (size_t i = 0; i < count; ++i) values[order[i]] = 0;
}

void keep_two_of_four(std::vector<float>& values, Summed summed) {
  const size_t lines = values.size() / summed.length;
  for (size_t line = 0; line < lines; ++line) {
    const size_t start = line / summed.stride * summed.stride * summed.length + line % summed.stride;
    for (size_t k = 0; k + 4 <= summed.length; k += 4) {
      std::array<size_t, 4> places{};
      for (size_t i = 0; i < 4; ++i) places[i] = start + (k + i) * summed.stride;
      std::ranges::stable_sort(
          places, [&](size_t a, size_t b) { return std::fabs(values[a]) < std::fabs(values[b]); });
      values[places[0]] = values[places[1]] = 0;
    }
  }
}

}  // namespace

double sparsity_at(const PruningSchedule& schedule, int64_t step) {
  if (step < schedule.begin) return schedule.initial;
  const int64_t raises =
      std::min((step - schedule.begin) / std::max<int64_t>(1, schedule.every), schedule.steps);
  const double left =
      1 - static_cast<double>(raises) / static_cast<double>(std::max<int64_t>(1, schedule.steps));
  return schedule.final + (schedule.initial - schedule.final) * left * left * left;
}

double PruningReport::sparsity() const {
  uint64_t weights = 0, zeros = 0;
  for (const Line& line : lines) weights += line.weights, zeros += line.zeros;
  return weights == 0 ? 0 : static_cast<double>(zeros) / static_cast<double>(weights);
}

Result<PruningReport> prune(graph::Model& model, const PruningOptions& options) {
  if (!(options.sparsity >= 0 && options.sparsity <= 1)) {
    return fail(ErrorKind::invalid,
                "a share of " + std::to_string(options.sparsity) + " zeros is none of 0 to 1");
  }
  std::map<std::string, Summed> chosen;
  graph::for_each_graph(model.graph, [&](graph::Graph& graph) {
    for (const graph::Node& node : graph.nodes) {
      for (const Row& row : kRows) {
        if (node.op != row.op || !node.domain.empty() || !graph::has_input(node, row.input)) continue;
        const graph::Tensor* weights = graph::find_initializer(model.graph, node.inputs[row.input]);
        if (weights != nullptr && weights->dims.size() >= 2)
          chosen.emplace(weights->name, summed_of(node, *weights));
      }
    }
  });
  PruningReport report;
  for (graph::Tensor& tensor : model.graph.initializers) {
    const auto found = chosen.find(tensor.name);
    if (found == chosen.end() || tensor.type != graph::DataType::f32 || !tensor.external.empty()) continue;
    const auto old = tensor.as<float>();
    if (old.size() < options.least || std::ranges::find(options.kept, tensor.name) != options.kept.end())
      continue;
    std::vector<float> values(old.begin(), old.end());
    if (options.pattern == Pattern::two_of_four) {
      keep_two_of_four(values, found->second);
    } else {
      drop_smallest(values, options.sparsity);
    }
    report.lines.push_back(
        {tensor.name, values.size(), static_cast<uint64_t>(std::ranges::count(values, 0.0f))});
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  }
  return report;
}

}  // namespace oree::passes
