// Memory for what one request needs beside its own bytes: shapes, names with escapes, numbers read from JSON.
// Taken bit by bit, let go all at once, kept for the next request. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace oree::oip {

class Arena {
 public:
  // Aligned to 64, not initialised.
  std::span<std::byte> take(size_t size);
  template <class T>
  std::span<T> take_of(size_t count) {
    return {reinterpret_cast<T*>(take(count * sizeof(T)).data()), count};
  }
  // Everything taken before is gone. What came in several pieces is one from now on; nothing is kept beyond
  // `limit` bytes.
  void clear(size_t limit);
  size_t kept() const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t size = 0;
    size_t used = 0;
  };
  void add(size_t size);

  std::vector<Block> blocks_;
};

}  // namespace oree::oip
