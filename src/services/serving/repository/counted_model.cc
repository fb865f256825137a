#include "services/serving/repository/counted_model.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "core/modelconfig/complete.h"

namespace oree::serving {

namespace {

using tensor::Shape;
using tensor::TensorSpec;

// `shape` as the other side says it: the known dimensions of `wanted`, and in its open ones those of `shape`
// that are open too, in order. Both have the same elements; the configuration was checked for that.
Shape reshape(std::span<const int64_t> shape, const Shape& from, const Shape& wanted) {
  Shape result = wanted;
  size_t at = 0;
  for (int64_t& dim : result) {
    if (dim >= 0) continue;
    while (at < from.size() && from[at] >= 0) ++at;
    if (at < from.size() && at < shape.size()) dim = shape[at++];
  }
  return result;
}

template <class Port>
bool apply(const modelconfig::ModelConfig& config, const std::vector<Port>& ports,
           std::vector<TensorSpec>& specs) {
  bool any = false;
  for (const Port& port : ports) {
    if (!port.reshape) continue;
    const auto spec = std::ranges::find(specs, port.name, &TensorSpec::name);
    if (spec == specs.end()) continue;
    spec->shape = modelconfig::wire_shape(config, port.dims);
    any = true;
  }
  return any;
}

}  // namespace

void RunCounters::count(microseconds infer, bool succeeded) const {
  if (runs == nullptr) return;
  runs->add();
  if (succeeded) {
    infer_time->record(infer);
  } else {
    failures->add();
  }
}

CountedModel::CountedModel(std::shared_ptr<const inference::Model> network, inference::Identity identity,
                           RunCounters counters, AnswerTap* tap, const modelconfig::ModelConfig& config)
    : network_(std::move(network)),
      identity_(std::move(identity)),
      counters_(std::move(counters)),
      tap_(tap),
      seen_(network_->signature()) {
  const bool inputs = apply(config, config.input, seen_.inputs);
  const bool outputs = apply(config, config.output, seen_.outputs);
  reshaped_ = inputs || outputs;
}

Status CountedModel::run(std::span<const tensor::TensorView> inputs,
                         std::span<inference::Output> outputs) const {
  return run_in(inference::Company::alone, inputs, outputs);
}

Status CountedModel::run_in(inference::Company company, std::span<const tensor::TensorView> inputs,
                            std::span<inference::Output> outputs) const {
  const auto since = std::chrono::steady_clock::now();
  Status ran =
      reshaped_ ? run_reshaped(company, inputs, outputs) : network_->run_in(company, inputs, outputs);
  const auto took = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - since);
  if (!counting_.load(std::memory_order_relaxed)) return ran;
  counters_.count(took, ran.has_value());
  if (tap_ != nullptr) tap_->ran(identity_, ran.has_value(), took);
  return ran;
}

Status CountedModel::run_reshaped(inference::Company company, std::span<const tensor::TensorView> inputs,
                                  std::span<inference::Output> outputs) const {
  const inference::Signature& inner = network_->signature();
  if (inputs.size() != inner.inputs.size() || outputs.size() != inner.outputs.size()) {
    return network_->run_in(company, inputs, outputs);  // which says what is wrong
  }
  std::vector<Shape> shapes;
  shapes.reserve(inputs.size());
  std::vector<tensor::TensorView> views(inputs.begin(), inputs.end());
  for (size_t i = 0; i < views.size(); ++i) {
    shapes.push_back(reshape(views[i].shape, seen_.inputs[i].shape, inner.inputs[i].shape));
    views[i].shape = shapes.back();
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].preset.empty()) continue;
    outputs[i].shape = reshape(outputs[i].shape, seen_.outputs[i].shape, inner.outputs[i].shape);
  }
  if (Status ran = network_->run_in(company, views, outputs); !ran) return ran;
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].shape = reshape(outputs[i].shape, inner.outputs[i].shape, seen_.outputs[i].shape);
  }
  return {};
}

}  // namespace oree::serving
