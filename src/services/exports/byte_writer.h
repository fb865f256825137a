// Little-endian bytes one after the other, and back. The reader never goes past its end: once it would have,
// ok() is false for good and every answer is zero.
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"

namespace oree::exports {

static_assert(std::endian::native == std::endian::little);

class ByteWriter {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void put(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void put_text(std::string_view text) {  // u64 length, then the text
    put(static_cast<uint64_t>(text.size()));
    put(as_bytes(text));
  }
  void pad_to(size_t alignment) { bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment); }
  size_t size() const { return bytes_.size(); }
  ByteBuffer take() { return std::move(bytes_); }

 private:
  ByteBuffer bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  T get() {
    T value{};
    const ByteView raw = take(sizeof(T));
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  std::string get_text(size_t most) {
    const auto size = get<uint64_t>();
    if (size > most) ok_ = false;
    return ok_ ? std::string(as_text(take(size))) : std::string();
  }
  ByteView take(uint64_t size) {
    if (!ok_ || size > bytes_.size() - at_) {
      ok_ = false;
      return {};
    }
    const ByteView part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }
  size_t at() const { return at_; }
  bool ok() const { return ok_; }

 private:
  ByteView bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace oree::exports
