#include "core/modelconfig/complete.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/modelconfig/names.h"

namespace oree::modelconfig {

namespace {

using tensor::TensorSpec;

struct BackendFacts {
  std::string_view backend, platform;
};
constexpr BackendFacts kBackends[] = {
    {"onnxruntime", "onnxruntime_onnx"}, {"tensorrt", "tensorrt_plan"}, {"pytorch", "pytorch_libtorch"}};

std::unexpected<Error> unable(const ModelConfig& config, std::string_view why) {
  return fail(ErrorKind::invalid, cat("unable to load model '", config.name, "', ", why));
}

// What the scheduler gives or keeps itself, so that clients do not see it.
struct Hidden {
  std::set<std::string, std::less<>> inputs, outputs;
};

Hidden hidden_ports(const ModelConfig& config) {
  Hidden hidden;
  if (!config.sequence_batching) return hidden;
  for (const ControlInput& control : config.sequence_batching->control_input)
    hidden.inputs.insert(control.name);
  for (const State& state : config.sequence_batching->state) {
    hidden.inputs.insert(state.input_name);
    hidden.outputs.insert(state.output_name);
  }
  return hidden;
}

bool first_is_variable(std::span<const TensorSpec> specs) {
  return std::ranges::all_of(
      specs, [](const TensorSpec& spec) { return !spec.shape.empty() && spec.shape.front() == -1; });
}

// A network whose every port has an open first dimension, with a configuration that leaves the ports to it.
void complete_batching(ModelConfig& config, std::span<const TensorSpec> inputs,
                       std::span<const TensorSpec> outputs, int32_t default_max_batch_size) {
  if (!config.input.empty() || !config.output.empty() || config.max_batch_size != 0 || inputs.empty()) return;
  if (!first_is_variable(inputs) || !first_is_variable(outputs)) return;
  config.max_batch_size = default_max_batch_size;
  const bool chosen = config.dynamic_batching || config.sequence_batching || config.ensemble_scheduling;
  if (!chosen && default_max_batch_size > 1) config.dynamic_batching.emplace();
}

Dims dims_of(const ModelConfig& config, const TensorSpec& spec) {
  const auto first = spec.shape.begin() + (config.max_batch_size > 0 && !spec.shape.empty() ? 1 : 0);
  Dims dims(first, spec.shape.end());
  if (dims.empty() && config.max_batch_size > 0) dims.push_back(1);  // a scalar per row, reshaped
  return dims;
}

// The network takes no batches, or none as large.
std::unexpected<Error> no_batches(const ModelConfig& config, const TensorSpec& spec) {
  return fail(
      ErrorKind::invalid,
      cat("autofill failed for model '", config.name,
          "': model does not support batching while non-zero max_batch_size is specified (model '",
          config.name, "', tensor '", spec.name,
          "': for the model to support batching the shape should have at least 1 dimension and the "
          "first dimension must be -1; but shape expected by the model is ",
          tensor::shape_text(spec.shape), "); write max_batch_size: 0, and dims with all dimensions"));
}

template <class Port>
Status check_shape(const ModelConfig& config, const Port& port, const TensorSpec& spec) {
  const bool batched = config.max_batch_size > 0;
  const bool variable = !spec.shape.empty() && spec.shape.front() == -1;
  if (config.max_batch_size > 1 && !variable) return no_batches(config, spec);
  const tensor::Shape said = wire_shape(config, port.reshape ? port.reshape->shape : port.dims);
  bool same = said.size() == spec.shape.size();
  for (size_t i = 0; same && i < said.size(); ++i) {
    same = said[i] == spec.shape[i] || said[i] == -1 || spec.shape[i] == -1;
  }
  if (same) return {};
  if (batched && !variable) return no_batches(config, spec);
  const std::string complete =
      batched ? "an initial batch dimension because max_batch_size > 0 followed by the explicit tensor "
                "shape, making complete shape "
              : "shape ";
  return fail(
      ErrorKind::invalid,
      cat("model '", config.name, "', tensor '", spec.name, "': the model expects ", spec.shape.size(),
          " dimensions (shape ", tensor::shape_text(spec.shape), ") but the model configuration specifies ",
          said.size(), " dimensions (", complete, tensor::shape_text(said), ")"));
}

// Fills one port from the network's, and holds it against it.
template <class Port>
Status complete_port(const ModelConfig& config, Port& port, const TensorSpec& spec, std::string_view kind) {
  if (!port.data_type) port.data_type = spec.dtype;
  if (port.dims.empty()) {
    port.dims = dims_of(config, spec);
    if (config.max_batch_size > 0 && spec.shape.size() == 1 && !port.reshape) port.reshape.emplace();
  }
  if (*port.data_type != spec.dtype) {
    return unable(config, cat("configuration expects datatype ", type_name(port.data_type), " for ", kind,
                              " '", port.name, "', model provides ", type_name(spec.dtype)));
  }
  return check_shape(config, port, spec);
}

std::string names_of(const std::vector<const TensorSpec*>& specs) {
  std::vector<std::string> names;
  for (const TensorSpec* spec : specs) names.push_back(spec->name);
  std::ranges::sort(names);
  return join(names, ", ");
}

template <class Port>
Status complete_ports(ModelConfig& config, std::vector<Port>& ports, std::span<const TensorSpec> specs,
                      const std::set<std::string, std::less<>>& hidden, std::string_view kind) {
  std::vector<const TensorSpec*> open;
  for (const TensorSpec& spec : specs) {
    if (!hidden.contains(spec.name)) open.push_back(&spec);
  }
  if (ports.empty()) {
    for (const TensorSpec* spec : open) {
      Port port;
      port.name = spec->name;
      ports.push_back(std::move(port));
    }
  }
  for (Port& port : ports) {
    const auto at = std::ranges::find(open, port.name, [](const TensorSpec* spec) { return spec->name; });
    if (at == open.end()) {
      return fail(ErrorKind::invalid, cat("unexpected inference ", kind, " '", port.name, "', allowed ", kind,
                                          "s are: ", names_of(open)));
    }
    if (Status completed = complete_port(config, port, **at, kind); !completed) return completed;
  }
  return {};
}

void complete_instances(ModelConfig& config) {
  if (config.ensemble_scheduling) return;
  if (config.instance_group.empty()) {
    config.instance_group.emplace_back().name = config.name;
  }
  for (size_t i = 0; i < config.instance_group.size(); ++i) {
    InstanceGroup& group = config.instance_group[i];
    if (group.name.empty()) group.name = cat(config.name, "_", i);
    if (group.kind == InstanceKind::automatic) {
      group.kind = group.gpus.empty() ? InstanceKind::cpu : InstanceKind::gpu;
    }
    if (group.count == 0) group.count = 1;
  }
}

}  // namespace

tensor::Shape wire_shape(const ModelConfig& config, const Dims& dims) {
  tensor::Shape shape;
  if (config.max_batch_size > 0) shape.push_back(-1);
  shape.insert(shape.end(), dims.begin(), dims.end());
  return shape;
}

Status complete_defaults(ModelConfig& config, std::string_view folder_name) {
  if (config.name.empty()) config.name = folder_name;
  if (config.name != folder_name) {
    return fail(ErrorKind::invalid, cat("unexpected directory name '", folder_name, "' for model '",
                                        config.name, "', directory name must equal model name"));
  }
  if (config.ensemble_scheduling && config.platform.empty() && config.backend.empty())
    config.platform = "ensemble";
  for (const BackendFacts& facts : kBackends) {
    if (config.backend.empty() && config.platform == facts.platform) config.backend = facts.backend;
    if (config.platform.empty() && config.backend == facts.backend) config.platform = facts.platform;
  }
  VersionPolicy& policy = config.version_policy ? *config.version_policy : config.version_policy.emplace();
  if (!policy.latest && !policy.all && !policy.specific) policy.latest.emplace();
  if (policy.latest && policy.latest->num_versions == 0) policy.latest->num_versions = 1;
  complete_instances(config);
  return {};
}

Status complete(ModelConfig& config, std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs,
                int32_t default_max_batch_size) {
  complete_batching(config, inputs, outputs, default_max_batch_size);
  const Hidden hidden = hidden_ports(config);
  size_t open = 0;
  for (const TensorSpec& spec : inputs) open += hidden.inputs.contains(spec.name) ? 0 : 1;
  if (!config.input.empty() && config.input.size() < open) {
    return unable(config,
                  cat("configuration expects ", config.input.size(), " inputs, model provides ", open));
  }
  if (Status taken = complete_ports(config, config.input, inputs, hidden.inputs, "input"); !taken)
    return taken;
  return complete_ports(config, config.output, outputs, hidden.outputs, "output");
}

}  // namespace oree::modelconfig
