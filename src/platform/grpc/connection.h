// One client: its socket, its HTTP/2 session and the calls that are open on it. Lives on its loop's thread.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <optional>
#include <string>

#include "platform/grpc/engine.h"
#include "platform/grpc/rpc.h"
#include "platform/grpc/transport/handle.h"
#include "platform/grpc/transport/tls.h"

namespace oree::grpc {

class Connection {
 public:
  Connection(Loop& loop, Handle socket, std::unique_ptr<TlsSocket> tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Each says whether the connection goes on.
  bool receive();                 // the socket is readable
  bool flush();                   // sends what there is to send
  bool writable();                // the socket takes bytes again
  bool look_after(MonoTime now);  // now and then: stalled, silent, gone?

  void advance(Rpc& rpc);  // it has output, a status, or takes messages again
  void go_away();          // no new calls
  void end();              // its calls have nobody to answer any more
  void time_is_over(Rpc& rpc);

  int socket() const { return socket_.get(); }

  // Kept by the loop.
  size_t place = 0;
  bool dirty = false;
  bool closed = false;
  bool watched_for_writing = false;

  static void set_callbacks(nghttp2_session_callbacks* callbacks);

 private:
  // connection_calls.cc: a call's way from its header fields to its method.
  void begin_call(int32_t stream);
  void header(Rpc& rpc, std::string_view name, std::string_view value);
  void headers_complete(Rpc& rpc);
  void open(Rpc& rpc);
  void data(Rpc& rpc, std::string_view bytes);
  void feed_unary(Rpc& rpc, std::string_view bytes);
  void feed_conversation(Rpc& rpc, std::string_view bytes);
  bool charge(Rpc& rpc);
  bool paused(Rpc& rpc);
  void resume(Rpc& rpc);
  void client_done(Rpc& rpc);
  void say_half_closed(Rpc& rpc);
  void refuse(Rpc& rpc, Code code, std::string_view what);
  void stream_closed(Rpc& rpc);

  // connection.cc
  bool make_session();
  void frame_heard(const nghttp2_frame& frame);
  void frame_sent(const nghttp2_frame& frame);
  void ping_heard();
  void submit_headers(Rpc& rpc);
  void submit_refusal(Rpc& rpc);
  void submit_plain(Rpc& rpc, std::string_view http_status);
  void submit_trailers(Rpc& rpc);
  ssize_t read_output(Rpc& rpc, size_t length, uint32_t* flags);
  void write_output(Rpc& rpc, const uint8_t* head, size_t length);
  bool send_out();
  bool in_the_middle() const;
  Rpc* rpc_of(int32_t stream);

  Loop& loop_;
  Handle socket_;
  std::unique_ptr<TlsSocket> tls_;
  nghttp2_session* session_ = nullptr;
  Rpc* newest_ = nullptr;
  std::string unsent_;
  size_t unsent_at_ = 0;
  bool ending_ = false;   // closes once everything is sent
  bool greeted_ = false;  // the client's SETTINGS have come
  MonoTime opened_, heard_, sent_;
  std::optional<MonoTime> pinged_;  // and no answer yet
  MonoTime last_ping_{};
  unsigned strikes_ = 0;
};

}  // namespace oree::grpc
