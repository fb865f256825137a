// FlatBuffers, read with bounds: tables, fields and vectors of a byte range that nobody vouches for. Private
// to this room.
//
// Every access is checked. One that would leave the bytes gives an empty value and marks the buffer as
// broken; whoever reads asks broken() before he believes what he read. Format: the FlatBuffers internals
// document (tables point back to a vtable of 16-bit offsets; vectors and strings begin with a 32-bit length;
// all little-endian).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace oree::graph {

class Flat {
 public:
  explicit Flat(ByteView bytes) : bytes_(bytes) {}
  bool broken() const { return broken_; }

  template <class T>
  T at(uint64_t place) {
    T value{};
    if (!fits(place, sizeof(T))) return value;
    std::memcpy(&value, bytes_.data() + place, sizeof(T));
    return value;
  }
  bool fits(uint64_t place, uint64_t size) {
    if (place <= bytes_.size() && size <= bytes_.size() - place) return true;
    broken_ = true;
    return false;
  }
  ByteView part(uint64_t place, uint64_t size) {
    return fits(place, size) ? bytes_.subspan(place, size) : ByteView{};
  }
  uint64_t size() const { return bytes_.size(); }

 private:
  ByteView bytes_;
  bool broken_ = false;
};

// A table, or none: then every field has its default.
class FlatTable {
 public:
  FlatTable() = default;
  FlatTable(Flat& flat, uint64_t place) : flat_(&flat), place_(place) {}
  static FlatTable root(Flat& flat) { return {flat, flat.at<uint32_t>(0)}; }
  explicit operator bool() const { return flat_ != nullptr; }

  template <class T>
  T get(unsigned field, T otherwise) const {
    const uint64_t at = field_place(field);
    return at == 0 ? otherwise : flat_->at<T>(at);
  }
  FlatTable table(unsigned field) const {
    const uint64_t at = indirect(field);
    return at == 0 ? FlatTable{} : FlatTable{*flat_, at};
  }
  std::string text(unsigned field) const;
  ByteView bytes(unsigned field) const;  // of a vector of bytes
  template <class T>
  std::vector<T> numbers(unsigned field) const {
    const uint64_t at = indirect(field);
    if (at == 0) return {};
    const uint64_t count = flat_->at<uint32_t>(at);
    if (!flat_->fits(at + 4, count * sizeof(T))) return {};
    std::vector<T> out(count);
    for (uint64_t i = 0; i < count; ++i) out[i] = flat_->at<T>(at + 4 + i * sizeof(T));
    return out;
  }
  std::vector<FlatTable> tables(unsigned field) const;

 private:
  uint64_t field_place(unsigned field) const;  // 0: not there
  uint64_t indirect(unsigned field) const;     // where a field's offset leads; 0: not there

  Flat* flat_ = nullptr;
  uint64_t place_ = 0;
};

}  // namespace oree::graph
