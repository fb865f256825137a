#include "services/serving/scheduler/sequences/sequence_inputs.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace oree::serving {

namespace {

using modelconfig::ControlKind;
using tensor::DType;
using tensor::TensorSpec;

template <class T>
std::array<std::byte, 8> bytes_of(T value) {
  std::array<std::byte, 8> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

int find_spec(const std::vector<TensorSpec>& specs, const std::string& name) {
  const auto at = std::ranges::find(specs, name, &TensorSpec::name);
  return at == specs.end() ? -1 : static_cast<int>(at - specs.begin());
}

// The shape of one row: open dimensions are 1.
tensor::Shape row_shape(const TensorSpec& spec, bool batched) {
  tensor::Shape shape(spec.shape.begin() + (batched && !spec.shape.empty() ? 1 : 0), spec.shape.end());
  for (int64_t& dimension : shape) dimension = std::max<int64_t>(dimension, 1);
  return shape;
}

size_t elements(const tensor::Shape& shape) {
  return tensor::element_count(shape).value_or(0);
}

void set_values(SequencePorts::Control& control, const modelconfig::Control& settings) {
  if (settings.int32_false_true.size() == 2) {
    control.dtype = DType::i32;
    control.values = {bytes_of(settings.int32_false_true[0]), bytes_of(settings.int32_false_true[1])};
  } else if (settings.fp32_false_true.size() == 2) {
    control.dtype = DType::f32;
    control.values = {bytes_of(settings.fp32_false_true[0]), bytes_of(settings.fp32_false_true[1])};
  } else if (settings.bool_false_true.size() == 2) {
    control.dtype = DType::boolean;
    control.values = {bytes_of<uint8_t>(settings.bool_false_true[0]),
                      bytes_of<uint8_t>(settings.bool_false_true[1])};
  } else {
    control.dtype = settings.data_type.value_or(DType::u64);
  }
}

std::unexpected<Error> wrong(const ScheduledParts& parts, const std::string& what) {
  return fail(ErrorKind::invalid, cat("model '", parts.description.name, "': sequence_batching ", what));
}

Result<KeptState> initial_of(const ScheduledParts& parts, const modelconfig::State& state,
                             const TensorSpec& spec, bool batched) {
  KeptState initial;
  initial.shape = row_shape(spec, batched);
  ByteView given;
  if (!state.initial_state.empty()) {
    const modelconfig::InitialState& from = state.initial_state.front();
    if (!from.dims.empty()) initial.shape = from.dims;
    if (from.data_file) {
      const auto file = parts.initial_states.find(from.name);
      if (file == parts.initial_states.end())
        return wrong(parts, cat("has no bytes of initial_state '", from.name, "'"));
      given = file->second;
    }
  }
  const size_t bytes = elements(initial.shape) * tensor::facts(spec.dtype).bytes;
  if (!given.empty() && given.size() != bytes) {
    return wrong(parts, cat("gives ", given.size(), " bytes as the initial state of '", state.input_name,
                            "', which takes ", bytes));
  }
  auto memory = std::make_shared<ByteBuffer>(bytes);
  if (!given.empty()) std::ranges::copy(given, memory->begin());
  initial.bytes = *memory;
  initial.keep = std::move(memory);
  return initial;
}

}  // namespace

Result<SequencePorts> SequencePorts::create(const ScheduledParts& parts) {
  const inference::Signature& signature = parts.models[0]->signature();
  SequencePorts ports;
  ports.batched = parts.description.max_batch_size > 0;
  for (const modelconfig::ControlInput& input : parts.settings.sequences->control_input) {
    const int at = find_spec(signature.inputs, input.name);
    if (at < 0)
      return wrong(parts, cat("names control_input '", input.name, "', which the network does not have"));
    if (input.control.empty()) return wrong(parts, cat("says nothing of control_input '", input.name, "'"));
    const TensorSpec& spec = signature.inputs[static_cast<size_t>(at)];
    Control control{.input = static_cast<size_t>(at), .kind = input.control[0].kind};
    set_values(control, input.control[0]);
    control.row = row_shape(spec, ports.batched);
    if (control.dtype != spec.dtype) {
      return wrong(parts, cat("makes control_input '", input.name, "' ", tensor::facts(control.dtype).name,
                              "; the network takes ", tensor::facts(spec.dtype).name));
    }
    ports.controls.push_back(std::move(control));
  }
  for (const modelconfig::State& state : parts.settings.sequences->state) {
    const int in = find_spec(signature.inputs, state.input_name);
    const int out = find_spec(signature.outputs, state.output_name);
    if (in < 0 || out < 0) {
      return wrong(parts, cat("names a state '", state.input_name, "' → '", state.output_name,
                              "', which the network does not have"));
    }
    const TensorSpec& spec = signature.inputs[static_cast<size_t>(in)];
    if (spec.dtype != signature.outputs[static_cast<size_t>(out)].dtype || spec.dtype == DType::text)
      return wrong(parts, cat("cannot carry state '", state.output_name, "' to '", state.input_name, "'"));
    Result<KeptState> initial = initial_of(parts, state, spec, ports.batched);
    if (!initial) return forward(initial);
    ports.states.push_back(
        {static_cast<size_t>(in), static_cast<size_t>(out), spec.dtype, std::move(*initial)});
  }
  return ports;
}

SequenceInputs::SequenceInputs(const SequencePorts& ports, std::shared_ptr<LentMemory> memory)
    : ports_(ports), memory_(std::move(memory)), laid_(ports.controls.size() + ports.states.size()) {}

std::span<std::byte> SequenceInputs::room(Laid& laid, size_t bytes) {
  if (laid.piece.bytes.size() < bytes)
    laid.piece = memory_->take(std::max(bytes, 2 * laid.piece.bytes.size()));
  return laid.piece.bytes.first(bytes);
}

std::span<const OwnInput> SequenceInputs::lay_out(std::span<const Waiting> calls,
                                                  std::span<RunningSequence* const> sequences) {
  own_.clear();
  for (size_t i = 0; i < ports_.controls.size(); ++i) lay_control(i, calls);
  for (size_t i = 0; i < ports_.states.size(); ++i) lay_state(i, calls, sequences);
  return own_;
}

void SequenceInputs::lay_control(size_t at, std::span<const Waiting> calls) {
  const SequencePorts::Control& control = ports_.controls[at];
  Laid& laid = laid_[at];
  laid.shape.clear();
  if (ports_.batched) laid.shape.push_back(static_cast<int64_t>(calls.size()));
  laid.shape.insert(laid.shape.end(), control.row.begin(), control.row.end());
  const size_t each = elements(control.row);
  laid.text.clear();
  const size_t width = tensor::facts(control.dtype).bytes;
  const std::span<std::byte> to = room(laid, calls.size() * each * width);
  size_t filled = 0;
  for (const Waiting& waiting : calls) {
    const inference::Sequence& sequence = waiting.call->sequence;
    std::array<std::byte, 8> value = bytes_of(sequence.id);
    std::string text = sequence.id != 0 ? cat(sequence.id) : std::string(sequence.text_id);
    switch (control.kind) {
      case ControlKind::start:
        value = control.values[sequence.start ? 1 : 0];
        break;
      case ControlKind::end:
        value = control.values[sequence.end ? 1 : 0];
        break;
      case ControlKind::ready:
        value = control.values[1];
        break;
      case ControlKind::corrid:
        break;
    }
    for (size_t i = 0; i < each; ++i) {
      if (control.dtype == DType::text) {
        const auto length = bytes_of(static_cast<uint32_t>(text.size()));
        laid.text.insert(laid.text.end(), length.begin(), length.begin() + 4);
        laid.text.insert(laid.text.end(), as_bytes(text).begin(), as_bytes(text).end());
      } else {
        std::memcpy(to.data() + filled, value.data(), width);
        filled += width;
      }
    }
  }
  const ByteView bytes = control.dtype == DType::text ? ByteView(laid.text) : ByteView(to);
  own_.push_back({control.input, {control.dtype, laid.shape, bytes}});
}

const KeptState& SequenceInputs::state_of(size_t at, const RunningSequence& sequence, bool start) const {
  return start || sequence.states.empty() ? ports_.states[at].initial : sequence.states[at];
}

void SequenceInputs::lay_state(size_t at, std::span<const Waiting> calls,
                               std::span<RunningSequence* const> sequences) {
  const SequencePorts::State& port = ports_.states[at];
  Laid& laid = laid_[ports_.controls.size() + at];
  const KeptState& first = state_of(at, *sequences[0], calls[0].call->sequence.start);
  laid.shape.clear();
  if (ports_.batched) laid.shape.push_back(static_cast<int64_t>(calls.size()));
  laid.shape.insert(laid.shape.end(), first.shape.begin(), first.shape.end());
  const std::span<std::byte> to = room(laid, first.bytes.size() * calls.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    const KeptState& state = state_of(at, *sequences[i], calls[i].call->sequence.start);
    std::ranges::copy(state.bytes, to.begin() + static_cast<std::ptrdiff_t>(i * first.bytes.size()));
  }
  own_.push_back({port.input, {port.dtype, laid.shape, to}});
}

Status SequenceInputs::keep(const Execution& execution, std::span<RunningSequence* const> sequences) const {
  for (size_t at = 0; at < ports_.states.size(); ++at) {
    const inference::Output& made = execution.outputs()[ports_.states[at].output];
    const size_t row = made.data.size() / sequences.size();
    for (size_t i = 0; i < sequences.size(); ++i) {
      RunningSequence& sequence = *sequences[i];
      sequence.states.resize(ports_.states.size());
      KeptState& state = sequence.states[at];
      state.shape.assign(made.shape.begin() + (ports_.batched && !made.shape.empty() ? 1 : 0),
                         made.shape.end());
      // Of its own: a slice would hold the whole batch's memory for as long as the sequence goes on.
      LentMemory::Piece piece = memory_->take(row);
      std::ranges::copy(made.data.subspan(i * row, row), piece.bytes.begin());
      state.bytes = piece.bytes;
      state.keep = std::move(piece.keep);
    }
  }
  return {};
}

bool SequenceInputs::alike(const RunningSequence& a, const RunningSequence& b) const {
  for (size_t at = 0; at < ports_.states.size(); ++at) {
    const auto shape_of = [&](const RunningSequence& sequence) -> const tensor::Shape& {
      const bool fresh = sequence.states.empty() || sequence.line[0].call->sequence.start;
      return fresh ? ports_.states[at].initial.shape : sequence.states[at].shape;
    };
    if (shape_of(a) != shape_of(b)) return false;
  }
  return true;
}

}  // namespace oree::serving
