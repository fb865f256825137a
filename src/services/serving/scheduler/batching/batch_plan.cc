#include "services/serving/scheduler/batching/batch_plan.h"

#include <algorithm>

namespace oree::serving {

namespace {

// The calls at the front that may run together.
struct Front {
  size_t calls = 0;
  uint64_t rows = 0;
  bool closed = false;  // nobody can join: it is full, or the next call has another shape
  MonoTime oldest = MonoTime::max(), earliest_deadline = MonoTime::max();
};

Front front_of(const WaitingLine& line, uint64_t most) {
  Front front;
  const Waiting& first = line.peek(0);
  for (size_t i = 0; i < line.size(); ++i) {
    const Waiting& next = line.peek(i);
    const bool fits = i == 0 || (front.rows + next.rows <= most && may_merge(first, next));
    if (!fits) {
      front.closed = true;
      break;
    }
    ++front.calls;
    front.rows += next.rows;
    front.oldest = std::min(front.oldest, next.since);
    front.earliest_deadline = std::min(front.earliest_deadline, next.deadline);
    if (front.rows >= most) {
      front.closed = true;
      break;
    }
  }
  return front;
}

// As many whole calls as fit into so many rows, at least one.
void shorten(BatchPlan& plan, const WaitingLine& line, uint64_t rows) {
  plan = {1, line.peek(0).rows};
  while (plan.calls < line.size() && plan.rows + line.peek(plan.calls).rows <= rows) {
    plan.rows += line.peek(plan.calls).rows;
    ++plan.calls;
  }
}

}  // namespace

BatchLimits batch_limits(const std::optional<modelconfig::DynamicBatching>& settings,
                         int64_t max_batch_size) {
  BatchLimits limits;
  if (!settings || max_batch_size <= 0) return limits;
  limits.largest = static_cast<uint64_t>(max_batch_size);
  for (const int32_t size : settings->preferred_batch_size) {
    if (size > 0 && size <= max_batch_size) limits.preferred.push_back(static_cast<uint64_t>(size));
  }
  std::ranges::sort(limits.preferred);
  limits.delay = microseconds(std::min<uint64_t>(settings->max_queue_delay_microseconds, 60'000'000));
  return limits;
}

void Gathering::observe_run(size_t calls) {
  calls_per_run_ += (static_cast<double>(calls) - calls_per_run_) / 8;
  if (calls_per_run_ > 1.5) queueing_ = true;
  if (calls_per_run_ < 1.2) queueing_ = false;
}

BatchPlan plan_batch(const WaitingLine& line, const BatchLimits& limits, BatchProfile& profile,
                     MonoTime now) {
  BatchPlan plan;
  if (line.empty()) return plan;
  const Front front = front_of(line, limits.largest);
  plan = {front.calls, front.rows};
  if (front.calls == 1 && front.closed) return plan;
  if (limits.delay.count() > 0 && !front.closed && profile.pays()) {
    // A call that would be refused while it waits for others is a reason to go.
    const MonoTime until = std::min(front.oldest + limits.delay, front.earliest_deadline - limits.delay / 2);
    const bool preferred = std::ranges::binary_search(limits.preferred, front.rows);
    if (!preferred && now < until) return {0, 0, until};
  }
  uint64_t rows = profile.choose(front.rows);
  const auto above = std::ranges::upper_bound(limits.preferred, rows);
  if (above != limits.preferred.begin() && limits.delay.count() > 0 && rows > 1) rows = *(above - 1);
  if (rows < front.rows) shorten(plan, line, rows);
  return plan;
}

}  // namespace oree::serving
