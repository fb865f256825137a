#include "platform/http/connection.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/http/answer.h"

namespace oree::http {
namespace {

// So many connections may keep their buffer between two requests: a busy client saves two system calls a
// request, ten thousand quiet ones save 16 kB each.
constexpr size_t kMaxWarm = 64;
constexpr uint8_t kMaxSilentBeats = 4;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace

Connection::Connection(Engine& engine, Socket socket, std::string peer, std::shared_ptr<const TlsContext> tls)
    : engine_(engine), socket_(std::move(socket)), peer_(std::move(peer)) {
  if (tls) secure_ = std::make_unique<SecureSocket>(std::move(tls), socket_.native_handle());
  ++engine_.connections;
}

Connection::~Connection() {
  close();
  --engine_.connections;
}

void Connection::start() {
  enter(Phase::cold);
  wait_cold();
}

void Connection::enter(Phase phase) {
  if (phase_ == Phase::warm) --engine_.warm;
  if (phase == Phase::warm) ++engine_.warm;
  phase_ = phase;
  engine_.queue(phase).enter(*this, std::chrono::steady_clock::now());
}

// What is under way ends with an error and lets go of the last references.
void Connection::close() {
  if (!socket_.is_open()) return;
  if (phase_ == Phase::warm) --engine_.warm;
  phase_ = Phase::lingering;
  leave();
  close_stream();
  if (const auto later = later_.lock()) later->keep(std::move(exchange_));
  unpark();
  if (secure_) secure_->say_goodbye();
  BoostError ignored;
  socket_.close(ignored);
  engine_.give_back(std::move(exchange_));
  count_body();
}

void Connection::overdue() {
  switch (phase_) {
    case Phase::warm:
      return cool();
    case Phase::head:
      return refuse(408, "the request's header took too long");
    case Phase::body:
      return refuse(408, "the request's body stopped coming");
    case Phase::streaming:
      return heartbeat();
    default:
      return close();
  }
}

void Connection::stop(bool now) {
  if (now || (phase_ != Phase::busy && phase_ != Phase::writing)) close();
}

// ---- reading

void Connection::wait_cold() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const BoostError& error) {
    if (error || !self->socket_.is_open()) return self->close();
    self->exchange_ = self->engine_.borrow_exchange();
    if (self->shaking_hands()) self->enter(Phase::head);
    self->receive();
  });
}

// Cancels the read that a warm connection waits in; on_received() goes on from there.
void Connection::cool() {
  cooling_ = true;
  enter(Phase::cold);
  socket_.cancel();
}

// Between two requests.
void Connection::rest() {
  if (engine_.stopping) return close();
  const bool more_is_here = secure_ && secure_->holds_bytes();
  if (engine_.warm < kMaxWarm || more_is_here) {
    enter(Phase::warm);
    return receive();
  }
  enter(Phase::cold);
  engine_.give_back(std::move(exchange_));
  wait_cold();
}

// Makes the buffer's free part usable. False when one head (or chunk header) fills all of it.
bool Connection::make_room() {
  Exchange& x = *exchange_;
  if (x.end < x.capacity) return true;
  if (x.begin == 0) return false;
  std::memmove(x.buffer.get(), x.buffer.get() + x.begin, x.end - x.begin);
  x.end -= x.begin;
  x.begin = 0;
  return true;
}

void Connection::count_body() {
  const size_t now = exchange_ ? exchange_->reader.request().body.size() : 0;
  engine_.body_bytes += now - counted_body_;
  counted_body_ = now;
}

void Connection::receive() {
  Exchange& x = *exchange_;
  const auto body_room = x.reader.body_room();
  const bool into_body = !body_room.empty();
  count_body();
  if (counted_body_ > 0 && engine_.body_bytes > engine_.options.max_body_memory) {
    return refuse(503, "busy: too many long bodies at once");
  }
  if (!into_body && !make_room()) {
    return x.reader.state() == ReadState::head ? refuse(431, "the request's header is too long")
                                               : refuse(400, "malformed HTTP: a chunk's header is too long");
  }
  const std::span<char> room = into_body ? std::span(body_room.data(), body_room.size())
                                         : std::span(x.buffer.get() + x.end, x.capacity - x.end);
  if (secure_) return receive_secure(room, into_body);
  reading_ = true;
  if (phase_ == Phase::warm) return wait_warm(room);
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this(), into_body](const BoostError& error, size_t count) {
                            self->on_received(error, count, into_body);
                          });
}

// Between two requests nothing is there yet, as a rule: asking first would cost a system call a request.
void Connection::wait_warm(std::span<char> room) {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this(), room](BoostError error) {
    size_t count = 0;
    if (!error && self->socket_.is_open()) {
      const ssize_t received = ::recv(self->socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
      if (received < 0 && (errno == EAGAIN || errno == EINTR)) return self->wait_warm(room);
      if (received <= 0) error = asio::error::eof;
      count = static_cast<size_t>(std::max<ssize_t>(received, 0));
    }
    self->on_received(error, count, false);
  });
}

