// A network as the scheduler runs it: counted and tapped like every other run of it, and with the shapes that
// clients see where the configuration reshapes them. Thread-safe as the network is.
#pragma once

#include <atomic>
#include <memory>

#include "core/inference/model.h"
#include "core/inference/predictor.h"
#include "core/modelconfig/model_config.h"
#include "core/monitoring/metrics.h"
#include "services/serving/trial/tap.h"

namespace oree::serving {

// Where a version's runs are counted; `keep` holds what does not outlive them by itself.
struct RunCounters {
  monitoring::Counter* runs = nullptr;
  monitoring::Counter* failures = nullptr;
  monitoring::Histogram* infer_time = nullptr;
  std::shared_ptr<void> keep = nullptr;

  void count(microseconds infer, bool succeeded) const;
};

class CountedModel final : public inference::Model {
 public:
  // `tap` may be null.
  CountedModel(std::shared_ptr<const inference::Model> network, inference::Identity identity,
               RunCounters counters, AnswerTap* tap, const modelconfig::ModelConfig& config);

  // Runs before this are nobody's: they warm it up.
  void count_from_now() { counting_ = true; }
  const inference::Signature& signature() const override { return seen_; }
  std::string_view backend() const override { return network_->backend(); }
  Status run(std::span<const tensor::TensorView> inputs, std::span<inference::Output> outputs) const override;
  Status run_in(inference::Company company, std::span<const tensor::TensorView> inputs,
                std::span<inference::Output> outputs) const override;
  Status widen(int threads) const override { return network_->widen(threads); }

 private:
  Status run_reshaped(inference::Company company, std::span<const tensor::TensorView> inputs,
                      std::span<inference::Output> outputs) const;

  const std::shared_ptr<const inference::Model> network_;
  const inference::Identity identity_;
  const RunCounters counters_;
  AnswerTap* const tap_;
  inference::Signature seen_;  // by clients
  bool reshaped_ = false;
  std::atomic<bool> counting_ = false;
};

}  // namespace oree::serving
