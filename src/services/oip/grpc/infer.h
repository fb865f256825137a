// ModelInfer and ModelStreamInfer: from a request's bytes to a running call and back to an answer's bytes.
//
// A unary call is asked and answered without an allocation here once everything has its size.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "platform/grpc/rpc.h"
#include "services/oip/grpc/desk.h"
#include "services/oip/grpc/face.h"
#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

// What both have in common. Thread-safe.
class InferStart {
 public:
  InferStart(const GrpcParts& parts, Desk& desk) : parts_(parts), desk_(desk) {}
  // Always ends in call.finished(), perhaps before it returns. `message` stays until then.
  void start(InferCall& call, ByteView message) const;
  // Before the call's tensors go.
  void trace(InferCall& call) const;
  // For the thread that the message came on.
  bool may_use_regions(const grpc::Rpc& rpc) const;

 private:
  Status prepare(InferCall& call, ByteView message) const;
  Status find_regions(InferCall& call) const;
  void wait_and_start(InferCall& call) const;
  void run(InferCall& call, std::shared_ptr<inference::Served> served) const;
  const GrpcParts& parts_;
  Desk& desk_;
};

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
  explicit UnaryInfer(const InferStart& start);
  ~UnaryInfer();
  void answer(grpc::Rpc& rpc);

 private:
  class Call;
  const InferStart& start_;
  std::unique_ptr<CallPool<Call>> pool_;
};

// One stream: requests run beside each other, answers go out in the order of the requests, as in Triton for
// models that answer once. What is wrong with a request is said in its answer; the stream goes on.
std::unique_ptr<grpc::Conversation> open_stream(grpc::Rpc& rpc, const InferStart& start);

}  // namespace oree::oip
