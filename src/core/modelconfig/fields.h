// Every message of the configuration as the list of its fields: what a reader, a writer and a page walk over.
// One more field is one more row, here and in the struct.
//
// A visitor V takes v("name", member) for what is a field of that type, and these for what the file nests
// deeper than our values do: v.wrapped("outer", "inner", member) for `outer { inner: … }`,
// v.wrapped_map("outer", "inner", map) for a map whose values are messages of that one field, and
// v.choice("group", names) for fields of which at most one is given. Private to this room.
#pragma once

#include <initializer_list>
#include <string_view>

#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

using FieldNames = std::initializer_list<std::string_view>;

// clang-format off
template <class V> void fields(V& v, Reshape& x) { v("shape", x.shape); }
template <class V> void fields(V& v, Input& x) {
  v("name", x.name); v("data_type", x.data_type); v("format", x.format); v("dims", x.dims); v("reshape", x.reshape);
  v("is_shape_tensor", x.is_shape_tensor); v("allow_ragged_batch", x.allow_ragged_batch); v("optional", x.optional);
  v("is_non_linear_format_io", x.is_non_linear_format_io);
}
template <class V> void fields(V& v, Output& x) {
  v("name", x.name); v("data_type", x.data_type); v("dims", x.dims); v("reshape", x.reshape);
  v("label_filename", x.label_filename); v("is_shape_tensor", x.is_shape_tensor);
  v("is_non_linear_format_io", x.is_non_linear_format_io);
}
template <class V> void fields(V& v, BatchInput& x) {
  v("kind", x.kind); v("target_name", x.target_name); v("data_type", x.data_type); v("source_input", x.source_input);
}
template <class V> void fields(V& v, BatchOutput& x) {
  v("target_name", x.target_name); v("kind", x.kind); v("source_input", x.source_input);
}
template <class V> void fields(V& v, Latest& x) { v("num_versions", x.num_versions); }
template <class V> void fields(V&, AllVersions&) {}
template <class V> void fields(V& v, SpecificVersions& x) { v("versions", x.versions); }
template <class V> void fields(V& v, VersionPolicy& x) {
  v("latest", x.latest); v("all", x.all); v("specific", x.specific);
  v.choice("policy_choice", {"latest", "all", "specific"});
}
template <class V> void fields(V& v, Accelerator& x) { v("name", x.name); v("parameters", x.parameters); }
template <class V> void fields(V& v, Accelerators& x) {
  v("gpu_execution_accelerator", x.gpu_execution_accelerator);
  v("cpu_execution_accelerator", x.cpu_execution_accelerator);
}
template <class V> void fields(V& v, Graph& x) { v("level", x.level); }
template <class V> void fields(V& v, PinnedMemory& x) { v("enable", x.enable); }
template <class V> void fields(V& v, GraphShape& x) { v("dim", x.dim); }
template <class V> void fields(V& v, GraphLowerBound& x) { v("batch_size", x.batch_size); v("input", x.input); }
template <class V> void fields(V& v, GraphSpec& x) {
  v("batch_size", x.batch_size); v("input", x.input); v("graph_lower_bound", x.graph_lower_bound);
}
template <class V> void fields(V& v, Cuda& x) {
  v("graphs", x.graphs); v("busy_wait_events", x.busy_wait_events); v("graph_spec", x.graph_spec);
  v("output_copy_stream", x.output_copy_stream);
}
template <class V> void fields(V& v, Optimization& x) {
  v("graph", x.graph); v("priority", x.priority); v("cuda", x.cuda);
  v("execution_accelerators", x.execution_accelerators); v("input_pinned_memory", x.input_pinned_memory);
  v("output_pinned_memory", x.output_pinned_memory);
  v("gather_kernel_buffer_threshold", x.gather_kernel_buffer_threshold); v("eager_batching", x.eager_batching);
}
template <class V> void fields(V& v, Resource& x) { v("name", x.name); v("global", x.global); v("count", x.count); }
template <class V> void fields(V& v, RateLimiter& x) { v("resources", x.resources); v("priority", x.priority); }
template <class V> void fields(V& v, SecondaryDevice& x) { v("kind", x.kind); v("device_id", x.device_id); }
template <class V> void fields(V& v, InstanceGroup& x) {
  v("name", x.name); v("kind", x.kind); v("count", x.count); v("rate_limiter", x.rate_limiter); v("gpus", x.gpus);
  v("secondary_devices", x.secondary_devices); v("profile", x.profile); v("passive", x.passive);
  v("host_policy", x.host_policy);
}
template <class V> void fields(V& v, WarmupInput& x) {
  v("data_type", x.data_type); v("dims", x.dims); v("zero_data", x.zero_data); v("random_data", x.random_data);
  v("input_data_file", x.input_data_file);
  v.choice("input_data_type", {"zero_data", "random_data", "input_data_file"});
}
template <class V> void fields(V& v, Warmup& x) {
  v("name", x.name); v("batch_size", x.batch_size); v("inputs", x.inputs); v("count", x.count);
}
template <class V> void fields(V& v, Agent& x) { v("name", x.name); v("parameters", x.parameters); }
template <class V> void fields(V& v, HistogramOptions& x) { v("buckets", x.buckets); }
template <class V> void fields(V& v, MetricControl& x) {
  v.wrapped("metric_identifier", "family", x.family); v("histogram_options", x.histogram_options);
}
template <class V> void fields(V& v, ModelConfig& x) {
  v("name", x.name); v("platform", x.platform); v("backend", x.backend); v("runtime", x.runtime);
  v("version_policy", x.version_policy); v("max_batch_size", x.max_batch_size); v("input", x.input);
  v("output", x.output); v("batch_input", x.batch_input); v("batch_output", x.batch_output);
  v("optimization", x.optimization); v("dynamic_batching", x.dynamic_batching);
  v("sequence_batching", x.sequence_batching); v("ensemble_scheduling", x.ensemble_scheduling);
  v.choice("scheduling_choice", {"dynamic_batching", "sequence_batching", "ensemble_scheduling"});
  v("instance_group", x.instance_group); v("default_model_filename", x.default_model_filename);
  v("cc_model_filenames", x.cc_model_filenames); v("metric_tags", x.metric_tags);
  v.wrapped_map("parameters", "string_value", x.parameters); v("model_warmup", x.model_warmup);
  v.wrapped("model_operations", "op_library_filename", x.op_library_filename);
  v.wrapped("model_transaction_policy", "decoupled", x.decoupled);
  v.wrapped("model_repository_agents", "agents", x.agents); v.wrapped("response_cache", "enable", x.response_cache);
  v.wrapped("model_metrics", "metric_control", x.metric_control);
}
// clang-format on

}  // namespace oree::modelconfig
