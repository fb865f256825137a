// Connections whose answer comes later: they wait without a thread.
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "platform/http/answer.h"
#include "platform/http/connection.h"

namespace oree::http {

// What will answer holds the connection weakly.
std::shared_ptr<LateAnswer> Connection::make_later() {
  auto deliver = [weak = weak_from_this(), &io = engine_.io](Response later) {
    asio::post(io, [weak, later = std::move(later)]() mutable {
      if (const auto connection = weak.lock()) connection->answer_parked(std::move(later));
    });
  };
  auto later = std::make_shared<LateAnswer>(std::move(deliver));
  later_ = later;
  return later;
}

// On a worker. Posted before the handler hears of it, so that the I/O thread parks first and delivers then.
void Connection::park(std::shared_ptr<Connection> self, Response response) {
  const auto later = make_later();
  Log& log = engine_.log;
  asio::post(engine_.io, [self = std::move(self)] { self->wait_parked(); });
  hand_over(response.on_later, later, log);
}

void Connection::start_parking(const Response& response) {
  const auto later = make_later();
  wait_parked();
  hand_over(response.on_later, later, engine_.log);
}

void Connection::wait_parked() {
  if (engine_.stopping) return close();
  enter(Phase::parked);
  watch_parked();
}

void Connection::watch_parked() {
  if (std::exchange(watching_, true)) return;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const BoostError& error) {
    self->watching_ = false;
    if (!error) self->on_parked_readable();
  });
}

// A client that has gone, or one that sends its next request ahead: that waits in the socket. Or neither:
// news of bytes that have been read already, when they came in several pieces.
void Connection::on_parked_readable() {
  if (phase_ != Phase::parked || !socket_.is_open()) return;
  char next;
  const ssize_t count = ::recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) return;
  const bool nothing = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return nothing ? watch_parked() : close();
}

void Connection::answer_parked(Response response) {
  if (phase_ != Phase::parked || !socket_.is_open()) return;
  unpark();
  response.on_stream = nullptr;
  response.on_later = nullptr;
  if (respond(std::move(response), !exchange_->reader.keep_alive())) advance();
}

void Connection::unpark() {
  if (const auto later = later_.lock()) later->close();
  later_.reset();
}

}  // namespace oree::http
