#include "platform/grpc/transport/block_pool.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace oree::grpc {

// In front of each block; as large as the strictest alignment.
struct alignas(16) BlockPool::Head {
  Head* next;
  uint32_t size_class;
  uint32_t capacity;
};

namespace {

constexpr size_t kSmallest = 32;
constexpr uint32_t kNoClass = ~uint32_t{0};

size_t size_of_class(size_t index) {
  const size_t base = kSmallest << (index / 4);
  return base + base / 4 * (index % 4);
}

BlockPool& pool(void* user) {
  return *static_cast<BlockPool*>(user);
}

}  // namespace

BlockPool::BlockPool() {
  memory_.mem_user_data = this;
  memory_.malloc = [](size_t bytes, void* user) { return pool(user).allocate(bytes); };
  memory_.free = [](void* block, void* user) { pool(user).release(block); };
  memory_.calloc = [](size_t count, size_t bytes, void* user) {
    void* block = pool(user).allocate(count * bytes);  // nghttp2's own sizes: they do not overflow
    return block == nullptr ? nullptr : std::memset(block, 0, count * bytes);
  };
  memory_.realloc = [](void* block, size_t bytes, void* user) { return pool(user).reallocate(block, bytes); };
}

BlockPool::~BlockPool() {
  for (Head* head : free_) {
    while (head != nullptr) {
      Head* next = head->next;
      std::free(head);
      head = next;
    }
  }
}

size_t BlockPool::class_of(size_t bytes) {
  if (bytes <= kSmallest) return 0;
  const size_t doubling = static_cast<size_t>(std::bit_width((bytes - 1) / kSmallest)) - 1;
  const size_t base = kSmallest << doubling;
  const size_t quarter = base / 4;
  return doubling * 4 + (bytes - base + quarter - 1) / quarter;
}

void* BlockPool::allocate(size_t bytes) {
  const size_t index = class_of(bytes);
  if (index < kClasses && free_[index] != nullptr) {
    Head* head = free_[index];
    free_[index] = head->next;
    kept_ -= head->capacity;
    return head + 1;
  }
  const size_t capacity = index < kClasses ? size_of_class(index) : bytes;
  auto* head = static_cast<Head*>(std::malloc(sizeof(Head) + capacity));
  if (head == nullptr) return nullptr;
  ++heap_;
  head->size_class = index < kClasses ? static_cast<uint32_t>(index) : kNoClass;
  head->capacity = static_cast<uint32_t>(capacity);
  return head + 1;
}

void* BlockPool::reallocate(void* block, size_t bytes) {
  if (block == nullptr) return allocate(bytes);
  const size_t capacity = (static_cast<Head*>(block) - 1)->capacity;
  if (bytes <= capacity) return block;
  void* larger = allocate(bytes);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, capacity);
  release(block);
  return larger;
}

void BlockPool::release(void* block) {
  if (block == nullptr) return;
  Head* head = static_cast<Head*>(block) - 1;
  if (head->size_class == kNoClass || kept_ + head->capacity > kMaxKept) return std::free(head);
  head->next = free_[head->size_class];
  free_[head->size_class] = head;
  kept_ += head->capacity;
}

}  // namespace oree::grpc
