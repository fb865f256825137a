// Which versions of a model serve, on what, how they are sped up and how they are warmed up, as config.pbtxt
// says it. Plain values in the field's own names.
#pragma once

#include "core/modelconfig/ports.h"

namespace oree::modelconfig {

struct Latest {
  uint32_t num_versions = 0;  // 0: one
};
struct AllVersions {};
struct SpecificVersions {
  std::vector<int64_t> versions;
};
// At most one of them; none is the latest one.
struct VersionPolicy {
  std::optional<Latest> latest;
  std::optional<AllVersions> all;
  std::optional<SpecificVersions> specific;
};

struct Accelerator {
  std::string name;
  std::map<std::string, std::string> parameters;
};
struct Accelerators {
  std::vector<Accelerator> gpu_execution_accelerator, cpu_execution_accelerator;
};
struct Graph {
  int32_t level = 0;
};
struct PinnedMemory {
  bool enable = false;
};
struct GraphShape {
  Dims dim;
};
struct GraphLowerBound {
  int32_t batch_size = 0;
  std::map<std::string, GraphShape> input;
};
struct GraphSpec {
  int32_t batch_size = 0;
  std::map<std::string, GraphShape> input;
  std::optional<GraphLowerBound> graph_lower_bound;
};
struct Cuda {
  bool graphs = false;
  bool busy_wait_events = false;
  std::vector<GraphSpec> graph_spec;
  bool output_copy_stream = false;
};
enum class ModelPriority { standard, max, min };

struct Optimization {
  std::optional<Graph> graph;
  ModelPriority priority = ModelPriority::standard;
  std::optional<Cuda> cuda;
  std::optional<Accelerators> execution_accelerators;
  std::optional<PinnedMemory> input_pinned_memory, output_pinned_memory;
  uint32_t gather_kernel_buffer_threshold = 0;
  bool eager_batching = false;
};

struct Resource {
  std::string name;
  bool global = false;
  uint32_t count = 0;
};
struct RateLimiter {
  std::vector<Resource> resources;
  uint32_t priority = 0;
};
enum class InstanceKind { automatic, gpu, cpu, model };
enum class SecondaryKind { nvdla };
struct SecondaryDevice {
  SecondaryKind kind = SecondaryKind::nvdla;
  int64_t device_id = 0;
};
struct InstanceGroup {
  std::string name;
  InstanceKind kind = InstanceKind::automatic;
  int32_t count = 0;  // 0: as many as the backend likes
  std::optional<RateLimiter> rate_limiter;
  std::vector<int32_t> gpus;
  std::vector<SecondaryDevice> secondary_devices;
  std::vector<std::string> profile;
  bool passive = false;
  std::string host_policy;
};

struct WarmupInput {
  DataType data_type;
  Dims dims;
  std::optional<bool> zero_data, random_data;  // one of
  std::optional<std::string> input_data_file;  // the three; below <model>/warmup/
};
struct Warmup {
  std::string name;
  uint32_t batch_size = 0;
  std::map<std::string, WarmupInput> inputs;
  uint32_t count = 0;  // 0: once
};

struct Agent {
  std::string name;
  std::map<std::string, std::string> parameters;
};
struct HistogramOptions {
  std::vector<double> buckets;
};
struct MetricControl {
  std::optional<std::string> family;  // metric_identifier { family }
  std::optional<HistogramOptions> histogram_options;
};

}  // namespace oree::modelconfig