// Bytes that TLS already holds make no socket readable, so it is asked before anybody waits.
void Connection::receive_secure(std::span<char> room, bool into_body) {
  size_t count = 0;
  const Heard heard = secure_->receive(room, count);
  if (!secure_->trouble().empty()) engine_.log.debug(cat(peer_, ": ", secure_->trouble()));
  if (heard == Heard::plain) {
    secure_.reset();
    return refuse(400, "this address speaks https");
  }
  reading_ = true;
  auto go_on = [self = shared_from_this(), into_body, count](const BoostError& error) {
    self->on_received(error, count, into_body);
  };
  if (heard == Heard::nothing) return socket_.async_wait(Socket::wait_read, std::move(go_on));
  const BoostError error = heard == Heard::end ? asio::error::eof : BoostError{};
  asio::post(engine_.io, [go_on = std::move(go_on), error] { go_on(error); });
}

void Connection::on_received(const BoostError& error, size_t count, bool into_body) {
  reading_ = false;
  const bool cooled = std::exchange(cooling_, false);
  if (!socket_.is_open()) return;
  if (error == asio::error::operation_aborted && cooled) {
    engine_.give_back(std::move(exchange_));
    return wait_cold();
  }
  if (error) return close();
  if (phase_ == Phase::lingering || phase_ == Phase::streaming) return read_over();
  if (phase_ == Phase::writing) return;  // a refusal is on its way out
  if (into_body) {
    exchange_->reader.body_arrived(count);
  } else {
    exchange_->end += count;
  }
  advance();
}

// Goes as far as the bytes at hand reach, request after request.
void Connection::advance() {
  for (;;) {
    Exchange& x = *exchange_;
    x.begin += x.reader.feed(x.unread());
    if (x.begin == x.end) x.begin = x.end = 0;
    switch (x.reader.state()) {
      case ReadState::refused: {
        const Refusal refusal = x.reader.refusal();
        return refuse(refusal.status, refusal.what);
      }
      case ReadState::done:
        if (!dispatch()) return;
        continue;
      case ReadState::head:
        if (!x.reader.started() && x.unread().empty() && !shaking_hands()) return rest();
        if (phase_ != Phase::head) enter(Phase::head);
        return receive();
      case ReadState::body:
        if (x.reader.expects_continue() && !std::exchange(x.told_to_continue, true)) {
          tell_to_continue();
        }
        enter(Phase::body);
        return receive();
    }
  }
}

bool Connection::shaking_hands() const {
  return secure_ && !secure_->agreed();
}

void Connection::tell_to_continue() {
  if (secure_) return secure_->say(kContinue);
  ::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// ---- answering

// Answers and ends the connection: the stream of requests cannot be read on.
void Connection::refuse(int status, std::string_view what) {
  Exchange& x = *exchange_;
  x.reader.refuse(status, std::string(what));
  x.reader.request().peer = peer_;
  respond(error_page(engine_.options, status, what, x.reader.request(), engine_.log), true);
}

// True when the answer is out and the next request may be read.
bool Connection::dispatch() {
  Exchange& x = *exchange_;
  Request& request = x.reader.request();
  request.peer = peer_;
  request.socket = socket_.native_handle();
  if (secure_) request.certificate = secure_->peer();
  engine_.requests.fetch_add(1, std::memory_order_relaxed);
  enter(Phase::busy);
  auto match = find_route(engine_.router, request, std::exchange(request.captures, {}));
  if (!match.route) {
    return respond(no_route_page(engine_.options, std::move(match), request, engine_.log),
                   !x.reader.keep_alive());
  }
  request.captures = std::move(match.captures);
  x.route = match.route;
  const bool here =
      match.route->inline_handler || (match.route->inline_when && match.route->inline_when(request));
  if (!here) return dispatch_to_worker();
  Response response = answer(*match.route, request, engine_.log);
  if (response.on_later) {
    start_parking(response);
    return false;
  }
  if (response.on_stream && request.method != "HEAD") return respond_with_stream(std::move(response));
  return respond(std::move(response), !x.reader.keep_alive());
}

bool Connection::dispatch_to_worker() {
  WorkQueue::Job job = [self = shared_from_this()]() mutable {
    Connection& connection = *self;
    connection.run_on_worker(std::move(self));
  };
  if (engine_.work.push(job)) return false;
  engine_.rejected.fetch_add(1, std::memory_order_relaxed);
  const Exchange& x = *exchange_;
  return respond(busy_page(engine_.options, engine_.work.depth(), exchange_->reader.request(), engine_.log),
                 !x.reader.keep_alive());
}

// On a worker. Once it has posted, the connection is the I/O thread's again; `self` goes along so that the
// socket never dies here.
void Connection::run_on_worker(std::shared_ptr<Connection> self) {
  const Request& request = exchange_->reader.request();
  const bool close = !exchange_->reader.keep_alive() || engine_.stopping;
  Response response = engine_.stopping
                          ? error_page(engine_.options, 503, "the server is stopping", request, engine_.log)
                          : answer(*exchange_->route, request, engine_.log);
  if (response.on_stream && request.method != "HEAD") {
    Log& log = engine_.log;
    const auto on_stream = std::move(response.on_stream);
    const auto stream = make_stream(response);
    asio::post(engine_.io, [self = std::move(self)] { self->start_stream(); });
    return hand_over(on_stream, stream, log);
  }
  if (response.on_later) return park(std::move(self), std::move(response));
  print(std::move(response), close);
  // The client has its answer before the I/O thread even wakes.
  const Sent sent = send();
  asio::post(engine_.io, [self = std::move(self), sent] {
    if (self->settle(sent)) self->advance();
  });
}

bool Connection::respond(Response response, bool close) {
  print(std::move(response), close);
  return settle(send());
}

void Connection::print(Response response, bool close) {
  Exchange& x = *exchange_;
  x.out = print_response(std::move(response),
                         {.head_only = x.reader.request().method == "HEAD",
                          .close = close,
                          .old_version = x.reader.is_http_1_0(),
                          .stream = false,
                          .now = std::time(nullptr)},
                         std::move(x.out.head));
}

Sent Connection::send() {
  return secure_ ? secure_->send(exchange_->out) : send_some(socket_.native_handle(), exchange_->out);
}

void Connection::wait_writable() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const BoostError& error) {
    if (!self->socket_.is_open()) return;
    if (error) return self->close();
    self->on_writable();
  });
}

