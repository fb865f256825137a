#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "core/modelconfig/validate.h"
#include "core/modelconfig/words.h"

namespace oree::modelconfig {

namespace {

template <class... Parts>
std::unexpected<Error> wrong(const Parts&... parts) {
  return fail(ErrorKind::invalid, cat(parts...));
}

std::string_view word_of(ControlKind kind) {
  return kWords<ControlKind>[static_cast<size_t>(kind)];
}

// START, READY and END say true and false as two numbers of one datatype.
Status check_two_values(const Control& control, const std::string& name) {
  const std::array sizes{control.int32_false_true.size(), control.fp32_false_true.size(),
                         control.bool_false_true.size()};
  const auto given = std::ranges::count_if(sizes, [](size_t size) { return size > 0; });
  if (given == 0) {
    return wrong(
        "sequence batching must specify either 'int32_false_true', 'fp32_false_true' or "
        "'bool_false_true' for ",
        word_of(control.kind), " for ", name);
  }
  if (given > 1) {
    return wrong(
        "sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and "
        "'bool_false_true' for ",
        word_of(control.kind), " for ", name);
  }
  constexpr std::array kNames{"int32_false_true", "fp32_false_true", "bool_false_true"};
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0 || sizes[i] == 2) continue;
    return wrong("sequence batching control '", kNames[i], "' must have exactly 2 entries for ",
                 word_of(control.kind), " for ", name);
  }
  return {};
}

Status check_correlation(const Control& control, const std::string& name) {
  using tensor::DType;
  if (!control.int32_false_true.empty() || !control.fp32_false_true.empty() ||
      !control.bool_false_true.empty()) {
    return wrong(
        "sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or "
        "'bool_false_true' for CONTROL_SEQUENCE_CORRID for ",
        name);
  }
  constexpr std::array kAllowed{DType::u64, DType::i64, DType::u32, DType::i32, DType::text};
  if (control.data_type && std::ranges::find(kAllowed, *control.data_type) != kAllowed.end()) return {};
  return wrong("unexpected data type for control CONTROL_SEQUENCE_CORRID for ", name,
               ". Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING");
}

Status check_controls(const SequenceBatching& sequences, const std::string& name) {
  std::set<std::string_view> tensors;
  std::set<ControlKind> kinds;
  for (const ControlInput& input : sequences.control_input) {
    if (input.name.empty()) return wrong("sequence batching control tensor must have a name for ", name);
    if (!tensors.insert(input.name).second) {
      return wrong("sequence batching control tensor '", input.name,
                   "' is specified for multiple control kinds for ", name);
    }
    for (const Control& control : input.control) {
      if (!kinds.insert(control.kind).second) {
        return wrong("sequence batching specifies multiple ", word_of(control.kind), " tensors for ", name);
      }
      Status checked = control.kind == ControlKind::corrid ? check_correlation(control, name)
                                                           : check_two_values(control, name);
      if (!checked) return checked;
    }
  }
  return {};
}

Status check_states(const SequenceBatching& sequences, const std::string& name) {
  for (const State& state : sequences.state) {
    if (state.input_name.empty() || state.output_name.empty()) {
      return wrong("sequence batching state must specify 'input_name' and 'output_name' for ", name);
    }
    if (!state.data_type) {
      return wrong("sequence batching state '", state.input_name, "' must specify 'data_type' for ", name);
    }
    for (const InitialState& initial : state.initial_state) {
      if (!initial.zero_data && !initial.data_file) {
        return wrong("initial_state of '", state.input_name, "' must specify 'zero_data' or 'data_file' for ",
                     name);
      }
    }
  }
  return {};
}

}  // namespace

Status validate_sequences(const ModelConfig& config) {
  const SequenceBatching& sequences = *config.sequence_batching;
  if (Status checked = check_controls(sequences, config.name); !checked) return checked;
  if (Status checked = check_states(sequences, config.name); !checked) return checked;
  if (sequences.oldest) {
    for (const int32_t size : sequences.oldest->preferred_batch_size) {
      if (size <= 0)
        return wrong("sequence batching preferred batch size must be positive for ", config.name);
      if (size > config.max_batch_size) {
        return wrong("sequence batching preferred batch size must be <= max batch size for ", config.name);
      }
    }
  }
  if (!sequences.direct) return {};
  const float utilization = sequences.direct->minimum_slot_utilization;
  if (utilization >= 0 && utilization <= 1) return {};
  return wrong("sequence batching minimum slot utilization must be in range (0.0, 1.0] for ", config.name);
}

}  // namespace oree::modelconfig
