#include "services/oip/grpc/infer.h"

#include "services/oip/grpc/infer_request.h"
#include "services/oip/grpc/infer_response.h"

namespace oree::oip {

class UnaryInfer::Call final : public InferCall {
 public:
  grpc::Rpc* rpc = nullptr;
  CallPool<Call>* pool = nullptr;

  void finished(Status status) override {
    if (status) status = encode_infer_response(*this, false, rpc->reply());
    // The answer borrows nothing of the call any more; the call's memory is for the next one.
    grpc::Rpc& asked = *rpc;
    pool->give_back(*this);
    if (status) {
      asked.finish();
    } else {
      asked.finish(status.error());
    }
  }
};

UnaryInfer::UnaryInfer(inference::Service& service)
    : service_(service), pool_(std::make_shared<CallPool<Call>>()) {}

void UnaryInfer::answer(grpc::Rpc& rpc) {
  Call& call = pool_->take();
  call.rpc = &rpc;
  call.pool = pool_.get();
  call.times.received = rpc.received();
  if (Status started = start(call); !started) call.finished(std::move(started));
}

// A failure when nothing was started.
Status UnaryInfer::start(Call& call) {
  if (Status decoded = decode_infer_request(call.rpc->message(), call); !decoded) return decoded;
  auto served = service_.find(call.model_name, call.model_version, inference::Wait::no);
  if (!served) return forward(served);
  call.served = *std::move(served);
  call.served->start(call);
  return {};
}

}  // namespace oree::oip
