#include "services/serving/scheduler/scheduled_model.h"

#include <algorithm>

#include "base/text.h"
#include "services/serving/scheduler/warm_up.h"

namespace oree::serving {

using inference::Call;
using inference::FailureReason;
using inference::ModelStatistics;

namespace {

bool has_open_shape(const inference::Description& description) {
  const auto open = [&](const inference::PortDescription& port) {
    const size_t first = description.max_batch_size > 0 ? 1 : 0;
    return port.spec.shape.size() > first &&
           std::ranges::any_of(port.spec.shape.begin() + static_cast<std::ptrdiff_t>(first),
                               port.spec.shape.end(), [](int64_t dimension) { return dimension < 0; });
  };
  return std::ranges::any_of(description.inputs, open);
}

Error stopped_error(const std::string& model) {
  return {ErrorKind::unavailable, cat("Request for unknown model: '", model, "' is not at ready state")};
}

}  // namespace

Result<std::shared_ptr<Scheduled>> ScheduledModel::create(ScheduledParts parts,
                                                          const Surroundings& surroundings) {
  Result<PortMap> ports = PortMap::create(parts.description, parts.models[0]->signature());
  if (!ports) return forward(ports);
  for (const PortMap::Input& input : ports->inputs) {
    if (input.port >= 0) continue;
    return fail(ErrorKind::invalid, cat("model '", parts.description.name, "': the network takes input '",
                                        input.spec->name, "', which its configuration does not name"));
  }
  std::shared_ptr<ScheduledModel> model(
      new ScheduledModel(std::move(parts), std::move(*ports), surroundings));
  model->alarm_ = std::make_shared<Alarm>(model);
  if (surroundings.rates != nullptr) {
    if (Status claimed = surroundings.rates->claim(model->parts_.settings.resources); !claimed)
      return forward(claimed, cat("model '", model->parts_.description.name, "'"));
    model->claimed_ = true;
  }
  for (const auto& network : model->parts_.models) {
    const WarmUp warm =
        warm_up(*network, model->ports_.batched, model->limits_.largest, surroundings.clock, model->profile_);
    model->quick_ = warm.run && *warm.run < model->parts_.settings.quick_below;
  }
  return model;
}

ScheduledModel::ScheduledModel(ScheduledParts parts, PortMap ports, const Surroundings& surroundings)
    : parts_(std::move(parts)),
      ports_(std::move(ports)),
      around_(surroundings),
      workers_(surroundings.workers),
      clock_(surroundings.clock),
      limits_(batch_limits(parts_.settings.batching, parts_.description.max_batch_size)),
      fixed_shapes_(!has_open_shape(parts_.description)),
      line_(parts_.settings.batching.value_or(modelconfig::DynamicBatching{})),
      profile_(limits_.largest),
      width_(parts_.settings.most_threads > 1) {
  in_order_ = parts_.settings.batching && parts_.settings.batching->preserve_ordering;
  if (around_.cache != nullptr && parts_.settings.response_cache) cache_owner_ = around_.cache->new_owner();
  workers_.reserve(parts_.settings.instances);
  for (int i = 0; i < parts_.settings.instances; ++i)
    idle_.push_back(std::make_unique<Execution>(ports_, parts_.description, memory_, static_cast<size_t>(i)));
}

ScheduledModel::~ScheduledModel() {
  workers_.release(parts_.settings.instances);
  if (cache_owner_ != 0) around_.cache->forget(cache_owner_);
  if (claimed_) around_.rates->unclaim(parts_.settings.resources);
}

Waiting ScheduledModel::waiting_of(Call& call) const {
  Waiting waiting;
  waiting.call = &call;
  waiting.shapes_vary = !fixed_shapes_;
  waiting.since = call.times.queued;
  if (ports_.batched && !call.inputs.empty()) waiting.rows = static_cast<uint64_t>(call.inputs[0].shape[0]);
  return waiting;
}

void ScheduledModel::start(Call& call) {
  call.times.queued = clock_.mono();
  if (Status fits = inference::check_call(parts_.description, call); !fits)
    return refuse(call, std::move(fits.error()), FailureReason::other);
  Waiting waiting = waiting_of(call);
  if (cache_owner_ != 0 && answer_from_cache(waiting)) return call.finished({});
  std::unique_ptr<Execution> execution;
  Status pushed;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      pushed = std::unexpected(stopped_error(parts_.description.name));
    } else if (may_run_here(call) && !(profile_.pays() && gathering_.wanted()) && take_resources(false)) {
      execution = take_execution();
      ++pending_;
    } else {
      pushed = push(waiting);
    }
  }
  if (execution) return run_here(waiting, std::move(execution));
  if (!pushed) refuse(call, std::move(pushed.error()), FailureReason::rejected);
}

