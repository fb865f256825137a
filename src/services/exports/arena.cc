#include "services/exports/arena.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace oree::exports {
namespace {

uint64_t aligned(uint64_t size, uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

bool meet(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

uint64_t busiest(std::span<const Lifetime> lifetimes, uint64_t alignment) {
  std::map<size_t, std::pair<uint64_t, uint64_t>> changes;  // at an operator: born, gone before it
  for (const auto& one : lifetimes) {
    changes[one.first].first += aligned(one.bytes, alignment);
    changes[one.last + 1].second += aligned(one.bytes, alignment);
  }
  uint64_t now = 0, most = 0;
  for (const auto& [at, change] : changes) {
    now = now - change.second + change.first;
    most = std::max(most, now);
  }
  return most;
}

}  // namespace

ArenaPlan plan_arena(std::span<const Lifetime> lifetimes, uint64_t alignment) {
  ArenaPlan plan{std::vector<uint64_t>(lifetimes.size()), 0, busiest(lifetimes, alignment)};
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater{}, [&](size_t i) { return lifetimes[i].bytes; });
  std::vector<size_t> placed;  // by offset
  for (const size_t i : order) {
    const uint64_t size = aligned(lifetimes[i].bytes, alignment);
    uint64_t offset = 0;
    for (const size_t other : placed) {
      if (!meet(lifetimes[i], lifetimes[other])) continue;
      if (plan.offsets[other] >= offset + size) break;
      offset = std::max(offset, plan.offsets[other] + aligned(lifetimes[other].bytes, alignment));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    const auto before = [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; };
    placed.insert(std::ranges::upper_bound(placed, i, before), i);
  }
  return plan;
}

}  // namespace oree::exports
