// One model's configuration, as config.pbtxt says it: what it takes and gives, which versions serve, how
// often and how its requests wait. Plain values in the file's own field names, so that a page, a wire and a
// file say the same; a field that a file left out has its default. Lists keep their order.
//
//   auto config = parse_config(text, "config.pbtxt");            // parse.h
//   complete(*config, signature);                                // complete.h: what the network itself says
//   if (Status valid = validate(*config); !valid) …              // validate.h
//   print_json(*config)                                          // json.h: as GET …/config answers
#pragma once

#include "core/modelconfig/placement.h"
#include "core/modelconfig/scheduling.h"

namespace oree::modelconfig {

struct ModelConfig {
  std::string name;
  std::string platform;  // "onnxruntime_onnx"; or backend
  std::string backend;
  std::string runtime;
  std::optional<VersionPolicy> version_policy;
  int32_t max_batch_size = 0;  // 0: no batch dimension
  std::vector<Input> input;
  std::vector<Output> output;
  std::vector<BatchInput> batch_input;
  std::vector<BatchOutput> batch_output;
  std::optional<Optimization> optimization;
  std::optional<DynamicBatching> dynamic_batching;  // at most one of the three
  std::optional<SequenceBatching> sequence_batching;
  std::optional<Ensembling> ensemble_scheduling;
  std::vector<InstanceGroup> instance_group;
  std::string default_model_filename;
  std::map<std::string, std::string> cc_model_filenames, metric_tags;
  std::map<std::string, std::string> parameters;  // parameters { key, value { string_value } }
  std::vector<Warmup> model_warmup;
  std::vector<std::string> op_library_filename;  // model_operations
  std::optional<bool> decoupled;                 // model_transaction_policy
  std::vector<Agent> agents;                     // model_repository_agents
  std::optional<bool> response_cache;            // response_cache { enable }
  std::vector<MetricControl> metric_control;     // model_metrics
};

}  // namespace oree::modelconfig
