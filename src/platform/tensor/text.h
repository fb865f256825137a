// Text tensors as bytes: for each element its length as u32 LE, then its bytes. The same form on the wire, in
// a TensorView of DType::text and between rooms. Pure; a hostile length cannot reach beyond the view.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::tensor {

inline constexpr size_t kTextLengthBytes = 4;

// Walks over the elements; borrows the bytes.
//
//   TextReader reader(view.data);
//   while (!reader.at_end()) { auto element = reader.next(); if (!element) return forward(element); … }
class TextReader {
 public:
  explicit TextReader(ByteView data) : rest_(data) {}
  bool at_end() const { return rest_.empty(); }
  // `invalid` when the bytes end within a length or an element.
  Result<std::string_view> next();

 private:
  ByteView rest_;
};

// `invalid` unless the bytes are exactly `count` elements.
Status check_text(ByteView data, size_t count);
void append_text(std::string_view element, ByteBuffer& out);
// The length in front of an element of `size` bytes, written to kTextLengthBytes bytes.
void write_text_length(uint32_t size, std::byte* out);

}  // namespace oree::tensor