Status ScheduledModel::push(Waiting& waiting) {
  waiting.ticket = first_held_ + held_.size();
  const Status pushed = line_.push(waiting, waiting.since, expected_wait(), around_.bound.longest);
  if (!pushed) return pushed;
  if (in_order_) held_.push({.call = waiting.call});
  waiting_.store(line_.size(), std::memory_order_relaxed);
  ++pending_;
  arrange();
  return {};
}

// Of a call that comes now, by what runs took lately.
std::chrono::nanoseconds ScheduledModel::expected_wait() const {
  if (line_.size() < around_.bound.always || running_ + posted_ < parts_.settings.instances) return {};
  const double calls = static_cast<double>(line_.size()) + 1;
  return std::chrono::nanoseconds(static_cast<int64_t>(calls * ns_per_call_ / parts_.settings.instances));
}

// Where resources are short, the alarm rings when some come back.
bool ScheduledModel::take_resources(bool wait) {
  if (!claimed_ || parts_.settings.resources.empty()) return true;
  return around_.rates->take(parts_.settings.resources, wait ? alarm_ : nullptr,
                             parts_.settings.run_priority);
}

bool ScheduledModel::answer_from_cache(Waiting& waiting) {
  Call& call = *waiting.call;
  const ResponseCache::Key key = ResponseCache::key_of(cache_owner_, call);
  const bool found = around_.cache->answer(key, cache_owner_, call);
  const MonoTime now = clock_.mono();
  waiting.looked = now - call.times.queued;
  waiting.digest = {key.low, key.high};
  if (!found) return false;
  call.from_cache = true;
  call.times.compute_end = now;
  const std::lock_guard lock(mutex_);
  recorder_.cached(call, waiting.looked, clock_.wall());
  return true;
}

void ScheduledModel::keep_answers(std::span<const Waiting> calls) {
  if (cache_owner_ == 0) return;
  for (const Waiting& waiting : calls) {
    const MonoTime start = clock_.mono();
    around_.cache->keep({waiting.digest[0], waiting.digest[1]}, cache_owner_, *waiting.call);
    const std::chrono::nanoseconds took = clock_.mono() - start + waiting.looked;
    const std::lock_guard lock(mutex_);
    recorder_.missed(took);
  }
}

bool ScheduledModel::may_run_here(const Call& call) const {
  return call.may_run_here && quick() && line_.empty() && running_ < parts_.settings.instances && !in_order_;
}

// An instance that nobody counted runs as many calls at once as there are processors, while they are idle;
// not quick ones, for which waking somebody takes longer than the run.
bool ScheduledModel::may_run_another() const {
  const int mine = running_ + posted_;
  if (mine >= parts_.settings.instances) return false;
  if (mine == 0 || !parts_.settings.elastic) return true;
  return !quick() && workers_.runs() < parts_.settings.instances;
}

// Takes an instance.
std::unique_ptr<Execution> ScheduledModel::take_execution() {
  ++running_;
  std::unique_ptr<Execution> execution = std::move(idle_.back());
  idle_.pop_back();
  return execution;
}

void ScheduledModel::refuse(Call& call, Error error, FailureReason reason) {
  {
    const std::lock_guard lock(mutex_);
    recorder_.failed(call, reason, clock_.mono());
  }
  call.finished(std::unexpected(std::move(error)));
}

void ScheduledModel::refuse_waiting(std::span<const Waiting> refused, const Error& error,
                                    FailureReason reason) {
  for (const Waiting& waiting : refused) {
    {
      const std::lock_guard lock(mutex_);
      recorder_.failed(*waiting.call, reason, clock_.mono());
    }
    answer(waiting, std::unexpected(error));
  }
}

// With preserve_ordering one thread at a time hands out what is due, in the order the calls came.
void ScheduledModel::answer(const Waiting& waiting, Status status) {
  if (!in_order_) return waiting.call->finished(std::move(status));
  std::unique_lock lock(mutex_);
  Held& mine = held_[waiting.ticket - first_held_];
  mine.status = std::move(status);
  mine.done = true;
  if (answering_) return;
  answering_ = true;
  while (!held_.empty() && held_.front().done) {
    Held due = held_.pop();
    ++first_held_;
    lock.unlock();
    due.call->finished(std::move(due.status));
    lock.lock();
  }
  answering_ = false;
}

