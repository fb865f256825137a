#include "services/assessment/measure.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>

#include "core/graph/file.h"
#include "core/graph/index.h"
#include "platform/files/private_folder.h"

namespace oree::assessment {
namespace {

constexpr int kWarmUp = 3;
constexpr size_t kMostElements = size_t{1} << 28;  // of one input: a network may claim any dimensions

Result<std::vector<tensor::Tensor>> inputs_of(const inference::Signature& signature) {
  std::vector<tensor::Tensor> inputs;
  for (const tensor::TensorSpec& spec : signature.inputs) {
    tensor::Shape shape = spec.shape;
    for (int64_t& dim : shape) dim = dim < 0 ? 1 : dim;
    const auto count = tensor::element_count(shape);
    if (!count) return forward(count);
    if (*count > kMostElements)
      return fail(ErrorKind::invalid, "input '" + spec.name + "' of " + tensor::shape_text(spec.shape) +
                                          " is too large to make up");
    auto input = tensor::Tensor::create(spec.dtype, std::move(shape));
    if (!input) return forward(input);
    std::ranges::fill(input->mutable_bytes(), std::byte{0});
    if (spec.dtype == tensor::DType::f32) {
      float value = 0;  // not all zero: some kernels take a shorter way then
      for (float& element : input->as<float>()) element = value = value > 1 ? -1 : value + 0.013f;
    }
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

Timing summary(std::vector<double> milliseconds) {
  std::ranges::sort(milliseconds);
  const size_t n = milliseconds.size();
  return {milliseconds[n / 2], milliseconds[n * 3 / 4] - milliseconds[n / 4]};
}

// The node alone: constants stay constants, the rest become inputs of the shapes that were inferred.
std::optional<graph::Model> alone(const graph::Model& model, const graph::Node& node,
                                  const graph::Index& index, const graph::Inference& types) {
  graph::Model out;
  out.ir_version = model.ir_version;
  out.opsets = model.opsets;
  out.graph.name = "one";
  for (const std::string& input : node.inputs) {
    if (input.empty()) continue;
    if (const graph::Tensor* tensor = index.constant(input)) {
      if (graph::find_initializer(out.graph, input) != nullptr) continue;
      out.graph.initializers.push_back(*tensor);
      out.graph.initializers.back().name = input;
      continue;
    }
    const auto type = types.types.find(input);
    if (type == types.types.end() || !type->second.has_shape || type->second.kind != graph::TypeKind::tensor)
      return std::nullopt;
    graph::Type concrete = type->second;
    for (graph::Dim& dim : concrete.dims) {
      if (!dim.known()) dim = {1, ""};
    }
    if (graph::find_value(out.graph, input) == nullptr) out.graph.inputs.push_back({input, concrete, {}});
  }
  out.graph.nodes = {node};
  for (const std::string& output : node.outputs) {
    const auto type = types.types.find(output);
    if (output.empty() || type == types.types.end()) continue;
    graph::Type open = type->second;
    open.has_shape = false;
    open.dims.clear();
    out.graph.outputs.push_back({output, open, {}});
  }
  return out.graph.outputs.empty() ? std::nullopt : std::optional(std::move(out));
}

std::string key_of(const graph::Node& node, const graph::Inference& types) {
  std::string key = node.op;
  for (const std::string& input : node.inputs) {
    const auto type = types.types.find(input);
    key += type == types.types.end() ? "?" : graph::type_text(type->second);
  }
  for (const graph::Attribute& attribute : node.attributes) {
    key += attribute.name + graph::dims_text(attribute.ints) + std::to_string(attribute.i) + attribute.s;
  }
  return key;
}

}  // namespace

Result<Timing> time_model(inference::Backend& backend, const std::filesystem::path& file, int runs) {
  const auto model = backend.load(file, {});
  if (!model) return forward(model);
  const auto inputs = inputs_of((*model)->signature());
  if (!inputs) return forward(inputs);
  std::vector<tensor::TensorView> views;
  for (const tensor::Tensor& input : *inputs) views.push_back(input.view());
  std::vector<double> milliseconds;
  for (int run = 0; run < runs + kWarmUp; ++run) {
    std::vector<inference::Output> outputs((*model)->signature().outputs.size());
    const auto begin = std::chrono::steady_clock::now();
    if (auto ran = (*model)->run(views, outputs); !ran) return forward(ran);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (run >= kWarmUp) milliseconds.push_back(took.count());
  }
  return summary(std::move(milliseconds));
}

Result<std::vector<OperatorTiming>> time_operators(const graph::Model& model, const graph::Inference& types,
                                                   const std::vector<uint64_t>& macs,
                                                   inference::Backend& backend, size_t most) {
  const graph::Index index(model.graph);
  std::vector<size_t> order(model.graph.nodes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>{}, [&](size_t n) { return macs[n]; });
  std::map<std::string, double> timed;  // by key; negative: does not run alone
  std::map<std::string, OperatorTiming> by_op;
  const auto folder = files::PrivateFolder::create();
  if (!folder) return forward(folder);
  for (const size_t n : order) {
    const graph::Node& node = model.graph.nodes[n];
    const std::string key = key_of(node, types);
    auto found = timed.find(key);
    if (found == timed.end()) {
      if (timed.size() >= most) continue;
      double took = -1;
      if (const auto one = alone(model, node, index, types)) {
        const auto file = folder->path() / "one.onnx";
        const auto stored = graph::store(*one, file);
        const auto timing = stored ? time_model(backend, file, 5) : Result<Timing>(forward(stored));
        if (timing) took = timing->median_ms;
      }
      found = timed.emplace(key, took).first;
      if (took >= 0) ++by_op[node.op].timed;
    }
    if (found->second >= 0) by_op[node.op].milliseconds += found->second;
  }
  std::vector<OperatorTiming> out;
  for (auto& [op, timing] : by_op) {
    timing.op = op;
    out.push_back(timing);
  }
  return out;
}

}  // namespace oree::assessment
