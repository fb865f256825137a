#include "services/serving/scheduler/lent_memory.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>

namespace oree::serving {

TEST_CASE("Memory comes back when the last holder lets go, and is lent again") {
  const auto pool = LentMemory::create();
  LentMemory::Piece piece = pool->take(100);
  CHECK(piece.bytes.size() == 100);
  CHECK(reinterpret_cast<uintptr_t>(piece.bytes.data()) % LentMemory::kAlignment == 0);
  const std::byte* where = piece.bytes.data();
  std::shared_ptr<void> other = piece.keep;
  piece.keep.reset();
  CHECK(pool->idle_bytes() == 0);
  other.reset();
  CHECK(pool->idle_bytes() == 128);
  CHECK(pool->take(120).bytes.data() == where);
}

TEST_CASE("A piece outlives the pool's maker") {
  auto pool = LentMemory::create();
  LentMemory::Piece piece = pool->take(1 << 20);
  pool.reset();
  piece.bytes[(1 << 20) - 1] = std::byte{7};
  CHECK(piece.bytes[(1 << 20) - 1] == std::byte{7});
}

TEST_CASE("A large piece is not lent for a small wish, and little is kept idle") {
  const auto pool = LentMemory::create();
  const std::byte* large = pool->take(1 << 20).bytes.data();
  CHECK(pool->take(64).bytes.data() != large);
  {
    const auto huge = pool->take(LentMemory::kLargestIdle + 1);
  }
  CHECK(pool->idle_bytes() < (2 << 20));
}

TEST_CASE("Pieces go from thread to thread") {
  const auto pool = LentMemory::create();
  std::vector<LentMemory::Piece> pieces(64);
  std::mutex mutex;
  const auto trade = [&](size_t seed) {
    for (size_t i = 0; i < 2000; ++i) {
      LentMemory::Piece mine = pool->take(64 + (seed + i) % 7 * 64);
      mine.bytes[0] = std::byte{1};
      const std::lock_guard lock(mutex);
      std::swap(mine, pieces[(seed * 31 + i) % pieces.size()]);
    }
  };
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) threads.emplace_back(trade, t);
  for (std::thread& thread : threads) thread.join();
  pieces.clear();
  CHECK(pool->idle_bytes() > 0);
}

}  // namespace oree::serving
