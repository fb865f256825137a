#include "services/broker/shell/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace oree::broker {

namespace {

constexpr size_t kRecordsAtOnce = 16;  // TLS records per turn
constexpr size_t kKeptCapacity = 16 << 10;

void erase_front(ByteBuffer& buffer, size_t count) {
  if (count < buffer.size()) {
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    return;
  }
  buffer.clear();
  if (buffer.capacity() > kKeptCapacity) buffer = {};
}

}  // namespace

Socket::~Socket() {
  ::close(fd);
}

bool Socket::shake_hands() {
  const mqtt::TlsState state = tls->handshake();
  wants_write = state == mqtt::TlsState::want_write;
  if (state == mqtt::TlsState::closed) failed = true;
  if (state != mqtt::TlsState::done) return false;
  shaking = false;
  peer.certificate_name = tls->peer_name();
  return true;
}

IoState Socket::read_wire(std::span<std::byte> scratch, size_t& count) {
  count = 0;
  if (tls) {
    const mqtt::TlsState state = tls->read(scratch, count);
    if (state == mqtt::TlsState::want_write) wants_write = true;
    return state == mqtt::TlsState::closed ? IoState::closed : IoState::fine;
  }
  const ssize_t got = ::recv(fd, scratch.data(), scratch.size(), 0);
  if (got > 0) count = static_cast<size_t>(got);
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return IoState::fine;
  return IoState::closed;
}

IoState Socket::read(ByteBuffer& to, std::span<std::byte> scratch) {
  // OpenSSL may hold more than the kernel shows, so TLS is read until it has nothing.
  for (size_t i = 0; i < (tls ? kRecordsAtOnce : 1); ++i) {
    size_t count = 0;
    const IoState state = read_wire(scratch, count);
    const ByteView got = scratch.first(count);
    if (!websocket) {
      to.insert(to.end(), got.begin(), got.end());
    } else if (!websocket->feed(got, to, wire)) {
      failed = true;
      return IoState::fine;
    }
    if (state == IoState::closed || count == 0) return state;
  }
  return IoState::fine;
}

IoState Socket::write_wire(ByteBuffer& from) {
  size_t sent = 0;
  while (sent < from.size()) {
    const ByteView left = ByteView(from).subspan(sent);
    size_t count = 0;
    bool blocked = false;
    bool closed = false;
    if (tls) {
      const mqtt::TlsState state = tls->write(left, count);
      closed = state == mqtt::TlsState::closed;
      blocked = state == mqtt::TlsState::want_write || state == mqtt::TlsState::want_read;
    } else {
      const ssize_t done = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (done > 0) count = static_cast<size_t>(done);
      blocked = done < 0 && (errno == EAGAIN || errno == EINTR);
      closed = done < 0 && !blocked;
    }
    sent += count;
    if (closed) return IoState::closed;
    if (blocked || (!tls && count < left.size())) {
      wants_write = true;
      break;
    }
  }
  erase_front(from, sent);
  return IoState::fine;
}

IoState Socket::write(ByteBuffer& output) {
  wants_write = false;
  if (!websocket) return output.empty() ? IoState::fine : write_wire(output);
  if (wire.size() < (1U << 20) && !output.empty()) {
    mqtt::WebSocketServer::wrap(output, wire);
    erase_front(output, output.size());
  }
  return write_wire(wire);
}

}  // namespace oree::broker
