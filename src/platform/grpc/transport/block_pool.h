// Memory for nghttp2, which asks for the same few sizes over and over: blocks are kept in a list per size
// class, so that a warm call asks nobody. One thread.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>

namespace oree::grpc {

class BlockPool {
 public:
  BlockPool();
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  void* allocate(size_t bytes);
  void* reallocate(void* block, size_t bytes);
  void release(void* block);
  nghttp2_mem* memory() { return &memory_; }
  size_t taken_from_heap() const { return heap_; }  // blocks that no list had

 private:
  struct Head;
  // Four classes to each doubling, from 32 bytes to 32 kB.
  static constexpr size_t kClasses = 41;
  static constexpr size_t kMaxKept = 2 << 20;  // bytes in all lists
  static size_t class_of(size_t bytes);

  std::array<Head*, kClasses> free_{};
  size_t kept_ = 0;
  size_t heap_ = 0;
  nghttp2_mem memory_{};
};

}  // namespace oree::grpc