// A quick run stays on its thread: waking others takes as long as it does.
Status ScheduledModel::run(Execution& execution, std::span<const Waiting> calls, uint64_t rows) {
  using inference::Company;
  const inference::Model& model = *parts_.models[execution.instance % parts_.models.size()];
  const Workers::Run counted(workers_);
  if (quick()) return execution.run(model, calls, rows, {}, Company::together, clock_);
  const bool wide = choose_width(counted.alone() && waiting_.load(std::memory_order_relaxed) == 0);
  Status ran = execution.run(model, calls, rows, {}, wide ? Company::alone : Company::together, clock_);
  const inference::CallTimes& times = calls[0].call->times;
  workers_.ended(times.infer_end);
  const std::lock_guard lock(mutex_);
  width_.observe(wide, times.infer_end - times.infer_start);
  return ran;
}

bool ScheduledModel::choose_width(bool alone) {
  const std::lock_guard lock(mutex_);
  const Width::Choice choice = width_.choose(alone, clock_.mono() - workers_.last_end());
  if (choice.ask) workers_.post(std::make_shared<Widening>(shared_from_this()));
  return choice.wide;
}

void ScheduledModel::Widening::work() {
  bool done = true;
  for (const auto& network : model->parts_.models)
    done = network->widen(model->parts_.settings.most_threads).has_value() && done;
  const std::lock_guard lock(model->mutex_);
  model->width_.widened(done);
}

void ScheduledModel::count(std::span<const Waiting> calls, uint64_t rows, const Status& status) {
  if (!status) {
    for (const Waiting& waiting : calls)
      recorder_.failed(*waiting.call, FailureReason::backend, clock_.mono());
    return;
  }
  recorder_.ran(calls, rows, clock_.wall());
  for (const Waiting& waiting : calls) record_latencies(waiting.call->times);
  const inference::CallTimes& times = calls[0].call->times;
  const std::chrono::nanoseconds took = times.compute_end - times.compute_start;
  profile_.observe(rows, took);
  const double share = static_cast<double>(took.count()) / static_cast<double>(calls.size());
  ns_per_call_ += (share - ns_per_call_) / (ns_per_call_ == 0 ? 1 : 16);
  // A run of many takes at least as long as one of a single row, which may not have been seen for long.
  const double each = std::min(profile_.expected_ns(1), static_cast<double>(took.count()));
  const auto limit = static_cast<double>(parts_.settings.quick_below.count());
  if (each > 0 && (each < limit || each > 2 * limit)) quick_.store(each < limit, std::memory_order_relaxed);
}

void ScheduledModel::release(std::unique_ptr<Execution> execution) {
  execution->forget();
  idle_.push_back(std::move(execution));
  --running_;
  if (claimed_ && !parts_.settings.resources.empty()) around_.rates->give(parts_.settings.resources);
}

// Nothing of this may be touched once the call knows: it may hold the last reference.
void ScheduledModel::run_here(const Waiting& waiting, std::unique_ptr<Execution> execution) {
  Status status = run(*execution, {&waiting, 1}, waiting.rows);
  if (status) keep_answers({&waiting, 1});
  {
    const std::lock_guard lock(mutex_);
    count({&waiting, 1}, waiting.rows, status);
    --pending_;
    release(std::move(execution));
    arrange();
  }
  waiting.call->finished(std::move(status));
}

// Sees to it that somebody takes care of what waits: a worker now, or the alarm later.
void ScheduledModel::arrange() {
  if (line_.empty()) return;
  MonoTime when = line_.earliest_deadline();
  if (may_run_another() && !starved_) {
    BatchPlan plan{1, 1};
    if (limits_.delay.count() > 0) plan = plan_batch(line_, limits_, profile_, clock_.mono());
    if (plan.calls > 0) {
      ++posted_;
      return workers_.post(shared_from_this());
    }
    when = std::min(when, plan.look_again);
  }
  if (when >= alarm_at_) return;
  alarm_at_ = when;
  workers_.post_at(alarm_, when);
}

void ScheduledModel::take_expired(std::vector<Waiting>& expired) {
  line_.expire(clock_.mono(), expired);
  pending_ -= expired.size();
  waiting_.store(line_.size(), std::memory_order_relaxed);
}

