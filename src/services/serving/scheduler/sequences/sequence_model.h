// A model whose calls belong to sequences: calls of one sequence run one after the other, those of several
// together in batches; the network is told where in its sequence each row is, and given the state it gave
// back before. Thread-safe.
//
// `direct` and `oldest` differ in how many sequences go on at a time. Rows are not tied to places: no runtime
// here keeps state by row, so rows are packed and READY is true for each.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "services/serving/scheduler/execution.h"
#include "services/serving/scheduler/recorder.h"
#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/sequences/sequence_inputs.h"
#include "services/serving/scheduler/sequences/sequence_table.h"

namespace oree::serving {

class SequenceModel final : public Scheduled, public Job, public std::enable_shared_from_this<SequenceModel> {
 public:
  static Result<std::shared_ptr<Scheduled>> create(ScheduledParts parts, const Surroundings& surroundings);
  ~SequenceModel() override;

  const inference::Description& description() const override { return parts_.description; }
  const std::string& config_json() const override { return parts_.config_json; }
  bool quick() const override { return quick_; }
  void start(inference::Call& call) override;
  inference::ModelStatistics statistics() const override;
  void stop() override;
  size_t sequences() const;

 private:
  struct Alarm;
  // One run that may go on at the same time as others.
  struct Lane {
    Lane(const SequenceModel& model, size_t instance);
    Execution execution;
    SequenceInputs inputs;
    std::vector<RunningSequence*> sequences;
    std::vector<Status> statuses;
  };
  SequenceModel(ScheduledParts parts, PortMap ports, SequencePorts sequence_ports,
                const Surroundings& around);
  void work() override;
  void look_again();
  void refuse(inference::Call& call, Error error, inference::FailureReason reason);
  Status check(inference::Call& call) const;
  void run_lane(Lane& lane);
  Status run(Lane& lane, std::span<const Waiting> calls, std::span<RunningSequence* const> sequences);

  // With mutex_ held.
  std::unique_ptr<Lane> take_lane();
  bool fill(Lane& lane, MonoTime now, MonoTime& look_again);
  void put_back(std::unique_ptr<Lane> lane);
  void arrange();
  void watch_idle();
  void set_alarm(MonoTime when);

  ScheduledParts parts_;
  PortMap ports_;
  SequencePorts sequence_ports_;
  Surroundings around_;
  std::shared_ptr<LentMemory> memory_ = LentMemory::create();
  std::shared_ptr<Alarm> alarm_;
  size_t largest_ = 1;  // rows of one run
  std::vector<int32_t> preferred_;
  microseconds delay_{0};
  bool quick_ = false;

  mutable std::mutex mutex_;  // of all below
  SequenceTable table_;
  Recorder recorder_;
  std::vector<std::unique_ptr<Lane>> idle_;
  int running_ = 0, posted_ = 0;
  uint64_t pending_ = 0;
  MonoTime alarm_at_ = MonoTime::max();
  bool stopped_ = false;
};

}  // namespace oree::serving
