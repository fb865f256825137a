#include "services/serving/scheduler/workers.h"

#include <algorithm>

namespace oree::serving {

namespace {

// std::*_heap puts the largest first.
constexpr auto kLater = [](const auto& a, const auto& b) { return a.when > b.when; };

}  // namespace

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  watch_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::reserve(int runs) {
  const std::lock_guard lock(mutex_);
  reserved_ += runs;
}

void Workers::release(int runs) {
  const std::lock_guard lock(mutex_);
  reserved_ -= runs;
}

int Workers::threads() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(threads_.size());
}

// With as many threads as runs may go on at once, and one for timers, no job waits for another model's run.
void Workers::wake() {
  if (count_ <= sleeping_) {
    changed_.notify_one();
  } else if (watching_) {
    watch_.notify_one();
  } else if (static_cast<int>(threads_.size()) <= reserved_) {
    threads_.emplace_back([this] { loop(); });
  }
}

void Workers::post(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  if (count_ == queue_.size()) {
    std::rotate(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_), queue_.end());
    first_ = 0;
    queue_.resize(std::max<size_t>(16, 2 * count_));
  }
  queue_[(first_ + count_) % queue_.size()] = std::move(job);
  ++count_;
  wake();
}

void Workers::post_at(std::shared_ptr<Job> job, MonoTime when) {
  const std::lock_guard lock(mutex_);
  timers_.push_back({when, std::move(job)});
  std::ranges::push_heap(timers_, kLater);
  if (timers_.front().when != when) return;
  if (watching_) {
    watch_.notify_one();
  } else if (sleeping_ > 0) {
    changed_.notify_one();
  } else if (static_cast<int>(threads_.size()) <= reserved_) {
    threads_.emplace_back([this] { loop(); });
  }
}

// The next job, or null when the pool stops. One idle thread waits for the earliest timer, the others for
// jobs.
std::shared_ptr<Job> Workers::next(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    if (count_ > 0) {
      std::shared_ptr<Job> job = std::move(queue_[first_]);
      first_ = (first_ + 1) % queue_.size();
      --count_;
      return job;
    }
    if (!timers_.empty() && timers_.front().when <= clock_.mono()) {
      std::ranges::pop_heap(timers_, kLater);
      std::shared_ptr<Job> job = std::move(timers_.back().job);
      timers_.pop_back();
      return job;
    }
    if (watching_ || timers_.empty()) {
      ++sleeping_;
      changed_.wait(lock);
      --sleeping_;
    } else {
      watching_ = true;
      watch_.wait_for(lock, timers_.front().when - clock_.mono());
      watching_ = false;
    }
  }
  return nullptr;
}

void Workers::loop() {
  std::unique_lock lock(mutex_);
  while (std::shared_ptr<Job> job = next(lock)) {
    // Somebody else has to watch the timers meanwhile.
    if (!timers_.empty() && !watching_ && sleeping_ > 0) changed_.notify_one();
    lock.unlock();
    job->work();
    job.reset();
    lock.lock();
  }
}

}  // namespace oree::serving
