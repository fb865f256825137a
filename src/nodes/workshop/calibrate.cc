#include "nodes/workshop/calibrate.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/file.h"

namespace oree::workshop {

namespace {

// Outputs keep their memory until the run ends: this bounds what one run holds, of tensors whose sizes are
// not known yet and of those that the first sample showed.
constexpr size_t kTensorsAtOnce = 40;
constexpr uint64_t kBytesAtOnce = 28 << 20;

uint64_t bytes_a_sample(const calibration::Statistics& seen) {
  return seen.histogram().count() / std::max<uint64_t>(seen.samples(), 1) * sizeof(float);
}

// As many neighbours at once as fit; each of them at least alone.
std::vector<std::span<const std::string>> groups_of(std::span<const std::string> names,
                                                    const Observations& observations) {
  std::vector<std::span<const std::string>> groups;
  uint64_t bytes = 0;
  size_t from = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto seen = observations.find(names[i]);
    const uint64_t own = seen == observations.end() ? 0 : bytes_a_sample(seen->second);
    if (i > from && bytes + own > kBytesAtOnce) {
      groups.push_back(names.subspan(from, i - from));
      from = i;
      bytes = 0;
    }
    bytes += own;
  }
  if (from < names.size()) groups.push_back(names.subspan(from));
  return groups;
}

Status observe_some(const graph::Model& model, std::span<const std::string> names, const Dataset& dataset,
                    std::span<const Sample> samples, inference::Backend& backend,
                    const std::filesystem::path& file, Observations& observations) {
  if (Status stored = graph::store(with_outputs(model, names), file); !stored) return stored;
  const Result<std::unique_ptr<inference::Model>> loaded = backend.load(file, {});
  if (!loaded) return forward(loaded, "the network with its inner tensors as outputs");
  const inference::Signature& signature = (*loaded)->signature();
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    const tensor::TensorView view = input->tensor.view();
    std::vector<inference::Output> outputs(signature.outputs.size());
    if (Status ran = (*loaded)->run({&view, 1}, outputs); !ran) return ran;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = signature.outputs[i].name;
      if (std::ranges::find(names, name) == names.end() || outputs[i].dtype != tensor::DType::f32) continue;
      const Status added = observations[name].add_sample(outputs[i].view().as<float>(), outputs[i].shape);
      if (!added)
        return forward(added, cat("tensor '", name, "' of ",
                                  sample.file.empty() ? cat("sample ", sample.row) : sample.file.string()));
    }
  }
  return {};
}

}  // namespace

graph::Model with_outputs(const graph::Model& model, std::span<const std::string> names) {
  graph::Model copy = model;
  for (const std::string& name : names) {
    if (std::ranges::find(copy.graph.outputs, name, &graph::Value::name) != copy.graph.outputs.end())
      continue;
    graph::Value output;
    output.name = name;
    output.type.kind = graph::TypeKind::tensor;
    output.type.element = graph::DataType::f32;
    copy.graph.outputs.push_back(std::move(output));
  }
  return copy;
}

Result<Observations> observe(const graph::Model& model, const std::vector<std::string>& names,
                             const Dataset& dataset, std::span<const Sample> samples,
                             inference::Backend& backend, const std::filesystem::path& work) {
  Observations observations;
  std::vector<std::string> inner;
  for (const std::string& name : names) {
    const bool input =
        std::ranges::find(model.graph.inputs, name, &graph::Value::name) != model.graph.inputs.end();
    if (!input) {
      inner.push_back(name);
      continue;
    }
    for (const Sample& sample : samples) {
      const Result<Input> loaded = dataset.load(sample);
      if (!loaded) return forward(loaded);
      const Status added =
          observations[name].add_sample(loaded->tensor.view().as<float>(), loaded->tensor.shape());
      if (!added) return forward(added, cat("input '", name, "'"));
    }
  }
  const std::filesystem::path file = work / "observed.onnx";
  for (size_t at = 0; at < inner.size(); at += kTensorsAtOnce) {
    const std::span<const std::string> some =
        std::span(inner).subspan(at, std::min(kTensorsAtOnce, inner.size() - at));
    const Status seen = observe_some(model, some, dataset, samples.first(1), backend, file, observations);
    if (!seen) return forward(seen);
  }
  for (const std::span<const std::string> some : groups_of(inner, observations)) {
    const Status seen = observe_some(model, some, dataset, samples.subspan(1), backend, file, observations);
    if (!seen) return forward(seen);
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return observations;
}

}  // namespace oree::workshop
