#include "core/inference/service/ask.h"

namespace oree::inference {

void WaitingCall::finished(Status status) {
  // Told under the lock: the call may be gone as soon as it is let go of.
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  done_.notify_one();
}

Status WaitingCall::wait() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return status_.has_value(); });
  Status status = *std::move(status_);
  status_.reset();
  return status;
}

Status ask(Served& served, WaitingCall& call) {
  served.start(call);
  return call.wait();
}

}  // namespace oree::inference
