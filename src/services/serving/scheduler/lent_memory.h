// Memory that is lent to calls for their outputs and comes back when nobody holds it any more, so that a
// steady state allocates nothing: not even the shared_ptr's own record.
//
//   auto pool = LentMemory::create();
//   LentMemory::Piece piece = pool->take(4096);
//   output.preset = piece.bytes;  output.keep = piece.keep;
//
// Thread-safe. Pieces may outlive whoever made the pool. At most kLargestIdle bytes are kept for later.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace oree::serving {

class LentMemory : public std::enable_shared_from_this<LentMemory> {
 public:
  static constexpr size_t kLargestIdle = size_t{64} << 20;
  static constexpr size_t kAlignment = 64;

  struct Piece {
    std::span<std::byte> bytes;  // exactly as many as wanted; aligned to kAlignment, not initialised
    std::shared_ptr<void> keep;
  };

  static std::shared_ptr<LentMemory> create();
  ~LentMemory();
  Piece take(size_t size);
  size_t idle_bytes() const;

 private:
  struct Block;
  template <class T>
  struct Place;
  LentMemory() = default;
  Block* find(size_t size);
  void put_back(Block* block);

  mutable std::mutex mutex_;
  std::vector<Block*> idle_;  // smallest first
  size_t idle_bytes_ = 0;
};

}  // namespace oree::serving
