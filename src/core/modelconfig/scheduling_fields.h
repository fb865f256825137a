// The messages of scheduling.h as the lists of their fields; see fields.h. Private to this room.
#pragma once

#include "core/modelconfig/scheduling.h"

namespace oree::modelconfig {

// clang-format off
template <class V> void fields(V& v, QueuePolicy& x) {
  v("timeout_action", x.timeout_action); v("default_timeout_microseconds", x.default_timeout_microseconds);
  v("allow_timeout_override", x.allow_timeout_override); v("max_queue_size", x.max_queue_size);
}
template <class V> void fields(V& v, DynamicBatching& x) {
  v("preferred_batch_size", x.preferred_batch_size);
  v("max_queue_delay_microseconds", x.max_queue_delay_microseconds); v("preserve_ordering", x.preserve_ordering);
  v("priority_levels", x.priority_levels); v("default_priority_level", x.default_priority_level);
  v("default_queue_policy", x.default_queue_policy); v("priority_queue_policy", x.priority_queue_policy);
}
template <class V> void fields(V& v, DirectStrategy& x) {
  v("max_queue_delay_microseconds", x.max_queue_delay_microseconds);
  v("minimum_slot_utilization", x.minimum_slot_utilization);
}
template <class V> void fields(V& v, OldestStrategy& x) {
  v("max_candidate_sequences", x.max_candidate_sequences); v("preferred_batch_size", x.preferred_batch_size);
  v("max_queue_delay_microseconds", x.max_queue_delay_microseconds); v("preserve_ordering", x.preserve_ordering);
}
template <class V> void fields(V& v, Control& x) {
  v("kind", x.kind); v("int32_false_true", x.int32_false_true); v("fp32_false_true", x.fp32_false_true);
  v("bool_false_true", x.bool_false_true); v("data_type", x.data_type);
}
template <class V> void fields(V& v, ControlInput& x) { v("name", x.name); v("control", x.control); }
template <class V> void fields(V& v, InitialState& x) {
  v("data_type", x.data_type); v("dims", x.dims); v("zero_data", x.zero_data); v("data_file", x.data_file);
  v.choice("state_data", {"zero_data", "data_file"}); v("name", x.name);
}
template <class V> void fields(V& v, State& x) {
  v("input_name", x.input_name); v("output_name", x.output_name); v("data_type", x.data_type); v("dims", x.dims);
  v("initial_state", x.initial_state); v("use_same_buffer_for_input_output", x.use_same_buffer_for_input_output);
  v("use_growable_memory", x.use_growable_memory);
}
template <class V> void fields(V& v, SequenceBatching& x) {
  v("direct", x.direct); v("oldest", x.oldest); v.choice("strategy_choice", {"direct", "oldest"});
  v("max_sequence_idle_microseconds", x.max_sequence_idle_microseconds); v("control_input", x.control_input);
  v("state", x.state); v("iterative_sequence", x.iterative_sequence);
}
template <class V> void fields(V& v, EnsembleStep& x) {
  v("model_name", x.model_name); v("model_version", x.model_version); v("input_map", x.input_map);
  v("output_map", x.output_map); v("model_namespace", x.model_namespace);
}
template <class V> void fields(V& v, Ensembling& x) {
  v("step", x.step); v("max_inflight_requests", x.max_inflight_requests);
}
// clang-format on

}  // namespace oree::modelconfig
