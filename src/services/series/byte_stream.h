// Bytes written and read piece by piece: LEB128 variable integers, zigzag for signed ones, fixed 64-bit
// values in little-endian order. Reading never goes beyond the end. Private to this room.
#pragma once

#include <bit>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::series {

inline uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

void put_varint(ByteBuffer& out, uint64_t value);
void put_bytes(ByteBuffer& out, ByteView bytes);
void put_fixed(ByteBuffer& out, uint64_t value);

class ByteSource {
 public:
  explicit ByteSource(ByteView bytes) : rest_(bytes) {}
  Result<uint64_t> varint();
  Result<uint64_t> fixed();
  Result<uint8_t> byte();
  Result<ByteView> bytes(uint64_t count);
  size_t left() const { return rest_.size(); }

 private:
  ByteView rest_;
};

// A CRC-32C at the end of what was written.
void seal(ByteBuffer& out);
// Without the checksum; `corrupt` when it does not fit. `what` names the thing.
Result<ByteView> unseal(ByteView sealed, std::string_view what);

}  // namespace oree::series
