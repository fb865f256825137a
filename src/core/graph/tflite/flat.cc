#include "core/graph/tflite/flat.h"

namespace oree::graph {

uint64_t FlatTable::field_place(unsigned field) const {
  if (flat_ == nullptr) return 0;
  const int64_t vtable = static_cast<int64_t>(place_) - flat_->at<int32_t>(place_);
  if (vtable < 0 || !flat_->fits(static_cast<uint64_t>(vtable), 4)) {
    (void)flat_->fits(~uint64_t{0}, 1);
    return 0;
  }
  const auto table = static_cast<uint64_t>(vtable);
  const uint64_t slot = 4 + 2 * uint64_t{field};
  if (slot + 2 > flat_->at<uint16_t>(table)) return 0;
  const uint16_t offset = flat_->at<uint16_t>(table + slot);
  return offset == 0 ? 0 : place_ + offset;
}

uint64_t FlatTable::indirect(unsigned field) const {
  const uint64_t at = field_place(field);
  if (at == 0) return 0;
  const uint64_t target = at + flat_->at<uint32_t>(at);
  return flat_->fits(target, 4) ? target : 0;
}

std::string FlatTable::text(unsigned field) const {
  return std::string(as_text(bytes(field)));
}

ByteView FlatTable::bytes(unsigned field) const {
  const uint64_t at = indirect(field);
  return at == 0 ? ByteView{} : flat_->part(at + 4, flat_->at<uint32_t>(at));
}

std::vector<FlatTable> FlatTable::tables(unsigned field) const {
  std::vector<FlatTable> out;
  const uint64_t at = indirect(field);
  if (at == 0) return out;
  const uint64_t count = flat_->at<uint32_t>(at);
  if (!flat_->fits(at + 4, count * 4)) return out;
  out.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t slot = at + 4 + 4 * i;
    out.emplace_back(*flat_, slot + flat_->at<uint32_t>(slot));
  }
  return out;
}

}  // namespace oree::graph
