#include "services/events/subscriber.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace oree::events {
namespace {

constexpr size_t kRound = 500;  // events of one round, one transaction
constexpr int kUnwell = 3;      // failures in a row, then nothing new is sent
constexpr size_t kRemembered = 100;
constexpr std::chrono::seconds kLongRest{60};
constexpr std::chrono::seconds kBreath{1};        // when what failed was all given up
constexpr std::chrono::seconds kConfirmation{2};  // while a person may confirm

}  // namespace

Result<std::unique_ptr<Subscriber>> Subscriber::open(SubscriberPlan plan, std::unique_ptr<Sink> sink,
                                                     EventStore& store, const Clock& clock,
                                                     std::function<double()> jitter, Log& log) {
  std::unique_ptr<Subscriber> out(
      new Subscriber(std::move(plan), std::move(sink), store, clock, std::move(jitter), log));
  const auto standing = store.enter(out->plan_.name);
  if (!standing) return forward(standing);
  out->position_ = standing->position;
  out->delivered_ = standing->delivered;
  out->dead_ = standing->dead;
  out->last_delivery_ = standing->last_delivery;
  return out;
}

void Subscriber::set_state(const std::string& state, const std::string& error) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  error_ = error;
}

void Subscriber::remember(Attempt attempt) {
  const std::lock_guard lock(mutex_);
  newest_.push_front(std::move(attempt));
  if (newest_.size() > kRemembered) newest_.pop_back();
}

std::vector<Subscriber::Attempt> Subscriber::newest(size_t limit) const {
  const std::lock_guard lock(mutex_);
  return {newest_.begin(), newest_.begin() + static_cast<ptrdiff_t>(std::min(limit, newest_.size()))};
}

Subscriber::Status Subscriber::status() {
  const uint64_t waiting = store_.waiting_count(plan_.name).value_or(0);
  const std::lock_guard lock(mutex_);
  return {state_, error_, waiting, delivered_, dead_, last_delivery_};
}

microseconds Subscriber::step() {
  if (gone_) return kLongRest;
  if (const auto wait = shake_hands()) return *wait;
  Progress progress{.subscription = plan_.name,
                    .position = position_,
                    .delivered = 0,
                    .last_delivery = {},
                    .again = {},
                    .settled = {},
                    .dead = {}};
  auto more = retry_due(progress);
  if (more && !*more && failures_ < kUnwell) more = send_new(progress);
  oree::Status saved = more ? store_.save(progress) : oree::Status(forward(more));
  if (!saved) {
    log_.error(cat("events for '", plan_.name, "': ", saved.error().what));
    return kLongRest;
  }
  position_ = progress.position;
  {
    const std::lock_guard lock(mutex_);
    delivered_ += progress.delivered;
    dead_ += progress.dead.size();
    if (progress.last_delivery) last_delivery_ = progress.last_delivery;
  }
  return *more && !gone_ ? microseconds(0) : rest();
}

// Until the next retry; new events wake it earlier, unless the far end is unwell.
microseconds Subscriber::rest() {
  const auto next = store_.waiting(plan_.name, 1);
  if (!next || next->empty()) {
    const bool unwell = std::exchange(failures_, 0) >= kUnwell;
    return unwell ? kBreath : kLongRest;
  }
  return std::clamp<microseconds>(next->front().next - clock_.wall(), microseconds(0), kLongRest);
}

std::optional<microseconds> Subscriber::shake_hands() {
  if (shaken_) return std::nullopt;
  const WallTime now = clock_.wall();
  if (now < shake_at_) return shake_at_ - now;
  const auto consent = sink_->shake_hands();
  if (consent) {
    shaken_ = true;
    set_state("active", "");
    return std::nullopt;
  }
  const auto& error = consent.error();
  if (error.kind == ErrorKind::busy) {
    shake_at_ = now + kConfirmation;
  } else {
    const Outcome like{.status = error.kind == ErrorKind::denied ? 403 : 0,
                       .what = error.what,
                       .timed_out = false,
                       .retry_after = {}};
    const RetryRules forever{.max_attempts = 1'000'000, .time_to_live = std::chrono::hours(24 * 365)};
    shake_at_ = now + next_step(forever, ++refusals_, like, now, now, jitter_()).wait;
    if (refusals_ == 1) log_.warning(cat("events for '", plan_.name, "': ", error.what));
  }
  set_state(error.kind == ErrorKind::denied ? "failed" : "validating", error.what);
  return shake_at_ - now;
}

