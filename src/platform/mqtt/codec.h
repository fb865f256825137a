// Bytes to packets and back, without I/O. Decoding is strict: whatever the specifications call malformed or a
// protocol error is refused with the reason code they name; no byte of a frame stays unread.
//
//   auto frame = split_frame(buffer, max_packet);       // needs more bytes: *frame is empty
//   auto packet = decode(**frame, version);             // views into the buffer
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.h"
#include "platform/mqtt/packet.h"

namespace oree::mqtt {

struct Refusal {
  Reason reason = Reason::malformed_packet;
  const char* what = "";  // a static sentence
  // Of a CONNECT that is refused: what its answer is to be written in.
  Version answer_in = Version::v5;
};

template <class T>
using Decoded = std::expected<T, Refusal>;

struct Frame {
  uint8_t first = 0;  // packet type and flags
  ByteView body;      // behind the fixed header
  size_t size = 0;    // of the whole packet
  PacketType type() const { return static_cast<PacketType>(first >> 4); }
};

// The frame at the front of `buffer`; empty when it is not whole yet. Refused as soon as the first bytes show
// that it can never be one, or that it is longer than max_size (whole packet).
Decoded<std::optional<Frame>> split_frame(ByteView buffer, uint32_t max_size);

// A CONNECT says its own version; `version` is ignored for it.
Decoded<Packet> decode(const Frame& frame, Version version);
Decoded<Publish> decode_publish(const Frame& frame,
                                Version version);  // the busiest of them, without the variant

// Appends the packet to `out`. Version::v311 leaves out what it does not know. Nothing is checked: what must
// not be sent is the caller's care. A CONNECT is written in its own version.
void encode(const Packet& packet, Version version, ByteBuffer& out);
void encode(const Publish& packet, Version version, ByteBuffer& out);
void encode(const Ack& packet, Version version, ByteBuffer& out);

// What encode() would append.
size_t encoded_size(const Publish& packet, Version version);

constexpr uint32_t kLargestRemaining = 268'435'455;

}  // namespace oree::mqtt
