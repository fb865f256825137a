#include "services/inspection/cameras/lane.h"

namespace oree::inspection {

Lane::Lane(std::unique_ptr<Camera> camera)
    : camera_(std::move(camera)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Lane::~Lane() = default;

void Lane::submit(std::function<void(Camera&)> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void Lane::work(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job(*camera_);
  }
}

}  // namespace oree::inspection
