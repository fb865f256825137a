// Deadlines without timers: connections that wait for the same thing wait equally long, so each such wait is
// one list in order of arrival, and one coarse sweep looks at the fronts only. Intrusive; one thread.
#pragma once

#include "base/clock.h"

namespace oree::http {

class DeadlineQueue;

// Sits in the thing that waits; in at most one queue at a time, leaves it when destroyed.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { leave(); }

  void leave() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class DeadlineQueue;
  Deadline* next_ = nullptr;
  Deadline* previous_ = nullptr;
  MonoTime due_{};
};

class DeadlineQueue {
 public:
  explicit DeadlineQueue(milliseconds wait) : wait_(wait) { ends_.next_ = ends_.previous_ = &ends_; }

  bool empty() const { return ends_.next_ == &ends_; }
  void enter(Deadline& deadline, MonoTime now) {
    deadline.leave();
    deadline.due_ = now + wait_;
    deadline.previous_ = ends_.previous_;
    deadline.next_ = &ends_;
    ends_.previous_->next_ = &deadline;
    ends_.previous_ = &deadline;
  }
  Deadline* front() const { return empty() ? nullptr : ends_.next_; }
  // The one that waits longest, if its time is over.
  Deadline* overdue(MonoTime now) const {
    return !empty() && ends_.next_->due_ <= now ? ends_.next_ : nullptr;
  }

 private:
  milliseconds wait_;
  Deadline ends_;
};

}  // namespace oree::http
