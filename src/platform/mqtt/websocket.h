// The server's side of WebSocket (RFC 6455) for the subprotocol "mqtt": the HTTP upgrade and the frames,
// without I/O. Only binary frames carry MQTT; their borders mean nothing (MQTT 5 §6).
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::mqtt {

class WebSocketServer {
 public:
  explicit WebSocketServer(uint32_t max_frame) : max_frame_(max_frame) {}

  // Takes bytes from the wire; MQTT bytes are appended to `payload`, what has to be answered to `reply`.
  // After a failure `reply` holds the last words and the connection is to be closed.
  Status feed(ByteView wire, ByteBuffer& payload, ByteBuffer& reply);
  static void wrap(ByteView payload, ByteBuffer& wire);  // as one binary frame
  static void wrap_close(uint16_t code, ByteBuffer& wire);
  bool is_open() const { return open_; }

 private:
  Status take_request(ByteBuffer& reply);
  Status take_frames(ByteBuffer& payload, ByteBuffer& reply);
  Status control(unsigned opcode, ByteView body, ByteBuffer& reply);

  uint32_t max_frame_;
  bool open_ = false;
  bool fragmented_ = false;
  ByteBuffer pending_;
};

std::string websocket_accept(std::string_view key);  // Sec-WebSocket-Accept for this Sec-WebSocket-Key

}  // namespace oree::mqtt
