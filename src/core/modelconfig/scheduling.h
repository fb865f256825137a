// How requests of a model wait for it: config.pbtxt's dynamic_batching, sequence_batching and
// ensemble_scheduling. Plain values in the field's own names; 0 and "" are what a file that says nothing
// means. https://github.com/triton-inference-server/common, protobuf/model_config.proto
#pragma once

#include "core/modelconfig/ports.h"

namespace oree::modelconfig {

enum class TimeoutAction { reject, delay };

struct QueuePolicy {
  TimeoutAction timeout_action = TimeoutAction::reject;
  uint64_t default_timeout_microseconds = 0;  // 0: none
  bool allow_timeout_override = false;
  uint32_t max_queue_size = 0;  // 0: unlimited
};

struct DynamicBatching {
  std::vector<int32_t> preferred_batch_size;
  uint64_t max_queue_delay_microseconds = 0;
  bool preserve_ordering = false;
  uint64_t priority_levels = 0;         // 0: none; else 1 is the highest
  uint64_t default_priority_level = 0;  // required with priority_levels
  std::optional<QueuePolicy> default_queue_policy;
  std::map<uint64_t, QueuePolicy> priority_queue_policy;
};

struct DirectStrategy {
  uint64_t max_queue_delay_microseconds = 0;
  float minimum_slot_utilization = 0;
};

struct OldestStrategy {
  int32_t max_candidate_sequences = 0;
  std::vector<int32_t> preferred_batch_size;
  uint64_t max_queue_delay_microseconds = 0;
  bool preserve_ordering = false;
};

enum class ControlKind { start, ready, end, corrid };

struct Control {
  ControlKind kind = ControlKind::start;
  std::vector<int32_t> int32_false_true;  // at most one of the three, two values each
  std::vector<float> fp32_false_true;
  std::vector<bool> bool_false_true;
  DataType data_type;  // of CORRID
};

struct ControlInput {
  std::string name;
  std::vector<Control> control;
};

struct InitialState {
  std::string name;
  DataType data_type;
  Dims dims;
  std::optional<bool> zero_data;         // one of
  std::optional<std::string> data_file;  // the two; below <model>/initial_state/
};

struct State {
  std::string input_name, output_name;
  DataType data_type;
  Dims dims;
  std::vector<InitialState> initial_state;
  bool use_same_buffer_for_input_output = false;
  bool use_growable_memory = false;
};

struct SequenceBatching {
  std::optional<DirectStrategy> direct;  // at most one of the two; none is direct
  std::optional<OldestStrategy> oldest;
  uint64_t max_sequence_idle_microseconds = 0;  // 0: one second
  std::vector<ControlInput> control_input;
  std::vector<State> state;
  bool iterative_sequence = false;
};

struct EnsembleStep {
  std::string model_name;
  int64_t model_version = 0;                                 // -1: by the model's policy
  std::map<std::string, std::string> input_map, output_map;  // the model's tensor → the ensemble's
  std::string model_namespace;
};

struct Ensembling {
  std::vector<EnsembleStep> step;
  uint32_t max_inflight_requests = 0;  // 0: unlimited
};

}  // namespace oree::modelconfig
