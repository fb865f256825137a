#include "platform/mqtt/websocket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::mqtt {
namespace {

constexpr size_t kLongestRequest = 8192;
constexpr unsigned kContinuation = 0;
constexpr unsigned kBinary = 2;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;

void put_frame(unsigned opcode, ByteView body, ByteBuffer& wire) {
  const auto put = [&](uint64_t value) { wire.push_back(static_cast<std::byte>(value & 0xff)); };
  put(0x80U | opcode);
  if (body.size() < 126) {
    put(body.size());
  } else if (body.size() < 65536) {
    put(126);
    put(body.size() >> 8);
    put(body.size());
  } else {
    put(127);
    for (int shift = 56; shift >= 0; shift -= 8) put(body.size() >> shift);
  }
  wire.insert(wire.end(), body.begin(), body.end());
}

struct FrameHead {
  unsigned opcode = 0;
  bool last = false;
  uint64_t size = 0;
  size_t head = 0;  // bytes of the head with its mask; 0: not whole yet
  std::array<std::byte, 4> mask{};
};

// nullptr, or what is wrong with it.
const char* parse_head(ByteView bytes, FrameHead& head) {
  const auto at = [&](size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  if (bytes.size() < 2) return nullptr;
  if ((at(0) & 0x70U) != 0) return "reserved bits are set";
  if ((at(1) & 0x80U) == 0) return "a frame of the client is not masked";
  head.opcode = at(0) & 0x0fU;
  head.last = (at(0) & 0x80U) != 0;
  head.size = at(1) & 0x7fU;
  size_t used = 2;
  const size_t extra = head.size == 126 ? 2 : head.size == 127 ? 8 : 0;
  if (bytes.size() < used + extra + 4) return nullptr;
  if (extra > 0) head.size = 0;
  for (size_t i = 0; i < extra; ++i) head.size = head.size << 8 | at(used++);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), 4, head.mask.begin());
  head.head = used + 4;
  if (head.opcode >= kClose && (head.size > 125 || !head.last))
    return "a control frame is too long or in pieces";
  return nullptr;
}

bool has_token(std::string_view list, std::string_view token) {
  return std::ranges::any_of(split(list, ','),
                             [&](std::string_view one) { return iequals(trim(one), token); });
}

struct Upgrade {
  std::string_view key;
  bool upgrade = false;
  bool connection = false;
  bool version = false;
  bool protocol = false;
};

Upgrade parse_upgrade(std::string_view request) {
  Upgrade found;
  const auto lines = split(request, '\n');
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trim(lines[i].substr(0, colon));
    const std::string_view value = trim(lines[i].substr(colon + 1));
    if (iequals(name, "Sec-WebSocket-Key")) found.key = value;
    if (iequals(name, "Upgrade")) found.upgrade = has_token(value, "websocket");
    if (iequals(name, "Connection")) found.connection = has_token(value, "upgrade");
    if (iequals(name, "Sec-WebSocket-Version")) found.version = value == "13";
    if (iequals(name, "Sec-WebSocket-Protocol")) found.protocol = found.protocol || has_token(value, "mqtt");
  }
  return found;
}

void append_text(ByteBuffer& out, std::string_view text) {
  const ByteView bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(length)};
}

void WebSocketServer::wrap(ByteView payload, ByteBuffer& wire) {
  put_frame(kBinary, payload, wire);
}

void WebSocketServer::wrap_close(uint16_t code, ByteBuffer& wire) {
  const std::array<std::byte, 2> body{static_cast<std::byte>(code >> 8), static_cast<std::byte>(code & 0xff)};
  put_frame(kClose, body, wire);
}

Status WebSocketServer::feed(ByteView wire, ByteBuffer& payload, ByteBuffer& reply) {
  pending_.insert(pending_.end(), wire.begin(), wire.end());
  if (!open_) {
    const Status taken = take_request(reply);
    if (!taken || !open_) return taken;
  }
  return take_frames(payload, reply);
}

Status WebSocketServer::take_request(ByteBuffer& reply) {
  const std::string_view text = as_text(pending_);
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (text.size() <= kLongestRequest) return {};
    append_text(reply, "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
    return fail(ErrorKind::invalid, "a WebSocket request is too long");
  }
  const Upgrade found = parse_upgrade(text.substr(0, end));
  const bool good = text.starts_with("GET ") && found.upgrade && found.connection && found.version &&
                    found.key.size() == 24 && found.protocol;
  if (!good) {
    append_text(reply, "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\r\n");
    return fail(ErrorKind::invalid, "a request that is no WebSocket upgrade for the subprotocol mqtt");
  }
  append_text(reply,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: " +
                  websocket_accept(found.key) + "\r\n\r\n");
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(end + 4));
  open_ = true;
  return {};
}

Status WebSocketServer::take_frames(ByteBuffer& payload, ByteBuffer& reply) {
  size_t used = 0;
  Status status;
  while (status) {
    FrameHead head;
    const ByteView left = ByteView(pending_).subspan(used);
    const char* wrong = parse_head(left, head);
    if (wrong == nullptr && head.head > 0 && head.size > max_frame_) wrong = "a frame is too long";
    const bool data = head.opcode == kBinary || head.opcode == kContinuation;
    if (wrong == nullptr && head.head > 0 && data && (head.opcode == kContinuation) != fragmented_) {
      wrong = "the pieces of a message are out of order";
    }
    if (wrong != nullptr) {
      wrap_close(1002, reply);
      status = fail(ErrorKind::invalid, wrong);
      break;
    }
    if (head.head == 0 || left.size() - head.head < head.size) break;
    ByteBuffer body(left.begin() + static_cast<std::ptrdiff_t>(head.head),
                    left.begin() + static_cast<std::ptrdiff_t>(head.head + head.size));
    for (size_t i = 0; i < body.size(); ++i) body[i] ^= head.mask[i % 4];
    used += head.head + head.size;
    if (data) {
      fragmented_ = !head.last;
      payload.insert(payload.end(), body.begin(), body.end());
    } else {
      status = control(head.opcode, body, reply);
    }
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
  return status;
}

Status WebSocketServer::control(unsigned opcode, ByteView body, ByteBuffer& reply) {
  if (opcode == kPong) return {};
  if (opcode == kPing) {
    put_frame(kPong, body, reply);
    return {};
  }
  wrap_close(opcode == kClose ? 1000 : 1003, reply);
  return fail(ErrorKind::invalid, opcode == kClose ? "the client closed" : "a frame that is not binary");
}

}  // namespace oree::mqtt
