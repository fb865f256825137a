// One call, as the method that answers it sees it: what was asked, and the ways to answer.
//
// A unary method gets it when the whole request is there, on the I/O thread, and answers at once or later
// from any thread; either way by exactly one finish(). Until then everything the Rpc lends (message,
// metadata) stays, even when the client has long gone; after finish() the Rpc may not be touched.
//
//   void add(Rpc& rpc) {
//     rpc.reply() += sum_of(rpc.message());
//     rpc.finish();
//   }
//
// A streaming method makes a Conversation for each call, which hears messages one by one and send()s any
// number of its own before finish().
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "platform/grpc/code.h"
#include "platform/grpc/wire/message_reader.h"

namespace oree::grpc {

class Loop;
class Connection;
struct Method;

// Called on the I/O thread of its connection, never twice at a time; must not block. Lives until finish() was
// called and the call is over.
class Conversation {
 public:
  virtual ~Conversation() = default;
  // While more than `ServerOptions::max_unanswered` of them are not answered(), no further one comes, and at
  // length the client cannot send any: HTTP/2's flow control.
  virtual void hear(std::string message) = 0;
  virtual void half_closed() = 0;  // the client says no more; a good moment to finish()
  virtual void gone() = 0;         // nobody listens any more; finish() is still due
  virtual void now_and_then() {}   // about once a second
  virtual void stopping() {}       // the server would like this conversation to end
};

class Rpc {
 public:
  // ---- asked
  ByteView message() const { return as_bytes(request_.message()); }  // unary only
  std::string_view metadata(std::string_view name) const;            // the client's own; "" when absent
  std::string peer() const;  // the client's address, on the I/O thread only; "" when it is gone
  MonoTime received() const { return received_; }  // when its first bytes were read
  std::optional<MonoTime> deadline() const { return deadline_; }
  // Cancelled, past its deadline or disconnected: what is sent from now on reaches nobody. Any thread.
  bool gone() const { return gone_.load(std::memory_order_relaxed); }

  // ---- answered, from any thread
  // The unary answer: append to it. One thread at a time.
  std::string& reply();
  void forget_reply() { draft_.clear(); }
  void send(std::string_view message);  // streaming; copies
  void answered();                      // streaming: one message heard is dealt with
  size_t unsent() const;                // streaming: bytes that the client has not taken yet
  void finish();                        // OK
  void finish(Code code, std::string_view what);
  void finish(const Error& error) { finish(code_of(error.kind), error.what); }

  Rpc(const Rpc&) = delete;
  Rpc& operator=(const Rpc&) = delete;

 private:
  friend class Loop;
  friend class Connection;
  friend class DeadlineHeap;
  explicit Rpc(Loop& loop);
  void set_status(Code code, std::string_view what);  // mutex_ held
  void signal();                                      // mutex_ held
  void refuse(Code code, std::string_view what);      // on the I/O thread: the server's own word
  void clear();
  size_t kept_bytes() const;
  void give_memory_back();
  bool has_output() const { return sent_ < out_.size(); }  // mutex_ held

  // Of the I/O thread, unless the call is over.
  Loop& loop_;
  Connection* connection_ = nullptr;  // null when the stream is closed
  int32_t stream_ = 0;
  const Method* method_ = nullptr;
  MessageReader request_;
  std::unique_ptr<Conversation> conversation_;
  std::string metadata_;  // "name\0value\0…"
  MonoTime received_{};
  std::optional<MonoTime> deadline_;
  size_t deadline_place_ = kNoPlace;
  size_t charged_ = 0;  // to the server's message memory
  std::string stash_;   // heard while the conversation could not take more
  uint32_t seen_ = 0;   // header fields, see Connection
  Encoding request_encoding_ = Encoding::identity;
  Encoding reply_encoding_ = Encoding::identity;
  bool started_ = false;  // the method has it
  bool client_done_ = false, half_closed_said_ = false;
  bool headers_out_ = false, trailers_out_ = false;
  Rpc *newer_ = nullptr, *older_ = nullptr;  // of the same connection
  static constexpr size_t kNoPlace = ~size_t{0};

  std::atomic<bool> gone_ = false;
  std::atomic<size_t> unanswered_ = 0;
  std::string draft_;  // the unary answer, with room for its prefix

  mutable std::mutex mutex_;  // for what follows
  std::string out_;           // framed messages
  size_t sent_ = 0;           // of them
  bool queued_ = false;       // in the loop's list of those to look at
  bool has_status_ = false;
  bool done_ = false;  // the method will not touch it again
  Code code_ = Code::ok;
  std::string what_;
};

}  // namespace oree::grpc
