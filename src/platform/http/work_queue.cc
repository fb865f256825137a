#include "platform/http/work_queue.h"

#include <algorithm>
#include <iterator>

namespace oree::http {

WorkQueue::WorkQueue(unsigned workers, size_t max_queue) : max_queue_(std::max<size_t>(max_queue, 1)) {
  sem_init(&ready_, 0, 0);
  for (unsigned i = 0; i < std::max(workers, 1u); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

WorkQueue::~WorkQueue() {
  stop();
  sem_destroy(&ready_);
}

bool WorkQueue::push(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || jobs_.size() >= max_queue_) return false;
    jobs_.push_back(std::move(job));
    depth_.store(jobs_.size(), std::memory_order_relaxed);
  }
  sem_post(&ready_);
  return true;
}

void WorkQueue::push_first(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    jobs_.push_front(std::move(job));
    depth_.store(jobs_.size(), std::memory_order_relaxed);
  }
  sem_post(&ready_);
}

std::vector<WorkQueue::Job> WorkQueue::stop() {
  std::vector<Job> undone;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    std::ranges::move(jobs_, std::back_inserter(undone));
    jobs_.clear();
    depth_.store(0, std::memory_order_relaxed);
  }
  for (size_t i = 0; i < threads_.size(); ++i) sem_post(&ready_);
  threads_.clear();
  return undone;
}

void WorkQueue::work() {
  for (;;) {
    while (sem_wait(&ready_) != 0) {  // a signal came in between
    }
    Job job;
    {
      const std::lock_guard lock(mutex_);
      // The permits of jobs that stop() took away are still about.
      if (stopped_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      depth_.store(jobs_.size(), std::memory_order_relaxed);
    }
    job();
  }
}

}  // namespace oree::http
