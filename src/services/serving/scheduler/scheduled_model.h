// A model whose calls have nothing to do with each other: from a call to a run of its network and back.
//
// A quick model's call runs on the thread that brings it, with no queue between; others wait for one of the
// model's instances on a thread of `Workers`. With dynamic batching, calls that come together run together,
// where the measured times say that this is worth it (batch_profile.h). Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/inference/model.h"
#include "core/inference/service/service.h"
#include "services/serving/scheduler/batching/batch_plan.h"
#include "services/serving/scheduler/execution.h"
#include "services/serving/scheduler/rate_limits.h"
#include "services/serving/scheduler/recorder.h"
#include "services/serving/scheduler/response_cache.h"
#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/threads/width.h"

namespace oree::serving {

class ScheduledModel final : public Scheduled,
                             public Job,
                             public std::enable_shared_from_this<ScheduledModel> {
 public:
  static Result<std::shared_ptr<Scheduled>> create(ScheduledParts parts, const Surroundings& surroundings);
  ~ScheduledModel() override;

  const inference::Description& description() const override { return parts_.description; }
  const std::string& config_json() const override { return parts_.config_json; }
  bool quick() const override { return quick_.load(std::memory_order_relaxed); }
  void start(inference::Call& call) override;
  inference::ModelStatistics statistics() const override;

  void stop() override;

 private:
  // What the timer of Workers calls.
  struct Alarm final : Job {
    explicit Alarm(std::weak_ptr<ScheduledModel> owner) : model(std::move(owner)) {}
    void work() override;
    std::weak_ptr<ScheduledModel> model;
  };

  // Gives the networks their threads, which takes as long as loading them.
  struct Widening final : Job {
    explicit Widening(std::shared_ptr<ScheduledModel> owner) : model(std::move(owner)) {}
    void work() override;
    std::shared_ptr<ScheduledModel> model;
  };

  ScheduledModel(ScheduledParts parts, PortMap ports, const Surroundings& surroundings);
  void work() override;
  void look_again();
  // Of preserve_ordering: an answer that waits for those before it.
  struct Held {
    inference::Call* call = nullptr;
    Status status;
    bool done = false;
  };
  Waiting waiting_of(inference::Call& call) const;
  void refuse(inference::Call& call, Error error, inference::FailureReason reason);
  void refuse_waiting(std::span<const Waiting> refused, const Error& error, inference::FailureReason reason);
  bool answer_from_cache(Waiting& waiting);
  void answer(const Waiting& waiting, Status status);
  void keep_answers(std::span<const Waiting> calls);
  void run_here(const Waiting& waiting, std::unique_ptr<Execution> execution);
  Status run(Execution& execution, std::span<const Waiting> calls, uint64_t rows);
  bool choose_width(bool alone);
  void give_up(std::vector<Waiting>& expired, std::vector<Waiting>& dropped);
  void run_batch(Execution& execution, uint64_t rows);
  void run_singly(Execution& execution);

  // With mutex_ held.
  bool may_run_here(const inference::Call& call) const;
  bool may_run_another() const;
  std::chrono::nanoseconds expected_wait() const;
  Status push(Waiting& waiting);
  bool take_resources(bool wait);
  std::unique_ptr<Execution> take_execution();
  bool take_batch(Execution& execution, uint64_t& rows);
  void drop_unwanted(Execution& execution, uint64_t& rows, std::vector<Waiting>& dropped);
  void count(std::span<const Waiting> calls, uint64_t rows, const Status& status);
  void release(std::unique_ptr<Execution> execution);
  void arrange();
  void take_expired(std::vector<Waiting>& expired);

  ScheduledParts parts_;
  PortMap ports_;
  Surroundings around_;
  Workers& workers_;
  const Clock& clock_;
  const BatchLimits limits_;
  std::shared_ptr<LentMemory> memory_ = LentMemory::create();
  std::shared_ptr<Alarm> alarm_;
  std::atomic<bool> quick_ = false;
  std::atomic<size_t> waiting_ = 0;  // line_.size(), for those who do not hold the lock
  bool fixed_shapes_ = true;         // of all inputs, but for the batch dimension
  bool in_order_ = false;
  bool claimed_ = false;
  uint64_t cache_owner_ = 0;  // 0: answers are not kept

  mutable std::mutex mutex_;  // of all below
  WaitingLine line_;
  BatchProfile profile_;
  Gathering gathering_;
  Width width_;
  Recorder recorder_;
  std::vector<std::unique_ptr<Execution>> idle_;
  int running_ = 0, posted_ = 0;
  double ns_per_call_ = 0;  // of runs, lately; 0: none yet
  uint64_t pending_ = 0;
  MonoTime alarm_at_ = MonoTime::max();
  bool stopped_ = false;
  bool starved_ = false;  // of resources; the alarm rings when there may be some
  Ring<Held> held_;
  uint64_t first_held_ = 0;  // the ticket of the first of them
  bool answering_ = false;
};

}  // namespace oree::serving
