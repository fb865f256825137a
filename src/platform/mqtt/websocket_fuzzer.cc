#include "platform/mqtt/websocket.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mqtt::WebSocketServer server(4096);
  ByteBuffer payload;
  ByteBuffer reply;
  ByteView left(reinterpret_cast<const std::byte*>(data), size);
  while (!left.empty()) {
    const size_t piece = std::min<size_t>(left.size(), 1 + std::to_integer<size_t>(left[0]) % 200);
    if (!server.feed(left.first(piece), payload, reply)) break;
    left = left.subspan(piece);
  }
  return 0;
}
