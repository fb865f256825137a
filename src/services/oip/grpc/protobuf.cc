#include "services/oip/grpc/protobuf.h"

#include <bit>

namespace oree::oip::protobuf {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr uint64_t kMaxNumber = (uint64_t{1} << 29) - 1;

bool take_fixed(ByteView& bytes, size_t width, uint64_t& value) {
  if (bytes.size() < width) return false;
  value = 0;
  for (size_t i = 0; i < width; ++i) value |= std::to_integer<uint64_t>(bytes[i]) << (8 * i);
  bytes = bytes.subspan(width);
  return true;
}

}  // namespace

bool take_varint(ByteView& bytes, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = std::to_integer<uint64_t>(bytes[i]);
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes = bytes.subspan(i + 1);
      return true;
    }
  }
  return false;
}

bool Fields::stop() {
  broken_ = true;
  return false;
}

bool Fields::next() {
  if (rest_.empty() || broken_) return false;
  uint64_t key = 0;
  if (!take_varint(rest_, key)) return stop();
  if (key >> 3 == 0 || key >> 3 > kMaxNumber) return stop();
  key_ = static_cast<uint32_t>(key);
  bytes_ = {};
  switch (key & 7) {
    case kVarint:
      return take_varint(rest_, integer_) || stop();
    case kFixed64:
      return take_fixed(rest_, 8, integer_) || stop();
    case kFixed32:
      return take_fixed(rest_, 4, integer_) || stop();
    case kBytes:
      if (!take_varint(rest_, integer_) || integer_ > rest_.size()) return stop();
      bytes_ = rest_.first(integer_);
      rest_ = rest_.subspan(integer_);
      return true;
    default:
      return stop();  // groups: nobody writes them since 2008
  }
}

double Fields::number() const {
  return std::bit_cast<double>(integer_);
}

float Fields::single() const {
  return std::bit_cast<float>(static_cast<uint32_t>(integer_));
}

void Writer::varint(uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void Writer::always_integer(uint32_t number, uint64_t value) {
  varint(varint_key(number));
  varint(value);
}

void Writer::integer(uint32_t number, uint64_t value) {
  if (value != 0) always_integer(number, value);
}

void Writer::real(uint32_t number, double value) {
  varint(fixed64_key(number));
  const auto bits = std::bit_cast<uint64_t>(value);
  for (size_t i = 0; i < 8; ++i) out_.push_back(static_cast<char>(bits >> (8 * i)));
}

void Writer::single(uint32_t number, float value) {
  varint(fixed32_key(number));
  const auto bits = std::bit_cast<uint32_t>(value);
  for (size_t i = 0; i < 4; ++i) out_.push_back(static_cast<char>(bits >> (8 * i)));
}

void Writer::always_text(uint32_t number, std::string_view value) {
  varint(bytes_key(number));
  varint(value.size());
  out_ += value;
}

void Writer::text(uint32_t number, std::string_view value) {
  if (!value.empty()) always_text(number, value);
}

size_t Writer::begin(uint32_t number) {
  varint(bytes_key(number));
  out_.push_back('\0');  // the length, as most are: one byte
  return out_.size();
}

void Writer::end(size_t start) {
  size_t length = out_.size() - start;
  if (length < 0x80) {
    out_[start - 1] = static_cast<char>(length);
    return;
  }
  char text[10];
  size_t count = 0;
  for (; length >= 0x80; length >>= 7) text[count++] = static_cast<char>(length | 0x80);
  text[count++] = static_cast<char>(length);
  out_[start - 1] = text[0];
  out_.insert(start, text + 1, count - 1);
}

}  // namespace oree::oip::protobuf
