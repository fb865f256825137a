#include "platform/http/tls/secure_socket.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace oree::http {
namespace {

constexpr size_t kWire = 16 << 10;
constexpr size_t kPiece = 64 << 10;  // encrypted at a time
constexpr char kHandshakeRecord = 0x16;

}  // namespace

Heard SecureSocket::give_up(const Error& error) {
  if (!agreed_) trouble_ = error.what;
  flush();  // the alert that says why
  return Heard::end;
}

// What the socket holds now goes into the layer.
Heard SecureSocket::fetch() {
  std::array<char, kWire> wire;
  ssize_t count = 0;
  do {
    count = ::recv(socket_, wire.data(), wire.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return Heard::end;
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Heard::nothing : Heard::end;
  if (!std::exchange(heard_, true) && wire[0] != kHandshakeRecord) return Heard::plain;
  layer_.feed({wire.data(), static_cast<size_t>(count)});
  return Heard::bytes;
}

Heard SecureSocket::shake_hands() {
  for (;;) {
    const auto done = layer_.shake_hands();
    if (!done) return give_up(done.error());
    if (flush() == Sent::failed) return Heard::end;
    if (*done) break;
    if (const Heard heard = fetch(); heard != Heard::bytes) return heard;
  }
  agreed_ = true;
  peer_ = layer_.peer();
  return Heard::bytes;
}

Heard SecureSocket::receive(std::span<char> room, size_t& count) {
  count = 0;
  if (!agreed_) {
    if (const Heard heard = shake_hands(); heard != Heard::bytes) return heard;
  }
  while (count < room.size()) {
    const auto read = layer_.read(room.subspan(count));
    if (!read) return count > 0 ? Heard::bytes : give_up(read.error());
    if (*read && **read == 0) return count > 0 ? Heard::bytes : Heard::end;
    if (*read) {
      count += **read;
      continue;
    }
    if (flush() == Sent::failed) return Heard::end;  // TLS's own answers
    const Heard heard = fetch();
    if (heard != Heard::bytes) return count > 0 ? Heard::bytes : heard;
  }
  return Heard::bytes;
}

// What waits and what the layer has to say.
Sent SecureSocket::flush() {
  for (;;) {
    if (flushed_ == wire_.size()) {
      wire_ = layer_.take_wire();
      flushed_ = 0;
      if (wire_.empty()) return Sent::all;
    }
    const ssize_t sent =
        ::send(socket_, wire_.data() + flushed_, wire_.size() - flushed_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      flushed_ += static_cast<size_t>(sent);
    } else if (errno != EINTR) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::some : Sent::failed;
    }
  }
}

Sent SecureSocket::send(Outgoing& out) {
  if (!agreed_) return Sent::failed;
  for (;;) {
    if (const Sent flushed = flush(); flushed != Sent::all) return flushed;
    out.sent += std::exchange(piece_, 0);
    if (out.complete()) return Sent::all;
    const bool in_head = out.sent < out.head.size();
    const std::string_view from = in_head ? std::string_view(out.head) : out.payload();
    const std::string_view piece = from.substr(in_head ? out.sent : out.sent - out.head.size(), kPiece);
    if (!layer_.write(piece)) return Sent::failed;
    piece_ = piece.size();
  }
}

void SecureSocket::say(std::string_view plain) {
  if (agreed_ && layer_.write(plain)) flush();
}

void SecureSocket::say_goodbye() {
  if (!agreed_) return;
  layer_.say_goodbye();
  flush();
}

}  // namespace oree::http