// True: there is more to do at once.
Result<bool> Subscriber::retry_due(Progress& progress) {
  const auto due = store_.due(plan_.name, clock_.wall(), kRound);
  if (!due) return forward(due);
  std::vector<Tried> batch;
  for (const Retry& retry : *due) {
    auto event = store_.find(retry.number);
    if (!event) return forward(event);
    if (*event == nullptr) {
      progress.settled.push_back(retry.number);
      continue;
    }
    batch.push_back({*event, retry.attempts});
    if (batch.size() == sink_->batch() && !send(batch, progress)) return false;
  }
  if (!batch.empty() && !send(batch, progress)) return false;
  return due->size() == kRound;
}

Result<bool> Subscriber::send_new(Progress& progress) {
  const auto fresh = store_.after(position_, kRound);
  if (!fresh) return forward(fresh);
  if (fresh->empty()) return false;
  std::vector<Tried> batch;
  for (const auto& event : *fresh) {
    progress.position = event->number;
    if (!matches(plan_.filter, event->event)) continue;
    if (clock_.wall() - event->event.time > plan_.rules.time_to_live) {
      bury({event, 0}, "TimeToLiveExceeded", "", progress);
      continue;
    }
    batch.push_back({event, 0});
    if (batch.size() == sink_->batch()) (void)send(batch, progress);
    if (failures_ >= kUnwell || gone_) break;
  }
  if (!batch.empty()) (void)send(batch, progress);
  return fresh->size() == kRound || progress.position < fresh->back()->number;
}

// Empties the batch. False: the far end is unwell.
bool Subscriber::send(std::vector<Tried>& batch, Progress& progress) {
  std::vector<Event> events;
  for (const Tried& tried : batch) events.push_back(tried.event->event);
  const Outcome outcome = sink_->deliver(events);
  for (const Tried& tried : batch) note(tried, outcome, progress);
  batch.clear();
  if (outcome.delivered()) {
    failures_ = 0;
    set_state("active", "");
    return true;
  }
  ++failures_;
  if (outcome.gone()) {
    gone_ = true;
    set_state("gone", "the far end wants no more events (410)");
  } else {
    set_state("active", outcome.what);
  }
  return failures_ < kUnwell;
}

void Subscriber::note(const Tried& tried, const Outcome& outcome, Progress& progress) {
  const WallTime now = clock_.wall();
  const int attempts = tried.attempts + 1;
  const std::string said = outcome_name(outcome);
  if (outcome.delivered()) {
    ++progress.delivered;
    progress.last_delivery = now;
    if (tried.attempts > 0 || tried.event->number <= position_)
      progress.settled.push_back(tried.event->number);
    remember({tried.event, "delivered", attempts, {}, said, now});
    return;
  }
  const Next next = next_step(plan_.rules, attempts, outcome, tried.event->event.time, now, jitter_());
  if (next.dead) {
    bury({tried.event, attempts}, next.reason, said, progress);
    return;
  }
  progress.again.push_back({tried.event->number, attempts, now + next.wait, said});
  remember({tried.event, "waiting", attempts, now + next.wait, said, now});
}

void Subscriber::bury(const Tried& tried, const std::string& reason, const std::string& outcome,
                      Progress& progress) {
  const WallTime now = clock_.wall();
  progress.settled.push_back(tried.event->number);
  progress.dead.push_back({cat(plan_.name, "/", tried.event->number), plan_.name, tried.event->number,
                           tried.event->event, reason, outcome, tried.attempts, tried.event->event.time,
                           now});
  remember({tried.event, "dead", tried.attempts, {}, reason, now});
  log_.warning(cat("event ", tried.event->event.id, " for '", plan_.name, "' is a dead letter: ", reason));
}

}  // namespace oree::events
