// FlatBuffers, read with every step checked: tables of slots, vectors, strings. Anything that points outside
// the file reads as absent and marks the buffer as broken. Source: the FlatBuffers internals page.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"

namespace oree::tflite::flat {

// The whole file, and what reading may still cost: vectors that share bytes must not multiply them.
struct Buffer {
  ByteView bytes;
  mutable uint64_t budget = 0;  // elements that may still be copied
  mutable bool broken = false;

  bool spend(uint64_t elements) const {
    if (elements > budget) broken = true;
    budget -= broken ? 0 : elements;
    return !broken;
  }
  // The number at `at`, or 0.
  template <class T>
  T at(uint64_t at) const {
    T value{};
    if (at > bytes.size() || sizeof(T) > bytes.size() - at) {
      broken = true;
      return value;
    }
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
  }
};

class Table;

// `size` elements of `stride` bytes from `begin` on; absent ones are empty.
struct Range {
  uint64_t begin = 0;
  uint32_t size = 0;
};

class Table {
 public:
  Table() = default;
  Table(const Buffer* buffer, uint64_t at);  // broken when its vtable does not fit
  explicit operator bool() const { return buffer_ != nullptr; }

  template <class T>
    requires std::is_arithmetic_v<T>
  T number(unsigned slot, T otherwise) const {
    const uint64_t at = field(slot);
    return at == 0 ? otherwise : buffer_->at<T>(at);
  }
  bool has(unsigned slot) const { return field(slot) != 0; }
  std::string_view text(unsigned slot) const;
  ByteView bytes(unsigned slot) const;
  Table table(unsigned slot) const;
  std::vector<Table> tables(unsigned slot) const;
  template <class T>
  std::vector<T> numbers(unsigned slot) const {
    const Range range = vector(slot, sizeof(T));
    std::vector<T> values(buffer_ != nullptr && buffer_->spend(range.size) ? range.size : 0);
    if (!values.empty())
      std::memcpy(values.data(), buffer_->bytes.data() + range.begin, values.size() * sizeof(T));
    return values;
  }

 private:
  uint64_t field(unsigned slot) const;  // 0: absent
  uint64_t follow(uint64_t at) const;   // of an offset field
  Range vector(unsigned slot, size_t stride) const;

  const Buffer* buffer_ = nullptr;
  uint64_t at_ = 0, vtable_ = 0;
  uint16_t vtable_size_ = 0;
};

}  // namespace oree::tflite::flat
