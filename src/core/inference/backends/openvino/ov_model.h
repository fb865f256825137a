// One network of OpenVINO's as a Model: for single items, and for whatever else its shapes allow.
#pragma once

#include <memory>
#include <mutex>

#include "core/inference/backends/openvino/ov_network.h"

namespace oree::inference::openvino {

class OvModel final : public Model {
 public:
  // `name` stands in errors.
  static Result<std::unique_ptr<Model>> load(std::shared_ptr<const Runtime> runtime, Owned<Graph> graph,
                                             const std::string& name, const LoadOptions& options);

  const Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "openvino"; }
  Status run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const override {
    return run_in(Company::alone, inputs, outputs);
  }
  Status run_in(Company company, std::span<const tensor::TensorView> inputs,
                std::span<Output> outputs) const override;

 private:
  OvModel(std::shared_ptr<const Runtime> runtime, Owned<Graph> graph, Signature signature,
          LoadOptions options)
      : runtime_(std::move(runtime)),
        graph_(std::move(graph)),
        signature_(std::move(signature)),
        options_(std::move(options)) {}
  // The one for these shapes, compiled when it is first wanted.
  Result<std::shared_ptr<Network>> network_for(Company company,
                                               std::span<const tensor::TensorView> inputs) const;
  Status compile_single();
  Result<std::shared_ptr<Network>> compile_general() const;

  const std::shared_ptr<const Runtime> runtime_;
  const Owned<Graph> graph_;  // guarded by mutex_ after load()
  const Signature signature_;
  const LoadOptions options_;
  bool batches_ = false;  // only the first dimension of each input is open
  mutable std::mutex mutex_;
  std::shared_ptr<Network> single_;           // batches_: of one item
  std::shared_ptr<Network> crowd_;            // the same shapes as what load() compiled, for runs in company
  mutable std::shared_ptr<Network> general_;  // as the graph is
};

}  // namespace oree::inference::openvino
