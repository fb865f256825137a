// Takes the fields of a packet off the front of its bytes. After the first fault everything reads as empty
// and refusal() tells what it was.
#pragma once

#include <optional>
#include <string_view>

#include "platform/mqtt/codec.h"

namespace oree::mqtt {

class WireReader {
 public:
  explicit WireReader(ByteView bytes) : left_(bytes) {}

  uint8_t u8();
  uint16_t u16();
  uint32_t u32();
  uint32_t varint();
  ByteView bytes(size_t count);
  ByteView binary() { return bytes(u16()); }  // length-prefixed
  std::string_view text();                    // the same, and UTF-8 without U+0000
  ByteView rest();

  bool at_end() const { return left_.empty(); }
  bool failed() const { return failed_; }
  const Refusal& refusal() const { return refusal_; }
  void fail(Reason reason, const char* what);  // the first one counts

 private:
  ByteView left_;
  bool failed_ = false;
  Refusal refusal_;
};

// Reads the length and the properties; those that `type` does not have are refused. The will's properties
// have their own list.
constexpr int kWillProperties = 0;
void read_properties(WireReader& reader, int type, Properties& properties);

Decoded<Packet> decode_connect(ByteView body);

}  // namespace oree::mqtt
