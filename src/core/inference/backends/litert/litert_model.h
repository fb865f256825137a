// One .tflite network as a Model. LiteRT's compiled models are for one thread at a time, so there are as many
// as runs go on at once, made when they are needed and never more than the machine has cores.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "core/inference/backends/litert/litert_api.h"
#include "core/inference/model.h"

namespace oree::inference::litert {

// The opened library and its one environment, shared by the models made from it.
struct Runtime {
  Api api;
  Owned<Environment> environment;
};

class LiteRtModel final : public Model {
 public:
  // `name` stands in errors.
  static Result<std::unique_ptr<Model>> load(std::shared_ptr<const Runtime> runtime, ByteBuffer network,
                                             const std::string& name, const LoadOptions& options);
  ~LiteRtModel() override;

  const inference::Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "litert"; }
  Status run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const override;

 private:
  class Instance;
  struct Network;
  LiteRtModel(std::shared_ptr<const Network> network, inference::Signature signature, int threads);
  Result<std::unique_ptr<Instance>> take() const;
  void give_back(std::unique_ptr<Instance> instance) const;

  const std::shared_ptr<const Network> network_;
  const inference::Signature signature_;
  const int threads_;
  const size_t most_;
  mutable std::mutex mutex_;
  mutable std::condition_variable returned_;
  mutable std::vector<std::unique_ptr<Instance>> idle_;
  mutable size_t made_ = 0;
};

}  // namespace oree::inference::litert
