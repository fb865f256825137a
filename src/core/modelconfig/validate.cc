#include "core/modelconfig/validate.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/modelconfig/words.h"

namespace oree::modelconfig {

namespace {

template <class... Parts>
std::unexpected<Error> wrong(const Parts&... parts) {
  return fail(ErrorKind::invalid, cat(parts...));
}

bool good_dimension(int64_t dim) {
  return dim >= 1 || dim == -1;
}

// Elements between variable dimensions; nullopt beyond 2^62.
std::optional<std::vector<int64_t>> runs_between_variables(const Dims& dims) {
  std::vector<int64_t> runs{1};
  for (const int64_t dim : dims) {
    if (dim == -1) {
      runs.push_back(1);
    } else if (__builtin_mul_overflow(runs.back(), dim, &runs.back()) || runs.back() > int64_t{1} << 62) {
      return std::nullopt;
    }
  }
  return runs;
}

Status check_reshape(const Dims& dims, const Dims& reshape, std::string_view port, int32_t max_batch_size) {
  if (reshape.empty() && max_batch_size == 0) {
    return wrong(port,
                 "cannot have empty reshape for non-batching model as scalar tensors are not supported");
  }
  if (!std::ranges::all_of(reshape, good_dimension)) {
    return wrong(port,
                 "reshape dimensions must be integer >= 1, or -1 to indicate a variable-size dimension");
  }
  const auto from = runs_between_variables(dims);
  const auto to = runs_between_variables(reshape);
  if (!from || !to) return wrong(port, "dims cause total element count to exceed maximum size");
  if ((from->size() == 1) != (to->size() == 1)) return wrong(port, "has different size for dims and reshape");
  if (from->size() != to->size()) {
    return wrong(port, "has different number of variable-size dimensions for dims and reshape");
  }
  if (*from != *to) return wrong(port, "has different size for dims and reshape");
  return {};
}

template <class Port>
Status check_port(const ModelConfig& config, const Port& port, std::string_view kind, Ports ports) {
  if (port.name.empty()) return wrong(kind, "must specify 'name'");
  const std::string named = cat(kind, "'", port.name, "' ");
  const bool open = ports == Ports::open && !config.ensemble_scheduling;
  if (!port.data_type && !open) return wrong(named, "must specify 'data_type'");
  // A network's own port may have none; one that no network gives must say them.
  if (port.dims.empty() && config.ensemble_scheduling) return wrong(named, "must specify 'dims'");
  if (!std::ranges::all_of(port.dims, good_dimension)) {
    return wrong(named, "dimension must be integer >= 1, or -1 to indicate a variable-size dimension");
  }
  if (!runs_between_variables(port.dims)) {
    return wrong(named, "dims cause total element count to exceed maximum size");
  }
  if (port.is_shape_tensor) return wrong("shape tensors are only supported for TensorRT platform");
  if (port.is_non_linear_format_io) {
    return wrong("Non-linear IO format is only supported for the TensorRT platform");
  }
  if (!port.reshape || (port.dims.empty() && open)) return {};
  return check_reshape(port.dims, port.reshape->shape, named, config.max_batch_size);
}

Status check_input(const ModelConfig& config, const Input& input, Ports ports) {
  if (Status port = check_port(config, input, "model input ", ports); !port) return port;
  const bool open = ports == Ports::open && input.dims.empty();
  if (input.format != Format::none && input.dims.size() != 3 && !open)
    return wrong("model input NHWC/NCHW require 3 dims");
  return {};
}

Status check_ports(const ModelConfig& config, Ports ports) {
  std::set<std::string_view> inputs, outputs;
  const auto named = [&](const Status& port) {
    return fail(port.error().kind, cat(port.error().what, " for ", config.name));
  };
  for (const Input& input : config.input) {
    if (Status port = check_input(config, input, ports); !port) return named(port);
    if (!inputs.insert(input.name).second) {
      return wrong("model input '", input.name, "' is specified more than once for ", config.name);
    }
  }
  for (const Output& output : config.output) {
    if (Status port = check_port(config, output, "model output ", ports); !port) return named(port);
    if (!outputs.insert(output.name).second) {
      return wrong("model output '", output.name, "' is specified more than once for ", config.name);
    }
  }
  return {};
}

template <class Port>
bool is_among(const std::vector<Port>& ports, const std::string& name) {
  return std::ranges::find(ports, name, &Port::name) != ports.end();
}

Status check_batch_output(const ModelConfig& config, const BatchOutput& batch) {
  if (batch.source_input.size() != 1) {
    return wrong("batch output kind 'BATCH_SCATTER_WITH_INPUT_SHAPE' expects 1 source input, got ",
                 batch.source_input.size(), " for ", config.name);
  }
  if (!is_among(config.input, batch.source_input[0])) {
    return wrong("unknown source input name '", batch.source_input[0], "' for ", config.name);
  }
  std::set<std::string_view> targets;
  for (const std::string& target : batch.target_name) {
    if (!is_among(config.output, target)) {
      return wrong("unknown target output name '", target, "' for ", config.name);
    }
    if (!targets.insert(target).second) {
      return wrong("target output name '", target, "' can only be specified once for ", config.name);
    }
  }
  return {};
}

Status check_batch_ports(const ModelConfig& config) {
  for (const BatchInput& batch : config.batch_input) {
    const std::string_view word = kWords<BatchInputKind>[static_cast<size_t>(batch.kind)];
    if (batch.source_input.size() != 1) {
      return wrong("batch input kind '", word, "' expects 1 source input, got ", batch.source_input.size(),
                   " for ", config.name);
    }
    if (batch.data_type != tensor::DType::i32 && batch.data_type != tensor::DType::f32) {
      return wrong("batch input data type must be TYPE_INT32 or TYPE_FP32 for ", config.name);
    }
    if (!is_among(config.input, batch.source_input[0])) {
      return wrong("unknown source input name '", batch.source_input[0], "' for ", config.name);
    }
  }
  for (const BatchOutput& batch : config.batch_output) {
    if (Status checked = check_batch_output(config, batch); !checked) return checked;
  }
  return {};
}

bool delays(const QueuePolicy& policy) {
  return policy.default_timeout_microseconds != 0 && policy.timeout_action == TimeoutAction::delay;
}

Status check_ordering(const ModelConfig& config, const DynamicBatching& batching) {
  if (!batching.preserve_ordering) return {};
  if (batching.priority_levels > 1) {
    return wrong("Only one priority level is allowed when 'preserve_ordering' is true for ", config.name);
  }
  const bool any = (batching.default_queue_policy && delays(*batching.default_queue_policy)) ||
                   std::ranges::any_of(batching.priority_queue_policy,
                                       [](const auto& entry) { return delays(entry.second); });
  if (!any) return {};
  return wrong("Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for ",
               config.name);
}

Status check_dynamic_batching(const ModelConfig& config) {
  if (!config.dynamic_batching) return {};
  const DynamicBatching& batching = *config.dynamic_batching;
  for (const int32_t size : batching.preferred_batch_size) {
    if (size <= 0) return wrong("dynamic batching preferred size must be positive for ", config.name);
    if (size > config.max_batch_size) {
      return wrong("dynamic batching preferred size must be <= max batch size for ", config.name);
    }
  }
  if (batching.priority_levels != 0) {
    const std::string range = cat("in range [1, ", batching.priority_levels, "] for ", config.name);
    const auto outside = [&](uint64_t level) { return level == 0 || level > batching.priority_levels; };
    if (outside(batching.default_priority_level)) return wrong("default priority level must be ", range);
    for (const auto& [level, policy] : batching.priority_queue_policy) {
      if (outside(level)) return wrong("priority queue policy must have priority level ", range);
    }
  }
  return check_ordering(config, batching);
}

Status check_instances(const ModelConfig& config) {
  if (config.ensemble_scheduling) return {};
  for (const InstanceGroup& group : config.instance_group) {
    const std::string named = cat("instance group ", group.name, " of model ", config.name);
    if (group.kind != InstanceKind::gpu && group.kind != InstanceKind::automatic && !group.gpus.empty()) {
      return wrong(named, " has kind ", kWords<InstanceKind>[static_cast<size_t>(group.kind)],
                   " but specifies one or more GPUs");
    }
    if (group.count < 0) return wrong(named, " must have a count >= 0, got ", group.count);
    if (!group.profile.empty() && config.platform != "tensorrt_plan") {
      return wrong(named, " and platform ", config.platform,
                   " specifies profile field which is only supported for TensorRT models");
    }
  }
  return {};
}

Status check_metrics(const ModelConfig& config) {
  for (const MetricControl& control : config.metric_control) {
    if (!control.family) return wrong("metric control must specify 'metric_identifier'");
    if (control.family->empty()) return wrong("metric identifier must specify non-empty 'family'");
    if (!control.histogram_options) return wrong("metric control must specify 'histogram_options'");
    if (control.histogram_options->buckets.empty()) {
      return wrong("histogram options must specify non-empty 'buckets'");
    }
  }
  return {};
}

Status check_versions(const ModelConfig& config) {
  if (!config.version_policy || !config.version_policy->specific) return {};
  const auto& versions = config.version_policy->specific->versions;
  if (std::ranges::all_of(versions, [](int64_t version) { return version > 0; })) return {};
  return wrong("version policy 'specific' must name positive versions for ", config.name);
}

Status check_warmup(const ModelConfig& config) {
  for (const Warmup& warmup : config.model_warmup) {
    if (warmup.batch_size > static_cast<uint32_t>(std::max(config.max_batch_size, 1))) {
      return wrong("warmup setting expects batch_size <= ", config.max_batch_size, ", got ",
                   warmup.batch_size, " for model '", config.name, "'");
    }
    for (const auto& [name, input] : warmup.inputs) {
      if (!input.zero_data && !input.random_data && !input.input_data_file) {
        return wrong(
            "warmup setting expects one of 'zero_data', 'random_data' or 'input_data_file' for input '", name,
            "', model '", config.name, "'");
      }
      if (!std::ranges::all_of(input.dims, [](int64_t dim) { return dim > 0; })) {
        return wrong("warmup setting expects all variable-size dimensions are specified for input '", name,
                     "', model '", config.name, "'");
      }
    }
  }
  return {};
}

// The words that Triton knows for what runs a network, each with its backend: what is none of them is a slip
// of the finger. Not all of it runs here; what does not says so when its network is looked for.
struct Platform {
  std::string_view platform, backend;
};
constexpr Platform kPlatforms[] = {
    {"onnxruntime_onnx", "onnxruntime"},   {"tensorrt_plan", "tensorrt"},
    {"pytorch_libtorch", "pytorch"},       {"torch_aoti", "pytorch"},
    {"tensorflow_graphdef", "tensorflow"}, {"tensorflow_savedmodel", "tensorflow"},
};

Status check_platform(const ModelConfig& config) {
  if (config.platform.empty() || config.platform == "ensemble") return {};
  const auto said = std::ranges::find(kPlatforms, config.platform, &Platform::platform);
  if (config.backend.empty()) {
    if (said != std::end(kPlatforms)) return {};
    return wrong("unexpected platform type '", config.platform, "' for ", config.name);
  }
  const bool known =
      std::ranges::find(kPlatforms, config.backend, &Platform::backend) != std::end(kPlatforms);
  if (!known || (said != std::end(kPlatforms) && said->backend == config.backend)) return {};
  return wrong("unexpected 'platform' and 'backend' pair, got:", config.platform, ", ", config.backend);
}

Status check_identity(const ModelConfig& config, Ports ports) {
  if (config.name.empty()) return wrong("model configuration must specify 'name'");
  if (config.platform.empty() && config.backend.empty() && ports == Ports::complete) {
    return wrong("must specify 'platform' or 'backend' for '", config.name, "'");
  }
  if (Status platform = check_platform(config); !platform) return platform;
  const bool ensemble = config.platform == "ensemble";
  if (ensemble && !config.backend.empty()) {
    return wrong("Ensemble model '", config.name,
                 "' must have platform type 'ensemble' and empty backend type");
  }
  if (ensemble && !config.ensemble_scheduling) {
    return wrong("ensemble scheduling must be set for ensemble ", config.name, " whose platform is ensemble");
  }
  if (config.max_batch_size < 0)
    return wrong("'max_batch_size' must be non-negative value for ", config.name);
  if (!config.response_cache.value_or(false)) return {};
  if (config.sequence_batching) {
    return wrong("Response Cache does not currently support model ", config.name,
                 " with sequence batching scheduler. Please disable the response cache.");
  }
  if (!config.decoupled.value_or(false)) return {};
  return wrong("Response Cache does not currently support model ", config.name,
               " with 'decoupled' transaction policy. Please disable the response cache.");
}

}  // namespace

Status validate(const ModelConfig& config, Ports ports) {
  const bool open = ports == Ports::open;
  // The network may still give the ports, and with them how much fits into a batch.
  const bool no_ports = open && (config.input.empty() || config.output.empty());
  const bool no_batch = no_ports && config.max_batch_size == 0;
  Status checked = check_identity(config, ports);
  if (checked) checked = check_versions(config);
  if (checked && !no_batch) checked = check_dynamic_batching(config);
  if (checked && config.sequence_batching && !no_batch) checked = validate_sequences(config);
  if (checked && config.ensemble_scheduling) checked = validate_ensemble(config);
  if (checked) checked = check_ports(config, ports);
  if (checked && !no_ports) checked = check_batch_ports(config);
  if (checked) checked = check_instances(config);
  if (checked && !no_batch) checked = check_warmup(config);
  if (checked) checked = check_metrics(config);
  return checked;
}

}  // namespace oree::modelconfig
