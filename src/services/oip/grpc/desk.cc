#include "services/oip/grpc/desk.h"

#include <utility>

namespace oree::oip {

Desk::~Desk() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool Desk::hand_over(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxWaiting) return false;
  waiting_.push_back(std::move(task));
  if (idle_ < waiting_.size() && threads_.size() < kThreads) threads_.emplace_back([this] { work(); });
  changed_.notify_one();
  return true;
}

void Desk::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> task = std::exchange(waiting_.front(), nullptr);
    waiting_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace oree::oip