void Connection::on_writable() {
  const Sent sent = send();
  if (phase_ != Phase::streaming) {
    if (settle(sent)) advance();
  } else if (sent == Sent::failed) {
    close();
  } else if (sent == Sent::some) {
    wait_writable();
  } else {
    pump({});
  }
}

// After a write. True when the answer is out and the next request may be read.
bool Connection::settle(Sent sent) {
  if (sent == Sent::failed) {
    close();
    return false;
  }
  if (sent == Sent::some) {
    enter(Phase::writing);
    wait_writable();
    return false;
  }
  Exchange& x = *exchange_;
  if (!x.out.close && !engine_.stopping) {
    x.reset();
    count_body();
    return true;
  }
  // Closing a socket with unread bytes resets it, and the client may lose the answer.
  const bool all_read = x.reader.state() == ReadState::done && x.unread().empty();
  all_read || engine_.stopping ? close() : linger();
  return false;
}

void Connection::linger() {
  if (secure_) secure_->say_goodbye();
  BoostError ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  enter(Phase::lingering);
  if (!reading_) read_over();
}

void Connection::read_over() {
  Exchange& x = *exchange_;
  reading_ = true;
  socket_.async_read_some(asio::buffer(x.buffer.get(), x.capacity),
                          [self = shared_from_this()](const BoostError& error, size_t count) {
                            self->on_received(error, count, false);
                          });
}

// ---- server-sent events

// Prints the head and makes the queue that the handler will hold.
std::shared_ptr<FrameQueue> Connection::make_stream(Response& response) {
  Exchange& x = *exchange_;
  response.with("Content-Type", "text/event-stream").with("Cache-Control", "no-store");
  x.out = print_response(std::move(response), {.close = true, .stream = true, .now = std::time(nullptr)});
  x.out.body.clear();
  auto wake = [weak = weak_from_this(), &io = engine_.io] {
    asio::post(io, [weak] {
      if (const auto self = weak.lock()) self->pump({});
    });
  };
  stream_ = std::make_shared<FrameQueue>(engine_.options.event_queue, std::move(wake));
  engine_.event_streams.fetch_add(1, std::memory_order_relaxed);
  return stream_;
}

bool Connection::respond_with_stream(Response response) {
  const auto on_stream = std::move(response.on_stream);
  const auto stream = make_stream(response);
  WorkQueue::Job job = [on_stream, stream, &log = engine_.log] { hand_over(on_stream, stream, log); };
  if (engine_.work.push(job)) {
    start_stream();
    return false;
  }
  close_stream();
  engine_.rejected.fetch_add(1, std::memory_order_relaxed);
  return respond(busy_page(engine_.options, engine_.work.depth(), exchange_->reader.request(), engine_.log),
                 !exchange_->reader.keep_alive());
}

void Connection::start_stream() {
  if (engine_.stopping) return close();
  enter(Phase::streaming);
  read_over();  // notices when the client goes; what it says does not matter
  on_writable();
}

void Connection::pump(std::string_view heartbeat) {
  if (phase_ != Phase::streaming || !exchange_->out.complete()) return;
  Outgoing next;
  next.head = stream_->take();
  next.head += heartbeat;
  if (next.head.empty()) return;
  exchange_->out = std::move(next);
  silent_beats_ = 0;
  enter(Phase::streaming);
  const Sent sent = send();
  if (sent == Sent::failed) return close();
  if (sent == Sent::some) wait_writable();
}

void Connection::heartbeat() {
  if (exchange_->out.complete()) return pump(kHeartbeat);
  if (++silent_beats_ == kMaxSilentBeats) return close();
  enter(Phase::streaming);
}

void Connection::close_stream() {
  if (!stream_) return;
  stream_->close();
  stream_.reset();
  engine_.event_streams.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace oree::http
