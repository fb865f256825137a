// One run of a network for one or more calls: their inputs laid together, the network run, each call given
// its share of the outputs. Everything it needs is kept for the next run, so that a steady state allocates
// nothing.
//
// Not thread-safe; one per run that may go on at the same time. A call's input that lies aligned is read
// where it is; a call's output goes straight into the client's memory when its size is known beforehand.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/inference/model.h"
#include "core/inference/service/service.h"
#include "services/serving/scheduler/batching/waiting_line.h"
#include "services/serving/scheduler/lent_memory.h"

namespace oree::serving {

// How the calls' tensors meet the network's, settled at load.
class PortMap {
 public:
  // `invalid` when the description names a tensor that the network has not, or other datatypes.
  static Result<PortMap> create(const inference::Description& description,
                                const inference::Signature& signature);

  struct Input {
    const tensor::TensorSpec* spec = nullptr;
    int port = -1;  // in Description::inputs; -1: no call gives it (a control, a state)
  };
  struct Output {
    const tensor::TensorSpec* spec = nullptr;
    bool known = false;    // only the batch dimension is open
    size_t row_bytes = 0;  // when known: of one row, or of all without a batch dimension
  };
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<int> output_of_port;  // Description::outputs → the network's outputs
  bool batched = false;
};

// A tensor that the server gives to the network beside those of the calls, as large as the batch.
struct OwnInput {
  size_t at = 0;  // in the network's inputs
  tensor::TensorView view;
};

class Execution {
 public:
  Execution(const PortMap& ports, const inference::Description& description,
            std::shared_ptr<LentMemory> memory, size_t instance);

  // The waiting calls were checked, have the same shapes but for the first dimension where the model has a
  // batch dimension, and `rows` rows together. On success every call's outputs are filled; on failure none
  // is. Fills the calls' times.
  Status run(const inference::Model& model, std::span<const Waiting> waiting, uint64_t rows,
             std::span<const OwnInput> own, inference::Company company, const Clock& clock);
  // What the last run made, by the network's outputs.
  std::span<const inference::Output> outputs() const { return outputs_; }
  // Gives up the last run's outputs, which calls may hold on to.
  void forget();

  // For the owner: which of its instances this is, and whom the run is for.
  const size_t instance;
  std::vector<Waiting> calls;

 private:
  struct Aligned {
    LentMemory::Piece piece;
    tensor::Shape shape;
  };
  void lay_input(size_t at, std::span<const Waiting> waiting, uint64_t rows);
  void prepare_output(size_t at, std::span<const Waiting> waiting, uint64_t rows);
  std::span<std::byte> room(size_t at, size_t bytes);
  Status hand_out(const Waiting& waiting, uint64_t first_row, uint64_t rows, bool alone);
  Status place(inference::CallOutput& wanted, ByteView bytes) const;

  const PortMap& ports_;
  const inference::Description& description_;
  std::shared_ptr<LentMemory> memory_;
  std::vector<tensor::TensorView> views_;
  std::vector<inference::Output> outputs_;
  std::vector<Aligned> aligned_;  // per input
};

}  // namespace oree::serving
