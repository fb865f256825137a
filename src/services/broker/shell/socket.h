// One accepted connection: the descriptor, what lies between it and the engine (TLS, WebSocket), and the
// bytes of a packet that is not whole yet.
#pragma once

#include <memory>

#include "base/clock.h"
#include "platform/mqtt/tls.h"
#include "platform/mqtt/websocket.h"
#include "services/broker/engine/connection.h"

namespace oree::broker {

enum class IoState { fine, closed };

struct Socket {
  Socket(int descriptor, Peer who) : fd(descriptor), peer(std::move(who)) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Appends what has come, as MQTT bytes, to `to`.
  IoState read(ByteBuffer& to, std::span<std::byte> scratch);
  // Sends from the engine's output, erasing what is gone.
  IoState write(ByteBuffer& output);
  bool shake_hands();  // TLS; true when it is done
  bool has_output(const ByteBuffer& output) const { return !output.empty() || !wire.empty(); }

  int fd;
  uint64_t key = 0;  // names it in epoll; never used twice
  Peer peer;
  ConnectionId id = 0;  // 0: the engine does not know of it yet
  std::unique_ptr<mqtt::TlsSession> tls;
  std::unique_ptr<mqtt::WebSocketServer> websocket;
  bool shaking = false;  // the TLS handshake is under way
  bool failed = false;
  bool lingering = false;    // everything was said; waits for the peer to close
  bool wants_write = false;  // the kernel, or TLS, could not take more
  uint32_t events = 0;       // what epoll watches
  MonoTime since{};          // of the handshake, the unfinished packet, or the lingering
  ByteBuffer partial;
  ByteBuffer wire;  // encoded for WebSocket, or replies of it

 private:
  IoState read_wire(std::span<std::byte> scratch, size_t& count);
  IoState write_wire(ByteBuffer& from);
};

}  // namespace oree::broker
