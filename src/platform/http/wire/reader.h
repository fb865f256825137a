// HTTP/1.1 messages out of a byte stream, without I/O (RFC 9112): bytes go in, a message or a refusal comes
// out. Boost.Beast's parser does the syntax and stays behind this header. One message at a time; not
// thread-safe.
//
//   size_t used = reader.feed(bytes);   // keep bytes[used..] and offer them again with more behind them
//   if (reader.state() == ReadState::done) { … reader.request() …; reader.reset(); }
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/http/message.h"

namespace oree::http {

struct ReadLimits {
  uint64_t max_header_bytes = 16 << 10;
  uint64_t max_body_bytes = 64 << 20;
  bool body_is_taken =
      false;  // of a response, between two feeds: the limit is for what lies there, not for all of it
};

enum class ReadState {
  head,     // not all of the head is here
  body,     // not all of the body is here
  done,     // the message is complete; feed() takes nothing more before reset()
  refused,  // see refusal(); the stream cannot be read on
};

struct Refusal {
  int status = 400;
  std::string what;
};

class RequestReader {
 public:
  explicit RequestReader(const ReadLimits& limits);
  ~RequestReader();

  size_t feed(std::string_view bytes);
  ReadState state() const;
  // Something of this request has come already.
  bool started() const;

  // A long body of known length can be received where it will stay: write into `body_room` (empty when that
  // is not possible), then say how much came.
  std::span<char> body_room();
  void body_arrived(size_t count);

  // Once the head is complete:
  bool keep_alive() const;
  bool is_http_1_0() const;
  bool expects_continue() const;  // the client waits for "100 Continue" before it sends the body

  Request& request();
  const Refusal& refusal() const;
  void refuse(int status, std::string what);
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The client's side. Interim answers (1xx) are read over.
class ResponseReader {
 public:
  // `head_only`: the answer to HEAD, whose Content-Length announces nothing.
  ResponseReader(const ReadLimits& limits, bool head_only);
  ~ResponseReader();

  size_t feed(std::string_view bytes);
  void feed_end();  // the peer closed: ends a body without length, else refuses
  ReadState state() const;
  bool keep_alive() const;
  Response& response();
  const Refusal& refusal() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::http
