#include "nodes/workshop/choice/noise.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "core/graph/file.h"
#include "core/graph/index.h"

namespace oree::workshop {

namespace {

constexpr std::string_view kBeside = "~integers", kNoise = "~noise", kRounding = "~rounding",
                           kSignal = "~signal";

// The quantised network's nodes under other names; what an operator with weights gives, its readers get from
// the float network instead.
void add_integers(graph::Graph& graph, const quantisation::Quantised& quantised) {
  std::unordered_map<std::string, std::string> sources;
  for (const quantisation::LayerReport& layer : quantised.layers) sources[layer.output] = layer.source;
  std::unordered_set<std::string> made, known;
  for (const graph::Tensor& tensor : graph.initializers) known.insert(tensor.name);
  for (const graph::Tensor& tensor : quantised.model.graph.initializers) {
    if (!known.contains(tensor.name)) graph.initializers.push_back(tensor);
  }
  for (const graph::Node& node : quantised.model.graph.nodes)
    made.insert(node.outputs.begin(), node.outputs.end());
  for (graph::Node node : quantised.model.graph.nodes) {
    for (std::string& input : node.inputs) {
      if (const auto found = sources.find(input); found != sources.end())
        input = found->second;
      else if (!input.empty() && made.contains(input))
        input += kBeside;
    }
    for (std::string& output : node.outputs) {
      if (!output.empty()) output += kBeside;
    }
    if (!node.name.empty()) node.name += kBeside;
    graph.nodes.push_back(std::move(node));
  }
}

// Axes over which a channel's values are summed; of other operators the last axis holds the channels.
std::vector<int64_t> axes_of(const graph::Graph& graph, const quantisation::LayerReport& layer) {
  const graph::Index index(graph);
  const graph::Node& node = *index.producer_node(layer.source);
  const graph::Tensor* weights = node.op == "Conv" ? index.constant(node.inputs[1]) : nullptr;
  std::vector<int64_t> axes{0};
  for (size_t i = 2; weights != nullptr && i < weights->dims.size(); ++i)
    axes.push_back(static_cast<int64_t>(i));
  return axes;
}

// The squares of `a` - `b`, or of `a`, summed over all but channels.
void add_sum(graph::Graph& graph, const std::string& a, const std::string& b, const std::string& name,
             const std::vector<int64_t>& axes) {
  std::string from = a;
  if (!b.empty()) {
    from = cat(name, "~difference");
    graph.nodes.push_back(graph::make_node("Sub", {a, b}, {from}));
  }
  graph.nodes.push_back(
      graph::make_node("ReduceSumSquare", {from}, {name},
                       {graph::attribute("axes", axes), graph::attribute("keepdims", int64_t{0})}));
  graph::Value output;
  output.name = name;
  output.type.kind = graph::TypeKind::tensor;
  output.type.element = graph::DataType::f32;
  graph.outputs.push_back(std::move(output));
}

void add_measures(graph::Graph& graph, const quantisation::LayerReport& layer) {
  const std::vector<int64_t> axes = axes_of(graph, layer);
  add_sum(graph, cat(layer.output, kBeside), layer.source, cat(layer.source, kNoise), axes);
  // Where integers carry the output under its own name, rounding to them counts as well.
  if (layer.output != layer.source)
    add_sum(graph, cat(layer.source, kBeside), layer.source, cat(layer.source, kRounding), axes);
  add_sum(graph, layer.source, "", cat(layer.source, kSignal), axes);
}

using Sums = std::map<std::string, std::vector<double>>;  // output → per channel

// The mean over channels of what is lost, since channels that are small beside others say as much as those.
double share_of(Sums& sums, const std::string& source) {
  const std::vector<double>&noise = sums[cat(source, kNoise)], &rounding = sums[cat(source, kRounding)],
        &signal = sums[cat(source, kSignal)];
  if (signal.empty()) return 0;
  const double least = *std::ranges::max_element(signal) * 1e-6 + 1e-30;
  double sum = 0;
  for (size_t c = 0; c < signal.size(); ++c) {
    const double lost = (c < noise.size() ? noise[c] : 0) + (c < rounding.size() ? rounding[c] : 0);
    sum += std::min(1.0, lost / std::max(signal[c], least));
  }
  return sum / static_cast<double>(signal.size());
}

}  // namespace

Result<std::vector<LayerNoise>> layer_noise(const graph::Model& model,
                                            const quantisation::Quantised& quantised, const Dataset& dataset,
                                            std::span<const Sample> samples, inference::Backend& backend,
                                            const std::filesystem::path& work) {
  graph::Model both = model;
  both.ir_version = quantised.model.ir_version;
  add_integers(both.graph, quantised);
  for (const quantisation::LayerReport& layer : quantised.layers) add_measures(both.graph, layer);
  const std::filesystem::path file = work / "beside.onnx";
  if (Status stored = graph::store(both, file); !stored) return forward(stored);
  const Result<std::unique_ptr<inference::Model>> loaded = backend.load(file, {});
  if (!loaded) return forward(loaded, "the float and the quantised network beside each other");
  Sums sums;
  const inference::Signature& signature = (*loaded)->signature();
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    const tensor::TensorView view = input->tensor.view();
    std::vector<inference::Output> outputs(signature.outputs.size());
    if (Status ran = (*loaded)->run({&view, 1}, outputs); !ran) return forward(ran);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = signature.outputs[i].name;
      if (!name.ends_with(kNoise) && !name.ends_with(kRounding) && !name.ends_with(kSignal)) continue;
      const auto values = outputs[i].view().as<float>();
      std::vector<double>& sum = sums[name];
      sum.resize(values.size());
      for (size_t c = 0; c < values.size(); ++c) sum[c] += double{values[c]};
    }
  }
  std::vector<LayerNoise> noise;
  for (const quantisation::LayerReport& layer : quantised.layers)
    noise.push_back({layer.source, share_of(sums, layer.source)});
  std::ranges::stable_sort(noise, std::ranges::greater{}, &LayerNoise::share);
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return noise;
}

}  // namespace oree::workshop
