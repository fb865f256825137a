// One network compiled for one set of shapes, and requests that run it.
//
// Shapes that are open cost OpenVINO much time in every run, so where only the batch is open, single items
// run on a network whose batch is 1 (OvModel).
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/inference/backends/openvino/ov_api.h"
#include "core/inference/model.h"

namespace oree::inference::openvino {

class Network : public std::enable_shared_from_this<Network> {
 public:
  // Of one stream, a run stays on the calling thread, and runs at once wait for each other; of more, each
  // goes to a thread of the library's, which costs a change of threads.
  static Result<std::shared_ptr<Network>> compile(std::shared_ptr<const Runtime> runtime, const Graph& graph,
                                                  int threads, int streams);
  // Checked inputs and outputs, as the signature has them.
  Status run(const Signature& signature, std::span<const tensor::TensorView> inputs,
             std::span<Output> outputs);

 private:
  Network(std::shared_ptr<const Runtime> runtime, Owned<Compiled> compiled)
      : runtime_(std::move(runtime)), compiled_(std::move(compiled)) {}
  // A request while it runs and as long as its outputs are lent; then it goes back.
  struct Busy;
  Result<std::shared_ptr<Busy>> take();
  Status set_input(Request& request, size_t i, const tensor::TensorView& input) const;
  Status deliver(const std::shared_ptr<Busy>& busy, size_t i, Output& output) const;

  const std::shared_ptr<const Runtime> runtime_;
  const Owned<Compiled> compiled_;
  std::mutex mutex_;
  std::vector<Owned<Request>> idle_;
};

// Names, datatypes and shapes of a graph; `unsupported` for what is no tensor of ours.
Result<Signature> signature_of(const Runtime& runtime, const Graph& graph);

}  // namespace oree::inference::openvino
