#include "services/serving/scheduler/lent_memory.h"

#include <algorithm>
#include <new>

namespace oree::serving {

// The bytes lie behind the block, and the shared_ptr's record in it.
struct LentMemory::Block {
  size_t capacity = 0;
  alignas(std::max_align_t) std::byte record[112];
  std::byte* bytes() { return reinterpret_cast<std::byte*>(this) + kHeader; }

  static constexpr size_t kHeader = 128;
  static Block* create(size_t capacity) {
    void* memory = ::operator new(kHeader + capacity, std::align_val_t(kAlignment));
    Block* block = new (memory) Block;
    block->capacity = capacity;
    return block;
  }
  static void destroy(Block* block) { ::operator delete(block, std::align_val_t(kAlignment)); }
};

// An allocator with room for one record, which is given back together with the bytes.
template <class T>
struct LentMemory::Place {
  using value_type = T;
  Block* block;
  std::shared_ptr<LentMemory> pool;

  Place(Block* b, std::shared_ptr<LentMemory> p) : block(b), pool(std::move(p)) {}
  template <class U>
  Place(const Place<U>& other) : block(other.block), pool(other.pool) {}

  T* allocate(size_t count) {
    static_assert(sizeof(T) <= sizeof(Block::record) && alignof(T) <= alignof(std::max_align_t));
    if (count != 1) throw std::bad_alloc();
    return reinterpret_cast<T*>(block->record);
  }
  void deallocate(T*, size_t) { pool->put_back(block); }
  template <class U>
  bool operator==(const Place<U>& other) const {
    return block == other.block;
  }
};

std::shared_ptr<LentMemory> LentMemory::create() {
  return std::shared_ptr<LentMemory>(new LentMemory);
}

LentMemory::~LentMemory() {
  for (Block* block : idle_) Block::destroy(block);
}

// The smallest that is large enough, unless half of it would be wasted.
LentMemory::Block* LentMemory::find(size_t size) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::lower_bound(idle_, size, {}, &Block::capacity);
  if (at == idle_.end() || (*at)->capacity > 2 * size + 4096) return nullptr;
  Block* block = *at;
  idle_.erase(at);
  idle_bytes_ -= block->capacity;
  return block;
}

LentMemory::Piece LentMemory::take(size_t size) {
  Block* block = find(size);
  if (block == nullptr) block = Block::create((size + kAlignment - 1) / kAlignment * kAlignment);
  return {{block->bytes(), size},
          std::shared_ptr<void>(block, [](Block*) {}, Place<std::byte>(block, shared_from_this()))};
}

void LentMemory::put_back(Block* block) {
  {
    const std::lock_guard lock(mutex_);
    if (idle_bytes_ + block->capacity <= kLargestIdle) {
      idle_.insert(std::ranges::upper_bound(idle_, block->capacity, {}, &Block::capacity), block);
      idle_bytes_ += block->capacity;
      return;
    }
  }
  Block::destroy(block);
}

size_t LentMemory::idle_bytes() const {
  const std::lock_guard lock(mutex_);
  return idle_bytes_;
}

}  // namespace oree::serving
