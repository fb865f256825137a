#include "services/serving/scheduler/execution.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace oree::serving {

namespace {

using inference::Call;
using inference::CallInput;
using inference::CallOutput;
using inference::Description;
using inference::PortDescription;
using inference::Signature;
using tensor::DType;
using tensor::TensorSpec;

const CallInput* find_input(const Call& call, size_t likely, const std::string& name) {
  if (likely < call.inputs.size() && call.inputs[likely].name == name) return &call.inputs[likely];
  const auto at = std::ranges::find(call.inputs, name, &CallInput::name);
  return at == call.inputs.end() ? nullptr : &*at;
}

int index_of(const std::vector<PortDescription>& ports, const std::string& name) {
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].spec.name == name) return static_cast<int>(i);
  }
  return -1;
}

bool is_aligned(ByteView bytes, DType dtype) {
  const size_t width = std::max<size_t>(tensor::facts(dtype).bytes, 1);
  return reinterpret_cast<uintptr_t>(bytes.data()) % width == 0;
}

PortMap::Output output_of(const TensorSpec& spec, bool batched) {
  PortMap::Output output{&spec, spec.dtype != DType::text, tensor::facts(spec.dtype).bytes};
  if (batched && (spec.shape.empty() || spec.shape[0] >= 0)) output.known = false;
  for (size_t i = batched ? 1 : 0; i < spec.shape.size(); ++i) {
    if (spec.shape[i] < 0) output.known = false;
    output.row_bytes *= static_cast<size_t>(std::max<int64_t>(spec.shape[i], 0));
  }
  if (!output.known || output.row_bytes == 0) return {&spec, false, 0};
  return output;
}

Status check_port(const Description& description, const std::vector<TensorSpec>& specs,
                  const PortDescription& port, std::string_view what) {
  const auto at = std::ranges::find(specs, port.spec.name, &TensorSpec::name);
  if (at == specs.end()) {
    return fail(ErrorKind::invalid, cat("model '", description.name, "': its configuration names ", what,
                                        " '", port.spec.name, "', which the network does not have"));
  }
  if (at->dtype == port.spec.dtype) return {};
  return fail(ErrorKind::invalid, cat("model '", description.name, "': ", what, " '", port.spec.name, "' is ",
                                      tensor::facts(port.spec.dtype).name, " in its configuration and ",
                                      tensor::facts(at->dtype).name, " in the network"));
}

// Where in a text tensor the element after `count` more begins.
size_t text_end(ByteView bytes, size_t from, uint64_t count) {
  for (; count > 0 && bytes.size() - from >= 4; --count) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + from, 4);
    from = std::min(bytes.size(), from + 4 + length);
  }
  return from;
}

uint64_t elements_per_row(const inference::Output& made) {
  uint64_t count = 1;
  for (size_t i = 1; i < made.shape.size(); ++i) count *= static_cast<uint64_t>(made.shape[i]);
  return count;
}

// Rows [first, first + rows) of a tensor with `all` rows.
ByteView rows_of(const inference::Output& made, uint64_t first, uint64_t rows, uint64_t all) {
  if (made.dtype == DType::text) {
    const uint64_t per_row = elements_per_row(made);
    const size_t begin = text_end(made.data, 0, first * per_row);
    return made.data.subspan(begin, text_end(made.data, begin, rows * per_row) - begin);
  }
  const size_t row = made.data.size() / all;
  return made.data.subspan(first * row, rows * row);
}

}  // namespace

Result<PortMap> PortMap::create(const Description& description, const Signature& signature) {
  for (const PortDescription& port : description.inputs) {
    if (Status fits = check_port(description, signature.inputs, port, "input"); !fits) return forward(fits);
  }
  PortMap map;
  map.batched = description.max_batch_size > 0;
  for (const TensorSpec& spec : signature.inputs)
    map.inputs.push_back({&spec, index_of(description.inputs, spec.name)});
  for (const TensorSpec& spec : signature.outputs) map.outputs.push_back(output_of(spec, map.batched));
  for (const PortDescription& port : description.outputs) {
    if (Status fits = check_port(description, signature.outputs, port, "output"); !fits) return forward(fits);
    const auto at = std::ranges::find(signature.outputs, port.spec.name, &TensorSpec::name);
    map.output_of_port.push_back(static_cast<int>(at - signature.outputs.begin()));
  }
  return map;
}

Execution::Execution(const PortMap& ports, const Description& description, std::shared_ptr<LentMemory> memory,
                     size_t which)
    : instance(which),
      ports_(ports),
      description_(description),
      memory_(std::move(memory)),
      views_(ports.inputs.size()),
      outputs_(ports.outputs.size()),
      aligned_(ports.inputs.size()) {}

// Memory for input `at`, kept from run to run while it is large enough.
std::span<std::byte> Execution::room(size_t at, size_t bytes) {
  LentMemory::Piece& piece = aligned_[at].piece;
  if (piece.bytes.size() < bytes) piece = memory_->take(std::max(bytes, 2 * piece.bytes.size()));
  return piece.bytes.first(bytes);
}

