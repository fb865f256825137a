#include "services/series/byte_stream.h"

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::series {
namespace {

std::unexpected<Error> too_short() {
  return fail(ErrorKind::corrupt, "stored readings end too early");
}

}  // namespace

void put_varint(ByteBuffer& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::byte>(value));
}

void put_bytes(ByteBuffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_fixed(ByteBuffer& out, uint64_t value) {
  std::byte bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  put_bytes(out, bytes);
}

Result<uint64_t> ByteSource::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return too_short();
    const auto next = static_cast<uint64_t>(rest_[0]);
    rest_ = rest_.subspan(1);
    value |= (next & 0x7f) << shift;
    if (next < 0x80) return value;
  }
  return fail(ErrorKind::corrupt, "stored readings hold a number that is too long");
}

Result<uint64_t> ByteSource::fixed() {
  if (rest_.size() < sizeof(uint64_t)) return too_short();
  uint64_t value;
  std::memcpy(&value, rest_.data(), sizeof value);
  rest_ = rest_.subspan(sizeof value);
  return value;
}

Result<uint8_t> ByteSource::byte() {
  if (rest_.empty()) return too_short();
  const auto value = static_cast<uint8_t>(rest_[0]);
  rest_ = rest_.subspan(1);
  return value;
}

Result<ByteView> ByteSource::bytes(uint64_t count) {
  if (rest_.size() < count) return too_short();
  const ByteView taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

void seal(ByteBuffer& out) {
  const uint32_t sum = crypto::crc32c(out);
  std::byte bytes[sizeof sum];
  std::memcpy(bytes, &sum, sizeof sum);
  put_bytes(out, bytes);
}

Result<ByteView> unseal(ByteView sealed, std::string_view what) {
  uint32_t expected;
  if (sealed.size() < sizeof expected) return fail(ErrorKind::corrupt, cat(what, " is cut off"));
  const ByteView body = sealed.first(sealed.size() - sizeof expected);
  std::memcpy(&expected, sealed.data() + body.size(), sizeof expected);
  if (crypto::crc32c(body) != expected)
    return fail(ErrorKind::corrupt, cat(what, " does not match its checksum"));
  return body;
}

}  // namespace oree::series
