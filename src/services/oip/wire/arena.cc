#include "services/oip/wire/arena.h"

#include <algorithm>
#include <cstdint>

namespace oree::oip {

namespace {
constexpr size_t kAlign = 64;
constexpr size_t kFirst = 4096;
}  // namespace

void Arena::add(size_t size) {
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size + kAlign), size + kAlign, 0});
}

std::span<std::byte> Arena::take(size_t size) {
  while (true) {
    if (!blocks_.empty()) {
      Block& block = blocks_.back();
      const auto address = reinterpret_cast<uintptr_t>(block.memory.get()) + block.used;
      const size_t gap = (kAlign - address % kAlign) % kAlign;
      if (block.size - block.used >= gap && block.size - block.used - gap >= size) {
        std::byte* const start = block.memory.get() + block.used + gap;
        block.used += gap + size;
        return {start, size};
      }
    }
    add(std::max({size, kFirst, blocks_.empty() ? 0 : 2 * blocks_.back().size}));
  }
}

size_t Arena::kept() const {
  size_t all = 0;
  for (const Block& block : blocks_) all += block.size;
  return all;
}

void Arena::clear(size_t limit) {
  const size_t all = kept();
  if (all > limit) {
    blocks_.clear();
  } else if (blocks_.size() > 1) {
    blocks_.clear();
    add(all);
  } else if (!blocks_.empty()) {
    blocks_.front().used = 0;
  }
}

}  // namespace oree::oip
