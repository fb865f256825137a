#include "platform/tensor/text.h"

#include "base/text.h"

namespace oree::tensor {

Result<std::string_view> TextReader::next() {
  if (rest_.size() < kTextLengthBytes) {
    return fail(ErrorKind::invalid, cat("the bytes end within the length of a text element: ", rest_.size(),
                                        " of ", kTextLengthBytes, " bytes"));
  }
  uint32_t length = 0;
  for (size_t i = 0; i < kTextLengthBytes; ++i) length |= std::to_integer<uint32_t>(rest_[i]) << (8 * i);
  rest_ = rest_.subspan(kTextLengthBytes);
  if (length > rest_.size()) {
    return fail(ErrorKind::invalid,
                cat("a text element is said to have ", length, " bytes and only ", rest_.size(), " follow"));
  }
  const std::string_view element = as_text(rest_.first(length));
  rest_ = rest_.subspan(length);
  return element;
}

Status check_text(ByteView data, size_t count) {
  TextReader reader(data);
  size_t found = 0;
  for (; !reader.at_end(); ++found) {
    if (const auto element = reader.next(); !element) return forward(element);
  }
  if (found == count) return {};
  return fail(ErrorKind::invalid, cat("has ", found, " text elements; expected ", count));
}

void write_text_length(uint32_t size, std::byte* out) {
  for (size_t i = 0; i < kTextLengthBytes; ++i) out[i] = static_cast<std::byte>(size >> (8 * i));
}

void append_text(std::string_view element, ByteBuffer& out) {
  const ByteView bytes = as_bytes(element);
  out.resize(out.size() + kTextLengthBytes);
  write_text_length(static_cast<uint32_t>(bytes.size()), out.data() + out.size() - kTextLengthBytes);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace oree::tensor