void ScheduledModel::Alarm::work() {
  if (const std::shared_ptr<ScheduledModel> alive = model.lock()) alive->look_again();
}

void ScheduledModel::look_again() {
  std::vector<Waiting> expired;
  {
    const std::lock_guard lock(mutex_);
    alarm_at_ = MonoTime::max();
    starved_ = false;
    take_expired(expired);
    arrange();
  }
  refuse_waiting(expired, expired_error(), FailureReason::rejected);
}

bool ScheduledModel::take_batch(Execution& execution, uint64_t& rows) {
  const BatchPlan plan = plan_batch(line_, limits_, profile_, clock_.mono());
  if (plan.calls == 0) return false;
  execution.calls.clear();
  line_.take(plan.calls, execution.calls);
  rows = plan.rows;
  waiting_.store(line_.size(), std::memory_order_relaxed);
  gathering_.observe_run(plan.calls);
  return true;
}

void ScheduledModel::drop_unwanted(Execution& execution, uint64_t& rows, std::vector<Waiting>& dropped) {
  std::erase_if(execution.calls, [&](const Waiting& waiting) {
    if (waiting.call->wanted()) return false;
    dropped.push_back(waiting);
    rows -= waiting.rows;
    --pending_;
    return true;
  });
}

// One worker runs batch after batch until nothing is ripe; when more waits than it takes, it asks for
// another.
void ScheduledModel::work() {
  std::vector<Waiting> expired, dropped;
  std::unique_lock lock(mutex_);
  --posted_;
  while (!line_.empty() && running_ < parts_.settings.instances) {
    take_expired(expired);
    starved_ = !take_resources(true);
    if (starved_) break;
    std::unique_ptr<Execution> execution = take_execution();
    uint64_t rows = 0;
    const bool taken = take_batch(*execution, rows);
    if (!taken) {
      release(std::move(execution));
      break;
    }
    drop_unwanted(*execution, rows, dropped);
    arrange();
    lock.unlock();
    give_up(expired, dropped);
    if (!execution->calls.empty()) run_batch(*execution, rows);
    lock.lock();
    release(std::move(execution));
  }
  arrange();
  lock.unlock();
  give_up(expired, dropped);
}

void ScheduledModel::give_up(std::vector<Waiting>& expired, std::vector<Waiting>& dropped) {
  if (!expired.empty()) refuse_waiting(expired, expired_error(), FailureReason::rejected);
  if (!dropped.empty())
    refuse_waiting(dropped, {ErrorKind::unavailable, "the client has gone"}, FailureReason::canceled);
  expired.clear();
  dropped.clear();
}

void ScheduledModel::run_batch(Execution& execution, uint64_t rows) {
  const Status status = run(execution, execution.calls, rows);
  if (!status && execution.calls.size() > 1) return run_singly(execution);
  if (status) keep_answers(execution.calls);
  {
    const std::lock_guard lock(mutex_);
    count(execution.calls, rows, status);
    pending_ -= execution.calls.size();
  }
  execution.forget();
  for (const Waiting& waiting : execution.calls) answer(waiting, status);
}

// One request that the network refuses does not spoil the others of its batch.
void ScheduledModel::run_singly(Execution& execution) {
  for (const Waiting& waiting : execution.calls) {
    Status status = run(execution, {&waiting, 1}, waiting.rows);
    if (status) keep_answers({&waiting, 1});
    {
      const std::lock_guard lock(mutex_);
      count({&waiting, 1}, waiting.rows, status);
      --pending_;
    }
    execution.forget();
    answer(waiting, std::move(status));
  }
}

void ScheduledModel::stop() {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    line_.take(line_.size(), waiting);
    waiting_.store(0, std::memory_order_relaxed);
    pending_ -= waiting.size();
  }
  refuse_waiting(waiting, stopped_error(parts_.description.name), FailureReason::rejected);
}

ModelStatistics ScheduledModel::statistics() const {
  const std::lock_guard lock(mutex_);
  ModelStatistics statistics = recorder_.statistics();
  statistics.name = parts_.description.name;
  statistics.version = parts_.description.version;
  statistics.pending = pending_;
  statistics.memory_bytes = parts_.memory_bytes;
  statistics.load_seconds = parts_.load_seconds;
  fill_latencies(statistics);
  statistics.measured = profile_.measured();
  return statistics;
}

}  // namespace oree::serving
