// Protocol Buffers' wire format by hand: walking over the fields of a message, and writing them. No schema,
// no allocation; what is read is borrowed. https://protobuf.dev/programming-guides/encoding
//
//   Fields fields(message);
//   while (fields.next()) {
//     switch (fields.key()) {
//       case bytes_key(1): name = fields.text(); break;
//       case varint_key(2): count = fields.integer(); break;
//     }   // others are skipped, as the format wants
//   }
//   if (fields.broken()) …
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace oree::oip::protobuf {

constexpr uint32_t varint_key(uint32_t number) {
  return number << 3;
}
constexpr uint32_t fixed64_key(uint32_t number) {
  return number << 3 | 1;
}
constexpr uint32_t bytes_key(uint32_t number) {
  return number << 3 | 2;
}
constexpr uint32_t fixed32_key(uint32_t number) {
  return number << 3 | 5;
}

// One varint in front of `bytes`, taken off; false when there is none.
bool take_varint(ByteView& bytes, uint64_t& value);

class Fields {
 public:
  explicit Fields(ByteView message) : rest_(message) {}
  bool next();  // false at the end, and when broken()
  bool broken() const { return broken_; }

  uint32_t key() const { return key_; }          // number and wire type
  uint64_t integer() const { return integer_; }  // of a varint or a fixed one
  bool boolean() const { return integer_ != 0; }
  double number() const;  // of a fixed64
  float single() const;   // of a fixed32
  ByteView bytes() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }

 private:
  bool stop();
  ByteView rest_;
  bool broken_ = false;
  uint32_t key_ = 0;
  uint64_t integer_ = 0;
  ByteView bytes_;
};

// Appends fields. What has proto3's default value is left out, but for the `always_` forms.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void integer(uint32_t number, uint64_t value);
  void boolean(uint32_t number, bool value) { integer(number, value ? 1 : 0); }
  void real(uint32_t number, double value);
  void single(uint32_t number, float value);
  void text(uint32_t number, std::string_view value);
  void always_integer(uint32_t number, uint64_t value);  // in a oneof
  void always_text(uint32_t number, std::string_view value);
  void always_bytes(uint32_t number, ByteView value) { always_text(number, as_text(value)); }
  template <class Integers>
  void packed(uint32_t number, const Integers& values) {
    if (values.empty()) return;
    const size_t start = begin(number);
    for (const auto value : values) varint(static_cast<uint64_t>(value));
    end(start);
  }
  // A message within: fields written between these two belong to it.
  size_t begin(uint32_t number);
  void end(size_t start);

  std::string& out() { return out_; }

 private:
  void varint(uint64_t value);
  std::string& out_;
};

}  // namespace oree::oip::protobuf
