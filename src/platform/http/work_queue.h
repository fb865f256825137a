// The workers: threads that take jobs from one bounded queue. Thread-safe.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace oree::http {

class WorkQueue {
 public:
  using Job = std::move_only_function<void()>;  // must not throw

  WorkQueue(unsigned workers, size_t max_queue);
  ~WorkQueue();  // stop()s

  // False, and `job` untouched, when the queue is full or stopped.
  bool push(Job& job);
  // Ahead of those that wait, whatever the limit; dropped when the queue is stopped.
  void push_first(Job job);
  size_t depth() const { return depth_.load(std::memory_order_relaxed); }  // jobs that wait
  // Running jobs finish; those that waited come back undone. Idempotent; never from a job.
  std::vector<Job> stop();

 private:
  void work();

  const size_t max_queue_;
  std::mutex mutex_;
  std::deque<Job> jobs_;
  bool stopped_ = false;
  std::atomic<size_t> depth_ = 0;
  // One permit for each job, and one for each worker at the end. POSIX, because it is the cheapest to hand a
  // job over with: one futex call to announce it, one to wait for it, none while the workers are busy.
  sem_t ready_{};
  std::vector<std::jthread> threads_;
};

}  // namespace oree::http
