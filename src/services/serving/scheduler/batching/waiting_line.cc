#include "services/serving/scheduler/batching/waiting_line.h"

#include <algorithm>

namespace oree::serving {

using modelconfig::QueuePolicy;
using modelconfig::TimeoutAction;

Error expired_error() {
  return {ErrorKind::unavailable, "Request timeout expired"};
}

Error full_error() {
  return {ErrorKind::unavailable, "Exceeds maximum queue size"};
}

bool may_merge(const Waiting& a, const Waiting& b) {
  if (a.call->inputs.size() != b.call->inputs.size()) return false;
  if (!a.shapes_vary && !b.shapes_vary) return true;
  return std::ranges::all_of(a.call->inputs, [&](const inference::CallInput& input) {
    const auto at = std::ranges::find(b.call->inputs, input.name, &inference::CallInput::name);
    return at != b.call->inputs.end() && at->shape.size() == input.shape.size() &&
           std::ranges::equal(at->shape.subspan(1), input.shape.subspan(1));
  });
}

WaitingLine::WaitingLine(const modelconfig::DynamicBatching& settings) {
  const QueuePolicy usual =
      settings.default_queue_policy.value_or(QueuePolicy{.allow_timeout_override = true});
  const uint64_t levels = std::clamp<uint64_t>(settings.priority_levels, 1, 1000);
  for (uint64_t level = 1; level <= levels; ++level) {
    const auto own = settings.priority_queue_policy.find(level);
    levels_.push_back({own == settings.priority_queue_policy.end() ? usual : own->second, {}, {}});
  }
  default_level_ = std::clamp<uint64_t>(settings.default_priority_level, 1, levels);
}

WaitingLine::Level& WaitingLine::level_of(uint64_t priority) {
  const uint64_t level = priority == 0 || priority > levels_.size() ? default_level_ : priority;
  return levels_[static_cast<size_t>(level - 1)];
}

Status WaitingLine::push(const Waiting& waiting, MonoTime now, std::chrono::nanoseconds expected,
                         std::chrono::nanoseconds most) {
  Level& level = level_of(waiting.call->priority);
  const uint64_t limit = level.policy.max_queue_size;
  const bool full = limit == 0 ? expected > most : level.waiting.size() + level.delayed.size() >= limit;
  if (full || size_ >= kLongest) return std::unexpected(full_error());
  uint64_t timeout = level.policy.default_timeout_microseconds;
  const auto asked = static_cast<uint64_t>(std::max<int64_t>(waiting.call->timeout.count(), 0));
  // A call may wait shorter than the model's calls do, not longer.
  if (level.policy.allow_timeout_override && asked != 0 && (timeout == 0 || asked < timeout)) timeout = asked;
  Waiting item = waiting;
  if (timeout != 0) item.deadline = now + microseconds(timeout);
  if (item.deadline != MonoTime::max()) {
    earliest_ = with_deadline_ == 0 ? item.deadline : std::min(earliest_, item.deadline);
    ++with_deadline_;
  }
  level.waiting.push(item);
  ++size_;
  return {};
}

void WaitingLine::expire(MonoTime now, std::vector<Waiting>& expired) {
  if (with_deadline_ == 0 || now < earliest_) return;
  earliest_ = MonoTime::max();
  for (Level& level : levels_) {
    level.waiting.remove_if([&](Waiting& item) {
      if (item.deadline > now) {
        earliest_ = std::min(earliest_, item.deadline);
        return false;
      }
      --with_deadline_;
      if (level.policy.timeout_action == TimeoutAction::delay) {
        item.deadline = MonoTime::max();
        level.delayed.push(item);
      } else {
        expired.push_back(item);
        --size_;
      }
      return true;
    });
  }
}

const Waiting& WaitingLine::peek(size_t at) const {
  for (const Level& level : levels_) {
    if (at < level.waiting.size()) return level.waiting[at];
    at -= level.waiting.size();
    if (at < level.delayed.size()) return level.delayed[at];
    at -= level.delayed.size();
  }
  return levels_.front().waiting[0];
}

void WaitingLine::take(size_t count, std::vector<Waiting>& taken) {
  for (Level& level : levels_) {
    for (Ring<Waiting>* ring : {&level.waiting, &level.delayed}) {
      for (; count > 0 && !ring->empty(); --count) {
        taken.push_back(ring->pop());
        if (taken.back().deadline != MonoTime::max()) --with_deadline_;
        --size_;
      }
    }
  }
}

}  // namespace oree::serving
