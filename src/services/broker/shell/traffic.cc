// The loop's dealings with single connections.
#include <sys/epoll.h>
#include <sys/socket.h>

#include "services/broker/shell/loop.h"

namespace oree::broker {
namespace {

constexpr int kAcceptAtOnce = 64;
constexpr uint32_t kMaxWebSocketFrame = 16 << 20;

constexpr size_t kPartialPardoned = 64 << 10;

}  // namespace

void Loop::accept_all(Listener& listener) {
  for (int i = 0; i < kAcceptAtOnce; ++i) {
    Peer peer;
    const int fd = accept_one(listener, peer);
    if (fd < 0) return;
    add(fd, std::move(peer), listener);
  }
}

void Loop::add(int fd, Peer peer, const Listener& listener) {
  auto made = std::make_unique<Socket>(fd, std::move(peer));
  if (sockets_.size() >= size_t{limits_.max_connections} + 64) return;  // refusing politely costs memory, too
  Socket& socket = *made;
  socket.key = ++serial_;
  socket.since = clock_.mono();
  if (listener.transport == Transport::websocket) {
    socket.websocket =
        std::make_unique<mqtt::WebSocketServer>(std::min(limits_.max_packet + 16, kMaxWebSocketFrame));
  }
  if (listener.tls) {
    socket.tls = std::make_unique<mqtt::TlsSession>(listener.tls, fd);
    socket.tls->act_as_server();
    socket.shaking = true;
  }
  sockets_.emplace(socket.key, std::move(made));
  epoll_event event{};
  event.events = socket.events = EPOLLIN;
  event.data.u64 = socket.key;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  if (!socket.shaking) open(socket);
}

void Loop::open(Socket& socket) {
  socket.id = engine_->opened(socket.peer, now());
  by_connection_[socket.id] = &socket;
}

Socket* Loop::socket_of(ConnectionId id) {
  const auto found = by_connection_.find(id);
  return found == by_connection_.end() ? nullptr : found->second;
}

void Loop::read_from(Socket& socket) {
  if (!socket.lingering && !socket.failed && !engine_->wants_input(socket.id)) return watch(socket);
  input_.clear();
  const IoState state = socket.read(input_, scratch_);
  if (socket.lingering || socket.failed) {
    if (state == IoState::closed) return close(socket);
    if (socket.failed) fail_socket(socket);
    return;
  }
  if (!input_.empty()) {
    if (socket.partial.empty()) {
      feed(socket, input_);
    } else {
      partial_bytes_ -= socket.partial.size();
      ByteBuffer whole = std::move(socket.partial);
      socket.partial = {};
      whole.insert(whole.end(), input_.begin(), input_.end());
      const MonoTime since = socket.since;
      feed(socket, whole);
      if (socket.partial.size() >= whole.size()) socket.since = since;  // nothing was finished
    }
  }
  if (input_.capacity() > (size_t{1} << 20)) input_ = {};
  if (state == IoState::closed) return close(socket);
  if (socket.failed) return fail_socket(socket);
  if (socket.websocket && !socket.wire.empty()) flush(socket);
  watch(socket);
}

// What the engine does not take now is kept for later.
void Loop::feed(Socket& socket, ByteView bytes) {
  if (bytes.empty()) return;
  const size_t used = engine_->received(socket.id, bytes, now());
  if (used >= bytes.size()) return;
  const ByteView left = bytes.subspan(used);
  socket.partial.assign(left.begin(), left.end());
  socket.since = clock_.mono();
  partial_bytes_ += left.size();
  if (partial_bytes_ > limits_.max_partial && left.size() > kPartialPardoned) {
    log_.warning("mqtt: unfinished packets take too much memory; " + socket.peer.address + " is closed");
    socket.failed = true;
  }
}

void Loop::fail_socket(Socket& socket) {
  if (socket.id != 0) {
    engine_->closed(socket.id, now());
    by_connection_.erase(socket.id);
    socket.id = 0;
  }
  ByteBuffer none;
  socket.write(none);
  linger(socket);
}

void Loop::flush_touched() {
  for (auto ids = engine_->take_touched(); !ids.empty(); ids = engine_->take_touched()) {
    for (const ConnectionId id : ids) {
      if (Socket* socket = socket_of(id)) {
        flush(*socket);
      } else if (engine_->is_over(id)) {
        engine_->forget(id);
      }
    }
    resume();
  }
}

void Loop::flush(Socket& socket) {
  if (socket.id == 0) return;
  ByteBuffer& output = engine_->output(socket.id);
  const bool had_output = socket.has_output(output);
  if (had_output && socket.write(output) == IoState::closed) return close(socket);
  if (had_output) engine_->drained(socket.id, now());
  if (engine_->is_over(socket.id) && !socket.has_output(output)) {
    engine_->forget(socket.id);
    by_connection_.erase(socket.id);
    socket.id = 0;
    return linger(socket);
  }
  watch(socket);
}

// Closing at once would make the kernel drop what was just sent if the peer is still sending.
void Loop::linger(Socket& socket) {
  if (socket.websocket && socket.websocket->is_open() && !socket.failed) {
    mqtt::WebSocketServer::wrap_close(1000, socket.wire);
    ByteBuffer none;
    socket.write(none);
  }
  if (socket.tls) socket.tls->say_goodbye();
  ::shutdown(socket.fd, SHUT_WR);
  socket.lingering = true;
  socket.since = clock_.mono();
  partial_bytes_ -= socket.partial.size();
  socket.partial = {};
  watch(socket);
}

void Loop::watch(Socket& socket) {
  uint32_t wanted = 0;
  const bool reads = socket.shaking || socket.lingering || engine_->wants_input(socket.id);
  if (reads) wanted |= EPOLLIN;
  if (socket.wants_write && !socket.lingering) wanted |= EPOLLOUT;
  if (wanted == socket.events) return;
  socket.events = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = socket.key;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket.fd, &event);
}

void Loop::close(Socket& socket) {
  if (socket.id != 0) {
    by_connection_.erase(socket.id);
    engine_->closed(socket.id, now());
  }
  partial_bytes_ -= socket.partial.size();
  sockets_.erase(socket.key);
}

}  // namespace oree::broker
