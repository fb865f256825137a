// One version of one model, ready to be asked: from a call to a run of its network and back.
//
// A quick model's call runs on the thread that brings it, with no queue between; others wait for one of the
// model's instances on a thread of `Workers`. With dynamic batching, calls that come together run together,
// where the measured times say that this is worth it (batch_profile.h). Thread-safe.
//
// Lifetime: held by shared_ptr; whoever starts a call holds it until finished(). While calls wait or run on
// Workers it holds itself. `workers` and `clock` outlive it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/inference/model.h"
#include "core/inference/service/service.h"
#include "services/serving/scheduler/batch_plan.h"
#include "services/serving/scheduler/execution.h"
#include "services/serving/scheduler/recorder.h"
#include "services/serving/scheduler/settings.h"
#include "services/serving/scheduler/workers.h"

namespace oree::serving {

struct ScheduledParts {
  inference::Description description;
  std::string config_json;
  SchedulerSettings settings;
  // At least one; instances take turns. Inputs of the network that the description does not name are the
  // scheduler's: controls and states of sequences.
  std::vector<std::shared_ptr<const inference::Model>> models;
  double load_seconds = 0;
  uint64_t memory_bytes = 0;
};

class ScheduledModel final : public inference::Served,
                             public Job,
                             public std::enable_shared_from_this<ScheduledModel> {
 public:
  // Runs the network a few times with zeros where its shapes are fixed, to warm it up and to know whether it
  // is quick. `invalid` when configuration and network do not fit; what the network says when it does not
  // run.
  static Result<std::shared_ptr<ScheduledModel>> create(ScheduledParts parts, Workers& workers,
                                                        const Clock& clock);
  ~ScheduledModel() override;

  const inference::Description& description() const override { return parts_.description; }
  const std::string& config_json() const override { return parts_.config_json; }
  bool quick() const override { return quick_.load(std::memory_order_relaxed); }
  void start(inference::Call& call) override;
  inference::ModelStatistics statistics() const override;

  // Refuses what waits and what comes from now on (`unavailable`); runs that go on finish.
  void stop();

 private:
  // What the timer of Workers calls.
  struct Alarm final : Job {
    explicit Alarm(std::weak_ptr<ScheduledModel> owner) : model(std::move(owner)) {}
    void work() override;
    std::weak_ptr<ScheduledModel> model;
  };

  ScheduledModel(ScheduledParts parts, PortMap ports, Workers& workers, const Clock& clock);
  void work() override;
  void look_again();
  Waiting waiting_of(inference::Call& call) const;
  void refuse(inference::Call& call, Error error, inference::FailureReason reason);
  void run_here(const Waiting& waiting, std::unique_ptr<Execution> execution);
  Status run(Execution& execution, std::span<const Waiting> calls, uint64_t rows);
  void run_batch(Execution& execution, uint64_t rows);
  void run_singly(Execution& execution);

  // With mutex_ held.
  bool may_run_here(const inference::Call& call) const;
  std::unique_ptr<Execution> take_execution();
  bool take_batch(Execution& execution, uint64_t& rows);
  void count(std::span<const Waiting> calls, uint64_t rows, const Status& status);
  void release(std::unique_ptr<Execution> execution);
  void arrange();
  void take_expired(std::vector<Waiting>& expired);

  ScheduledParts parts_;
  PortMap ports_;
  Workers& workers_;
  const Clock& clock_;
  const BatchLimits limits_;
  std::shared_ptr<LentMemory> memory_ = LentMemory::create();
  std::shared_ptr<Alarm> alarm_;
  std::atomic<bool> quick_ = false;
  bool fixed_shapes_ = true;  // of all inputs, but for the batch dimension

  mutable std::mutex mutex_;  // of all below
  WaitingLine line_;
  BatchProfile profile_;
  Gathering gathering_;
  Recorder recorder_;
  std::vector<std::unique_ptr<Execution>> idle_;
  int running_ = 0, posted_ = 0;
  uint64_t pending_ = 0;
  MonoTime alarm_at_ = MonoTime::max();
  bool stopped_ = false;
};

}  // namespace oree::serving
