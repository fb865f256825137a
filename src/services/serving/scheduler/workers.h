// Threads that run what models have to do when it is not done on a caller's thread. One pool serves all
// models of a process: it grows to the number of runs that may go on at once, so none waits for another
// model's.
//
// Thread-safe. The owner destroys it after every model's last call has finished and never from one of its
// threads. Jobs are posted, not owned twice: posting needs no memory once the queue has grown.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace oree::serving {

class Job {
 public:
  virtual ~Job() = default;
  virtual void work() = 0;
};

class Workers {
 public:
  explicit Workers(const Clock& clock) : clock_(clock) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  // Room for `runs` more at once, until release(). Threads start when they are first needed and stay.
  void reserve(int runs);
  void release(int runs);
  // Runs job->work() on some thread, soon or not before `when`. Every post is one call.
  void post(std::shared_ptr<Job> job);
  void post_at(std::shared_ptr<Job> job, MonoTime when);
  int threads() const;
  int runs() const { return runs_.load(std::memory_order_relaxed); }  // of networks, now
  // When the last run ended that somebody thought worth saying.
  MonoTime last_end() const {
    return MonoTime(MonoTime::duration(last_end_.load(std::memory_order_relaxed)));
  }
  void ended(MonoTime when) { last_end_.store(when.time_since_epoch().count(), std::memory_order_relaxed); }

  // Marks a run of a network, on whatever thread, so that runs know of each other.
  class Run {
   public:
    explicit Run(Workers& workers) : workers_(workers), others_(workers.runs_.fetch_add(1)) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() { workers_.runs_.fetch_sub(1); }
    bool alone() const { return others_ == 0; }

   private:
    Workers& workers_;
    const int others_;
  };

 private:
  struct Timer {
    MonoTime when;
    std::shared_ptr<Job> job;
  };
  void wake();
  void loop();
  std::shared_ptr<Job> next(std::unique_lock<std::mutex>& lock);

  const Clock& clock_;
  std::atomic<int> runs_ = 0;
  std::atomic<MonoTime::rep> last_end_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_, watch_;  // for jobs; for the thread that waits for the earliest timer
  std::vector<std::shared_ptr<Job>> queue_;  // a ring: [first_, first_ + count_)
  size_t first_ = 0, count_ = 0;
  std::vector<Timer> timers_;  // a heap, earliest first
  std::vector<std::thread> threads_;
  int reserved_ = 0;
  size_t sleeping_ = 0;
  bool watching_ = false;
  bool stopping_ = false;
};

}  // namespace oree::serving
