// Asks a served model and waits for the answer: for threads that may.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/inference/service/service.h"

namespace oree::inference {

// A call whose caller waits.
class WaitingCall final : public Call {
 public:
  void finished(Status status) override;
  Status wait();

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Status> status_;  // guarded by mutex_
};

// Starts the call and waits until it has finished.
Status ask(Served& served, WaitingCall& call);

}  // namespace oree::inference
