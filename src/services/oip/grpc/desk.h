// What may wait (loading, a disk) is done here and not on an I/O thread: a few threads that come when they
// are needed, and a bounded queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace oree::oip {

class Desk {
 public:
  Desk() = default;
  ~Desk();  // what waits is done first
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // False when too much waits already: `task` was not taken.
  bool hand_over(std::function<void()> task);

 private:
  static constexpr size_t kThreads = 4;
  static constexpr size_t kMaxWaiting = 1024;
  void work();

  std::mutex mutex_;  // for what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace oree::oip
