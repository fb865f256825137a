// An ensemble as a served model: each call becomes one call of every step, as soon as the tensors it waits
// for are there; tensors go from step to step without a copy. Steps that do not wait for each other run at
// the same time where their models have instances free. Thread-safe.
//
// Steps are found anew for each call, so that a step's new version is used from its first call on; all calls
// of one ensemble call finish on what they found.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "services/serving/scheduler/ensemble/ensemble_plan.h"
#include "services/serving/scheduler/recorder.h"
#include "services/serving/scheduler/scheduled.h"

namespace oree::serving {

class EnsembleModel final : public Scheduled, public std::enable_shared_from_this<EnsembleModel> {
 public:
  static Result<std::shared_ptr<Scheduled>> create(ScheduledParts parts, const Surroundings& surroundings);
  ~EnsembleModel() override;

  const inference::Description& description() const override { return parts_.description; }
  const std::string& config_json() const override { return parts_.config_json; }
  bool quick() const override;
  void start(inference::Call& call) override;
  inference::ModelStatistics statistics() const override;
  void stop() override;

 private:
  class Run;
  EnsembleModel(ScheduledParts parts, EnsemblePlan plan, const Surroundings& surroundings);
  std::unique_ptr<Run> take_run();
  Status admit();
  void refuse(inference::Call& call, Error error, inference::FailureReason reason);
  void finish(std::unique_ptr<Run> run);

  ScheduledParts parts_;
  EnsemblePlan plan_;
  Surroundings around_;
  const size_t most_;  // calls at once

  mutable std::mutex mutex_;  // of all below
  Recorder recorder_;
  std::vector<std::unique_ptr<Run>> idle_;
  size_t running_ = 0;
  bool stopped_ = false;
};

}  // namespace oree::serving
