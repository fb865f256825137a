// Answers that were given before, for calls that ask the same. Within a budget of bytes; what was not asked
// for longest goes first. Thread-safe.
//
// Found by a 128-bit digest of everything that is asked, and believed only when every byte of it is equal: a
// digest that two calls share costs a miss, never a wrong answer. Answers are lent, not copied.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/inference/service/call.h"

namespace oree::serving {

class ResponseCache {
 public:
  struct Key {
    uint64_t low = 0, high = 0;
    bool operator==(const Key&) const = default;
  };

  explicit ResponseCache(size_t budget_bytes) : budget_(budget_bytes) {}
  // Waits until every owner was forgotten: a worker may still be at the end of a run whose call was answered.
  ~ResponseCache();

  // Each loaded version asks under a number of its own, so that its successor does not find its answers.
  uint64_t new_owner();
  // Drops what was kept for it; the owner asks no more.
  void forget(uint64_t owner);

  // Of what the call asks, not of its id, priority or timeout.
  static Key key_of(uint64_t owner, const inference::Call& call);
  // Fills the call's outputs and says so; a client's memory that is too small counts as not found.
  bool answer(const Key& key, uint64_t owner, inference::Call& call);
  // Keeps a copy of an answered call, unless it is larger than the budget.
  void keep(const Key& key, uint64_t owner, const inference::Call& call);

  size_t bytes() const;
  size_t entries() const;

 private:
  struct Entry;
  struct HashOf {
    size_t operator()(const Key& key) const { return static_cast<size_t>(key.low); }
  };
  using Entries = std::list<std::shared_ptr<const Entry>>;
  void drop(Entries::iterator at);

  const size_t budget_;
  mutable std::mutex mutex_;
  std::condition_variable forgotten_;
  uint64_t owners_ = 0, alive_ = 0;
  size_t bytes_ = 0;
  Entries entries_;  // the one asked for last in front
  std::unordered_map<Key, Entries::iterator, HashOf> by_key_;
};

}  // namespace oree::serving
