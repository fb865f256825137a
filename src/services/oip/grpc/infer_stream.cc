// ModelStreamInfer.
#include <atomic>
#include <chrono>
#include <deque>

#include "services/oip/grpc/infer.h"
#include "services/oip/grpc/infer_response.h"

namespace oree::oip {
namespace {

class StreamCall;

// What outlives the conversation while calls run: they may finish on other threads, one after the last.
class StreamState {
 public:
  explicit StreamState(grpc::Rpc& rpc) : rpc_(rpc) {}
  StreamCall& add(std::shared_ptr<StreamState> self, std::string message, const InferStart& start);
  void done(StreamCall& call);
  void end();                                   // no more requests
  bool wanted() const { return !rpc_.gone(); }  // while a call runs

 private:
  void finish_if_over();  // mutex_ held

  std::mutex mutex_;  // for what follows
  grpc::Rpc& rpc_;    // until finished_
  std::deque<std::unique_ptr<StreamCall>> calls_;
  bool ended_ = false;
  bool finished_ = false;
};

class StreamCall final : public InferCall {
 public:
  StreamCall(std::shared_ptr<StreamState> state, std::string message, const InferStart& start)
      : message_(std::move(message)), state_(std::move(state)), start_(start) {}

  ByteView message() const { return as_bytes(message_); }
  const std::string& answer() const { return answer_; }
  bool is_done() const { return done_; }
  void set_done() { done_ = true; }

  bool wanted() const override;
  void finished(Status status) override {
    start_.trace(*this);
    if (status) status = encode_stream_response(*this, answer_);
    if (!status) {
      answer_.clear();
      encode_stream_error(*this, status.error().what, answer_);
    }
    const std::shared_ptr<StreamState> state = state_;  // this may go with done()
    state->done(*this);
  }

 private:
  std::string message_;
  std::string answer_;
  std::shared_ptr<StreamState> state_;
  const InferStart& start_;
  bool done_ = false;  // of the state, under its mutex
};

bool StreamCall::wanted() const {
  return state_->wanted();
}

StreamCall& StreamState::add(std::shared_ptr<StreamState> self, std::string message,
                             const InferStart& start) {
  const std::lock_guard lock(mutex_);
  return *calls_.emplace_back(std::make_unique<StreamCall>(std::move(self), std::move(message), start));
}

void StreamState::done(StreamCall& call) {
  std::deque<std::unique_ptr<StreamCall>> over;  // let go of without the lock
  const std::lock_guard lock(mutex_);
  call.set_done();
  while (!calls_.empty() && calls_.front()->is_done()) {
    rpc_.send(calls_.front()->answer());
    rpc_.answered();
    over.push_back(std::move(calls_.front()));
    calls_.pop_front();
  }
  finish_if_over();
}

void StreamState::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  finish_if_over();
}

void StreamState::finish_if_over() {
  if (!ended_ || finished_ || !calls_.empty()) return;
  finished_ = true;
  rpc_.finish(grpc::Code::ok, {});
}

class Stream final : public grpc::Conversation {
 public:
  Stream(grpc::Rpc& rpc, const InferStart& start)
      : rpc_(rpc), start_(start), state_(std::make_shared<StreamState>(rpc)) {}

  void hear(std::string message) override {
    StreamCall& call = state_->add(state_, std::move(message), start_);
    call.times.received = std::chrono::steady_clock::now();  // the stream may have begun long ago
    call.may_use_regions = start_.may_use_regions(rpc_);
    start_.start(call, call.message());
  }
  void half_closed() override { state_->end(); }
  void gone() override { state_->end(); }

 private:
  grpc::Rpc& rpc_;
  const InferStart& start_;
  std::shared_ptr<StreamState> state_;
};

}  // namespace

std::unique_ptr<grpc::Conversation> open_stream(grpc::Rpc& rpc, const InferStart& start) {
  return std::make_unique<Stream>(rpc, start);
}

}  // namespace oree::oip
