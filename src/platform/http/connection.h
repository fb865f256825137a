// One client's TCP connection: reads requests one after the other, has them answered, writes the answers in
// the same order. Lives as long as an operation or a job of it is under way. Runs on the I/O thread; while a
// worker answers (Phase::busy) that worker alone touches the exchange and the socket.
#pragma once

#include <memory>
#include <string>

#include "platform/http/engine.h"
#include "platform/http/tls/secure_socket.h"
#include "platform/http/wire/frame_queue.h"
#include "platform/http/wire/late_answer.h"

namespace oree::http {

class Connection final : public std::enable_shared_from_this<Connection>, public Deadline {
 public:
  // With `tls` the client is spoken to over TLS; null: in the open.
  Connection(Engine& engine, Socket socket, std::string peer, std::shared_ptr<const TlsContext> tls);
  ~Connection();

  void start();
  // Its deadline has passed.
  void overdue();
  // Closes at once, or after the answer that is under way unless `now`.
  void stop(bool now);

 private:
  void enter(Phase phase);
  void close();

  void wait_cold();
  void cool();
  void rest();
  void receive();
  void wait_warm(std::span<char> room);
  void receive_secure(std::span<char> room, bool into_body);
  void on_received(const BoostError& error, size_t count, bool into_body);
  bool make_room();
  void count_body();
  void advance();
  bool shaking_hands() const;
  void tell_to_continue();
  void refuse(int status, std::string_view what);

  bool dispatch();
  bool dispatch_to_worker();
  void run_on_worker(std::shared_ptr<Connection> self);
  bool respond(Response response, bool close);
  void print(Response response, bool close);
  Sent send();
  void wait_writable();
  void on_writable();
  bool settle(Sent sent);
  void linger();
  void read_over();

  std::shared_ptr<FrameQueue> make_stream(Response& response);
  bool respond_with_stream(Response response);
  void start_stream();
  void pump(std::string_view heartbeat);
  void heartbeat();
  void close_stream();

  void park(std::shared_ptr<Connection> self, Response response);
  void start_parking(const Response& response);
  void wait_parked();
  void watch_parked();
  std::shared_ptr<LateAnswer> make_later();
  void on_parked_readable();
  void answer_parked(Response response);
  void unpark();

  Engine& engine_;
  Socket socket_;
  std::string peer_;
  std::unique_ptr<SecureSocket> secure_;
  std::unique_ptr<Exchange> exchange_;
  std::shared_ptr<FrameQueue> stream_;
  std::weak_ptr<LateAnswer> later_;
  size_t counted_body_ = 0;  // its part of Engine::body_bytes
  Phase phase_ = Phase::cold;
  bool reading_ = false;      // a read is under way
  bool cooling_ = false;      // it is being cancelled to give the buffer back
  bool watching_ = false;     // a wait for the parked client's leaving is under way
  uint8_t silent_beats_ = 0;  // heartbeats that found the frames before still unsent
};

}  // namespace oree::http
