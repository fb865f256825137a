#include "services/serving/scheduler/sequences/sequence_model.h"

#include <algorithm>

#include "base/text.h"
#include "services/serving/scheduler/warm_up.h"

namespace oree::serving {

using inference::Call;
using inference::FailureReason;

namespace {

constexpr uint64_t kUsualIdle = 1'000'000;  // µs

size_t places_of(const ScheduledParts& parts) {
  const auto instances = static_cast<size_t>(parts.settings.instances);
  const auto rows = static_cast<size_t>(std::max<int64_t>(parts.description.max_batch_size, 1));
  const auto& oldest = parts.settings.sequences->oldest;
  if (oldest && oldest->max_candidate_sequences > 0)
    return instances * static_cast<size_t>(oldest->max_candidate_sequences);
  return instances * rows;
}

microseconds idle_of(const ScheduledParts& parts) {
  const uint64_t idle = parts.settings.sequences->max_sequence_idle_microseconds;
  return microseconds(idle == 0 ? kUsualIdle : std::min<uint64_t>(idle, uint64_t{1} << 50));
}

}  // namespace

struct SequenceModel::Alarm final : Job {
  explicit Alarm(std::weak_ptr<SequenceModel> owner) : model(std::move(owner)) {}
  void work() override {
    if (const std::shared_ptr<SequenceModel> alive = model.lock()) alive->look_again();
  }
  std::weak_ptr<SequenceModel> model;
};

SequenceModel::Lane::Lane(const SequenceModel& model, size_t instance)
    : execution(model.ports_, model.parts_.description, model.memory_, instance),
      inputs(model.sequence_ports_, model.memory_) {}

Result<std::shared_ptr<Scheduled>> SequenceModel::create(ScheduledParts parts,
                                                         const Surroundings& surroundings) {
  Result<PortMap> ports = PortMap::create(parts.description, parts.models[0]->signature());
  if (!ports) return forward(ports);
  Result<SequencePorts> sequence_ports = SequencePorts::create(parts);
  if (!sequence_ports) return forward(sequence_ports);
  std::shared_ptr<SequenceModel> model(
      new SequenceModel(std::move(parts), std::move(*ports), std::move(*sequence_ports), surroundings));
  model->alarm_ = std::make_shared<Alarm>(model);
  for (const auto& network : model->parts_.models) {
    BatchProfile unused(1);
    const WarmUp warm = warm_up(*network, model->ports_.batched, 1, surroundings.clock, unused);
    model->quick_ = warm.run && *warm.run < model->parts_.settings.quick_below;
  }
  return model;
}

SequenceModel::SequenceModel(ScheduledParts parts, PortMap ports, SequencePorts sequence_ports,
                             const Surroundings& around)
    : parts_(std::move(parts)),
      ports_(std::move(ports)),
      sequence_ports_(std::move(sequence_ports)),
      around_(around),
      table_(parts_.description.name, places_of(parts_), idle_of(parts_)) {
  largest_ = static_cast<size_t>(std::max<int64_t>(parts_.description.max_batch_size, 1));
  const auto& settings = *parts_.settings.sequences;
  if (settings.oldest) {
    preferred_ = settings.oldest->preferred_batch_size;
    delay_ = microseconds(std::min<uint64_t>(settings.oldest->max_queue_delay_microseconds, 60'000'000));
  } else if (settings.direct && settings.direct->minimum_slot_utilization > 0) {
    delay_ = microseconds(std::min<uint64_t>(settings.direct->max_queue_delay_microseconds, 60'000'000));
    preferred_ = {
        static_cast<int32_t>(static_cast<float>(largest_) * settings.direct->minimum_slot_utilization)};
  }
  std::ranges::sort(preferred_);
  around_.workers.reserve(parts_.settings.instances);
  for (int i = 0; i < parts_.settings.instances; ++i)
    idle_.push_back(std::make_unique<Lane>(*this, static_cast<size_t>(i)));
}

SequenceModel::~SequenceModel() {
  around_.workers.release(parts_.settings.instances);
}

Status SequenceModel::check(Call& call) const {
  if (Status fits = inference::check_call(parts_.description, call); !fits) return fits;
  if (!ports_.batched || call.inputs.empty() || call.inputs[0].shape[0] == 1) return {};
  return fail(ErrorKind::invalid, cat("inference request to model '", parts_.description.name,
                                      "' must specify batch-size 1 due to requirements of sequence batcher"));
}

void SequenceModel::start(Call& call) {
  call.times.queued = around_.clock.mono();
  if (Status fits = check(call); !fits) return refuse(call, std::move(fits.error()), FailureReason::other);
  std::unique_ptr<Lane> lane;
  Status pushed;
  {
    const std::lock_guard lock(mutex_);
    const bool first = table_.empty() && running_ + posted_ < parts_.settings.instances;
    pushed = stopped_ ? fail(ErrorKind::unavailable, cat("Request for unknown model: '",
                                                         parts_.description.name, "' is not at ready state"))
                      : table_.push({.call = &call, .shapes_vary = true, .since = call.times.queued},
                                    call.times.queued);
    if (pushed) ++pending_;
    if (pushed && first && quick_ && call.may_run_here) {
      lane = take_lane();
      MonoTime unused = MonoTime::max();
      if (!fill(*lane, call.times.queued, unused)) put_back(std::move(lane));
    }
    if (pushed) arrange();
  }
  if (!pushed) {
    const bool full = pushed.error().kind == ErrorKind::unavailable;
    return refuse(call, std::move(pushed.error()), full ? FailureReason::rejected : FailureReason::other);
  }
  if (!lane) return;
  const std::shared_ptr<SequenceModel> keep = shared_from_this();  // a call's end may be the last reference
  run_lane(*lane);
  const std::lock_guard lock(mutex_);
  put_back(std::move(lane));
  arrange();
}

void SequenceModel::refuse(Call& call, Error error, FailureReason reason) {
  {
    const std::lock_guard lock(mutex_);
    recorder_.failed(call, reason, around_.clock.mono());
  }
  call.finished(std::unexpected(std::move(error)));
}

std::unique_ptr<SequenceModel::Lane> SequenceModel::take_lane() {
  ++running_;
  std::unique_ptr<Lane> lane = std::move(idle_.back());
  idle_.pop_back();
  return lane;
}

void SequenceModel::put_back(std::unique_ptr<Lane> lane) {
  --running_;
  idle_.push_back(std::move(lane));
}

// Takes the next call of each sequence that is to run now, or says when to look again.
bool SequenceModel::fill(Lane& lane, MonoTime now, MonoTime& look_again) {
  table_.ready(largest_, lane.sequences);
  if (lane.sequences.empty()) return false;
  RunningSequence& lead = *lane.sequences[0];
  std::erase_if(lane.sequences, [&](RunningSequence* other) {
    return other != &lead &&
           !(lane.inputs.alike(lead, *other) && may_merge(lead.line.front(), other->line.front()));
  });
  const auto enough = std::ranges::upper_bound(preferred_, static_cast<int32_t>(lane.sequences.size()));
  const bool full = lane.sequences.size() >= largest_ || enough != preferred_.begin();
  const MonoTime until = lane.sequences[0]->line.front().since + delay_;
  if (delay_.count() > 0 && !full && now < until) {
    look_again = until;
    return false;
  }
  lane.execution.calls.clear();
  for (RunningSequence* sequence : lane.sequences) lane.execution.calls.push_back(table_.take(*sequence));
  return true;
}

void SequenceModel::set_alarm(MonoTime when) {
  if (when >= alarm_at_) return;
  alarm_at_ = when;
  around_.workers.post_at(alarm_, when);
}

// While the alarm is set it will look.
void SequenceModel::watch_idle() {
  if (alarm_at_ == MonoTime::max()) set_alarm(table_.forget_idle(around_.clock.mono()));
}

void SequenceModel::arrange() {
  watch_idle();
  if (table_.empty() || running_ + posted_ >= parts_.settings.instances) return;
  ++posted_;
  around_.workers.post(shared_from_this());
}

void SequenceModel::look_again() {
  const std::lock_guard lock(mutex_);
  alarm_at_ = MonoTime::max();
  arrange();
}

void SequenceModel::work() {
  std::unique_lock lock(mutex_);
  --posted_;
  while (!table_.empty() && running_ < parts_.settings.instances) {
    std::unique_ptr<Lane> lane = take_lane();
    MonoTime again = MonoTime::max();
    const bool filled = fill(*lane, around_.clock.mono(), again);
    if (!filled) {
      put_back(std::move(lane));
      if (again != MonoTime::max()) set_alarm(again);
      return;
    }
    if (running_ + posted_ < parts_.settings.instances && !table_.empty()) {
      ++posted_;
      around_.workers.post(shared_from_this());
    }
    lock.unlock();
    run_lane(*lane);
    lock.lock();
    put_back(std::move(lane));
  }
  watch_idle();
}

Status SequenceModel::run(Lane& lane, std::span<const Waiting> calls,
                          std::span<RunningSequence* const> sequences) {
  const inference::Model& model = *parts_.models[lane.execution.instance % parts_.models.size()];
  const Workers::Run counted(around_.workers);
  const auto company = !quick_ && counted.alone() ? inference::Company::alone : inference::Company::together;
  const Status ran = lane.execution.run(model, calls, calls.size(), lane.inputs.lay_out(calls, sequences),
                                        company, around_.clock);
  if (!ran) return ran;
  return lane.inputs.keep(lane.execution, sequences);
}

// Alone, calls that failed together: one request that the network refuses does not spoil the others.
void SequenceModel::run_lane(Lane& lane) {
  const std::span<const Waiting> calls = lane.execution.calls;
  lane.statuses.assign(calls.size(), Status{});
  const Status together = run(lane, calls, lane.sequences);
  const bool apart = !together && calls.size() > 1;
  if (!apart) std::ranges::fill(lane.statuses, together);
  for (size_t i = 0; apart && i < calls.size(); ++i)
    lane.statuses[i] = run(lane, calls.subspan(i, 1), std::span(lane.sequences).subspan(i, 1));
  lane.execution.forget();
  {
    const std::lock_guard lock(mutex_);
    pending_ -= calls.size();
    if (!apart && together) recorder_.ran(calls, calls.size(), around_.clock.wall());
    for (size_t i = 0; i < calls.size(); ++i) {
      const Call& call = *calls[i].call;
      if (lane.statuses[i]) {
        if (apart) recorder_.ran(calls.subspan(i, 1), 1, around_.clock.wall());
        record_latencies(call.times);
      } else {
        recorder_.failed(call, FailureReason::backend, around_.clock.mono());
      }
      table_.done(*lane.sequences[i], call.sequence.end, around_.clock.mono());
    }
  }
  for (size_t i = 0; i < calls.size(); ++i) calls[i].call->finished(std::move(lane.statuses[i]));
}

void SequenceModel::stop() {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    table_.take_all(waiting);
    pending_ -= waiting.size();
  }
  for (const Waiting& each : waiting) {
    refuse(*each.call,
           {ErrorKind::unavailable,
            cat("Request for unknown model: '", parts_.description.name, "' is not at ready state")},
           FailureReason::rejected);
  }
}

inference::ModelStatistics SequenceModel::statistics() const {
  const std::lock_guard lock(mutex_);
  inference::ModelStatistics statistics = recorder_.statistics();
  statistics.name = parts_.description.name;
  statistics.version = parts_.description.version;
  statistics.pending = pending_;
  statistics.memory_bytes = parts_.memory_bytes;
  statistics.load_seconds = parts_.load_seconds;
  fill_latencies(statistics);
  return statistics;
}

size_t SequenceModel::sequences() const {
  const std::lock_guard lock(mutex_);
  return table_.sequences();
}

}  // namespace oree::serving
