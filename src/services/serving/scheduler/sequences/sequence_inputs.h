// What a network of sequences is given beside its calls' tensors: controls that say where in its sequence
// each row is, and the states that it gave back for the row before. Laid out anew for every run, in memory
// that is kept. Not thread-safe; one per run that may go on at the same time.
#pragma once

#include <span>
#include <vector>

#include "services/serving/scheduler/execution.h"
#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/sequences/sequence_table.h"

namespace oree::serving {

// The configuration's controls and states as places in the network, settled at load.
class SequencePorts {
 public:
  struct Control {
    size_t input = 0;
    modelconfig::ControlKind kind = modelconfig::ControlKind::start;
    tensor::DType dtype = tensor::DType::i32;
    std::array<std::array<std::byte, 8>, 2> values{};  // of false and true, in the datatype's bytes
    tensor::Shape row;                                 // without the batch dimension
  };
  struct State {
    size_t input = 0, output = 0;
    tensor::DType dtype = tensor::DType::f32;
    KeptState initial;
  };
  // `invalid` when a control or a state has no fitting tensor in the network.
  static Result<SequencePorts> create(const ScheduledParts& parts);

  std::vector<Control> controls;
  std::vector<State> states;
  bool batched = false;
};

class SequenceInputs {
 public:
  SequenceInputs(const SequencePorts& ports, std::shared_ptr<LentMemory> memory);
  // One row for each call, of the sequence at the same place.
  std::span<const OwnInput> lay_out(std::span<const Waiting> calls,
                                    std::span<RunningSequence* const> sequences);
  // Keeps what the run made as the sequences' states.
  Status keep(const Execution& execution, std::span<RunningSequence* const> sequences) const;
  // Whether two sequences' next calls may share a run: their states have the same shapes.
  bool alike(const RunningSequence& a, const RunningSequence& b) const;

 private:
  struct Laid {
    LentMemory::Piece piece;
    ByteBuffer text;
    tensor::Shape shape;
  };
  void lay_control(size_t at, std::span<const Waiting> calls);
  void lay_state(size_t at, std::span<const Waiting> calls, std::span<RunningSequence* const> sequences);
  std::span<std::byte> room(Laid& laid, size_t bytes);
  const KeptState& state_of(size_t at, const RunningSequence& sequence, bool start) const;

  const SequencePorts& ports_;
  std::shared_ptr<LentMemory> memory_;
  std::vector<Laid> laid_;  // controls, then states
  std::vector<OwnInput> own_;
};

}  // namespace oree::serving
