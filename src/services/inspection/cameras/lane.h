// A camera's own thread: captures on request and carries the picture through its steps, so that cameras work
// side by side and a slow one holds up nobody but itself.
//
// Threads: submit() from anywhere; jobs run one after another on the lane. The destructor waits for the
// running job.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "services/inspection/cameras/camera.h"

namespace oree::inspection {

class Lane {
 public:
  explicit Lane(std::unique_ptr<Camera> camera);
  ~Lane();

  // Runs job(camera) on the lane's thread.
  void submit(std::function<void(Camera&)> job);

 private:
  void work(const std::stop_token& stop);

  std::unique_ptr<Camera> camera_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void(Camera&)>> jobs_;
  std::jthread thread_;
};

}  // namespace oree::inspection
