#include "platform/tflite/flat.h"

namespace oree::tflite::flat {

Table::Table(const Buffer* buffer, uint64_t at) : buffer_(buffer), at_(at) {
  const auto back = buffer->at<int32_t>(at);
  const auto vtable = static_cast<int64_t>(at) - back;
  if (vtable < 0 || buffer->broken) {
    buffer->broken = true;
    return;
  }
  vtable_ = static_cast<uint64_t>(vtable);
  vtable_size_ = buffer->at<uint16_t>(vtable_);
  if (vtable_size_ < 4 || vtable_ + vtable_size_ > buffer->bytes.size()) {
    buffer->broken = true;
    vtable_size_ = 0;
  }
}

uint64_t Table::field(unsigned slot) const {
  const unsigned entry = 4 + 2 * slot;
  if (buffer_ == nullptr || entry + 2 > vtable_size_) return 0;
  const auto offset = buffer_->at<uint16_t>(vtable_ + entry);
  return offset == 0 ? 0 : at_ + offset;
}

uint64_t Table::follow(uint64_t at) const {
  return at == 0 ? 0 : at + buffer_->at<uint32_t>(at);
}

Range Table::vector(unsigned slot, size_t stride) const {
  const uint64_t at = follow(field(slot));
  if (at == 0 || buffer_->broken) return {};
  const auto size = buffer_->at<uint32_t>(at);
  const uint64_t begin = at + 4;
  if (buffer_->broken || begin > buffer_->bytes.size() || size > (buffer_->bytes.size() - begin) / stride) {
    buffer_->broken = true;
    return {};
  }
  return {begin, size};
}

std::string_view Table::text(unsigned slot) const {
  return as_text(bytes(slot));
}

ByteView Table::bytes(unsigned slot) const {
  const Range range = vector(slot, 1);
  return range.size == 0 ? ByteView() : buffer_->bytes.subspan(range.begin, range.size);
}

Table Table::table(unsigned slot) const {
  const uint64_t at = follow(field(slot));
  return at == 0 || buffer_->broken ? Table() : Table(buffer_, at);
}

std::vector<Table> Table::tables(unsigned slot) const {
  const Range range = vector(slot, 4);
  std::vector<Table> found;
  if (range.size == 0 || !buffer_->spend(range.size)) return found;
  found.reserve(range.size);
  for (uint32_t i = 0; i < range.size && !buffer_->broken; ++i)
    found.emplace_back(buffer_, follow(range.begin + 4 * uint64_t{i}));
  return found;
}

}  // namespace oree::tflite::flat
