// The state of one inference over HTTP and the pool it comes from. Part of infer.h.
//
// Life: borrow() → filled → Served::start() → response() on the thread that started it. finished() comes
// before that, then response() is the answer; or after, then response() is a promise and finished() answers
// through it. Back in the pool when the last byte of the answer has gone, or by drop().
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "platform/http/coding/coding.h"
#include "platform/http/message.h"
#include "services/oip/infer.h"
#include "services/oip/trace.h"
#include "services/oip/wire/call_state.h"

namespace oree::oip {

// Thread-safe. Lives as long as any state that is out.
class InferPool : public std::enable_shared_from_this<InferPool> {
 public:
  InferPool();
  ~InferPool();
  InferState& borrow();
  void give_back(std::unique_ptr<InferState> state);
  // Bodies that were inflated and are in use; false when there is no room for so many more bytes.
  bool count_inflated(uint64_t bytes);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<InferState>> idle_;
  size_t idle_bytes_ = 0;
  std::atomic<uint64_t> inflated_ = 0;
};

class InferState final : public CallState {
 public:
  http::Coding coding = http::Coding::identity;  // of the answer
  Dress dress = Dress::infer;
  Trace* trace = nullptr;  // set when ticket.id is
  TraceTicket ticket;

  // `full` beyond the limit, `busy` when too much is inflated already.
  Result<std::string_view> inflate(http::Coding from, std::string_view bytes, uint64_t limit);
  bool wanted() const override;
  void finished(Status status) override;
  http::Response response();
  void drop();  // nothing was started, or everything is over

 private:
  friend class InferPool;
  template <class T>
  struct InPlace;
  enum class Phase : uint8_t { asked, promised, answered };

  void wait(std::shared_ptr<http::LaterAnswer> later);
  void print(Status status);
  Status print_body();
  void print_fields();
  void deflate();
  http::Response answer_now();
  void reset();
  size_t kept() const;

  std::atomic<Phase> phase_ = Phase::asked;
  int status_ = 200;
  std::string fields_, inflated_, deflated_;
  std::shared_ptr<http::LaterAnswer> later_;
  std::shared_ptr<InferPool> pool_;                                  // while it is out
  alignas(std::max_align_t) std::array<std::byte, 96> keep_memory_;  // of the answer's reference count
};

}  // namespace oree::oip
