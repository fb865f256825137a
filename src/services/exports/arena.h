// Where the activations of a network lie in one block of memory, and how large it must be.
//
// The way of TFLite Micro's greedy planner: the largest buffer first, each at the lowest place where nothing
// lies that lives at the same time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace oree::exports {

struct Lifetime {
  uint64_t bytes = 0;
  size_t first = 0, last = 0;  // operators, both included
};

struct ArenaPlan {
  std::vector<uint64_t> offsets;  // one for each lifetime
  uint64_t bytes = 0;
  uint64_t least = 0;  // what lives at the busiest moment: no plan is smaller
};

ArenaPlan plan_arena(std::span<const Lifetime> lifetimes, uint64_t alignment = 16);

}  // namespace oree::exports
