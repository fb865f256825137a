// ModelInfer: asked and answered without an allocation once everything has its size.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/inference/service/service.h"
#include "platform/grpc/rpc.h"
#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

// Calls between two uses. Thread-safe.
template <class CallType>
class CallPool {
 public:
  CallType& take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        CallType& call = *free_.back().release();
        free_.pop_back();
        return call;
      }
    }
    return *new CallType;
  }
  void give_back(CallType& call) {
    call.clear_call();
    std::unique_ptr<CallType> owned(&call);
    const std::lock_guard lock(mutex_);
    if (free_.size() < kKept) free_.push_back(std::move(owned));
  }

 private:
  static constexpr size_t kKept = 256;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CallType>> free_;
};

class UnaryInfer {
 public:
  explicit UnaryInfer(inference::Service& service);
  void answer(grpc::Rpc& rpc);

 private:
  class Call;
  Status start(Call& call);
  inference::Service& service_;
  std::shared_ptr<CallPool<Call>> pool_;
};

}  // namespace oree::oip