void Execution::lay_input(size_t at, std::span<const Waiting> waiting, uint64_t rows) {
  const PortMap::Input& port = ports_.inputs[at];
  const auto likely = static_cast<size_t>(port.port);
  const CallInput* first = find_input(*waiting[0].call, likely, port.spec->name);
  if (first == nullptr) {  // an optional one
    views_[at] = {port.spec->dtype, {}, {}};
    return;
  }
  if (waiting.size() == 1 && is_aligned(first->data, first->dtype)) {
    views_[at] = {first->dtype, first->shape, first->data};
    return;
  }
  size_t bytes = 0;
  for (const Waiting& each : waiting) bytes += find_input(*each.call, likely, port.spec->name)->data.size();
  const std::span<std::byte> to = room(at, bytes);
  size_t filled = 0;
  for (const Waiting& each : waiting) {
    const ByteView from = find_input(*each.call, likely, port.spec->name)->data;
    if (!from.empty()) std::memcpy(to.data() + filled, from.data(), from.size());
    filled += from.size();
  }
  tensor::Shape& shape = aligned_[at].shape;
  shape.assign(first->shape.begin(), first->shape.end());
  if (ports_.batched && !shape.empty()) shape[0] = static_cast<int64_t>(rows);
  views_[at] = {first->dtype, shape, to};
}

// The client's own memory, or ours, or none when only the network knows how much.
void Execution::prepare_output(size_t at, std::span<const Waiting> waiting, uint64_t rows) {
  const PortMap::Output& port = ports_.outputs[at];
  inference::Output& output = outputs_[at];
  output.preset = {};
  output.keep = nullptr;
  output.data = {};
  if (!port.known) return;
  const size_t bytes = port.row_bytes * (ports_.batched ? rows : 1);
  output.shape.assign(port.spec->shape.begin(), port.spec->shape.end());
  if (ports_.batched) output.shape[0] = static_cast<int64_t>(rows);
  if (waiting.size() == 1) {
    for (CallOutput& wanted : waiting[0].call->outputs) {
      if (ports_.output_of_port[wanted.index] != static_cast<int>(at) || wanted.preset.size() < bytes)
        continue;
      if (!is_aligned(wanted.preset, port.spec->dtype)) continue;
      output.preset = wanted.preset.first(bytes);
      return;
    }
  }
  LentMemory::Piece piece = memory_->take(bytes);
  output.preset = piece.bytes;
  output.keep = std::move(piece.keep);
}

Status Execution::run(const inference::Model& model, std::span<const Waiting> waiting, uint64_t rows,
                      std::span<const OwnInput> own, inference::Company company, const Clock& clock) {
  const MonoTime compute_start = clock.mono();
  for (size_t i = 0; i < views_.size(); ++i) {
    if (ports_.inputs[i].port >= 0) lay_input(i, waiting, rows);
  }
  for (const OwnInput& input : own) views_[input.at] = input.view;
  for (size_t i = 0; i < outputs_.size(); ++i) prepare_output(i, waiting, rows);
  const MonoTime infer_start = clock.mono();
  Status done = model.run_in(company, views_, outputs_);
  const MonoTime infer_end = clock.mono();
  if (done) {
    uint64_t row = 0;
    for (const Waiting& each : waiting) {
      if (done) done = hand_out(each, row, rows, waiting.size() == 1);
      row += each.rows;
    }
  }
  const MonoTime compute_end = clock.mono();
  for (const Waiting& each : waiting) {
    inference::CallTimes& times = each.call->times;
    times.compute_start = compute_start;
    times.infer_start = infer_start;
    times.infer_end = infer_end;
    times.compute_end = compute_end;
  }
  return done;
}

Status Execution::hand_out(const Waiting& waiting, uint64_t first_row, uint64_t rows, bool alone) {
  for (CallOutput& wanted : waiting.call->outputs) {
    const inference::Output& made = outputs_[static_cast<size_t>(ports_.output_of_port[wanted.index])];
    wanted.tensor.dtype = made.dtype;
    wanted.tensor.shape.assign(made.shape.begin(), made.shape.end());
    wanted.tensor.keep = made.keep;
    wanted.tensor.data = made.data;
    if (!alone) {
      if (made.shape.empty() || static_cast<uint64_t>(made.shape[0]) != rows) {
        return fail(ErrorKind::unsupported,
                    cat("output '", wanted.name, "' of model '", description_.name, "' has shape ",
                        tensor::shape_text(made.shape), " for a batch of ", rows,
                        ": it cannot be shared out to the requests of a batch"));
      }
      wanted.tensor.shape[0] = static_cast<int64_t>(waiting.rows);
      wanted.tensor.data = rows_of(made, first_row, waiting.rows, rows);
    }
    if (Status placed = place(wanted, wanted.tensor.data); !placed) return placed;
  }
  return {};
}

Status Execution::place(CallOutput& wanted, ByteView bytes) const {
  if (wanted.preset.empty() || wanted.preset.data() == bytes.data()) return {};
  if (wanted.preset.size() < bytes.size()) {
    return fail(
        ErrorKind::invalid,
        cat("shared memory size specified with the request for output '", wanted.name, "' (",
            wanted.preset.size(), " bytes) should be at least ", bytes.size(), " bytes to hold the results"));
  }
  std::ranges::copy(bytes, wanted.preset.begin());
  wanted.tensor.data = wanted.preset.first(bytes.size());
  wanted.tensor.keep = nullptr;
  return {};
}

void Execution::forget() {
  for (inference::Output& output : outputs_) {
    output.keep = nullptr;
    output.preset = {};
    output.data = {};
  }
}

}  // namespace oree::serving
