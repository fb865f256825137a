// What can be asked right now, as one immutable value: looked at for every request, replaced whenever a
// version comes or goes. Reading takes one short lock for the length of a pointer's copy.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/inference/service/service.h"

namespace oree::serving {

// When a version was last asked for, in steps of the repository's own count; shared by snapshots and
// repository.
using LastUse = std::atomic<uint64_t>;

struct ReadyVersion {
  uint64_t number = 0;
  std::string text;
  std::shared_ptr<inference::Served> served;
  std::shared_ptr<LastUse> used;
};

struct ReadyModel {
  std::vector<ReadyVersion> versions;  // ascending
  int newest = -1;                     // what the name alone means; -1: nothing yet, or something not loaded

  const ReadyVersion* find(std::string_view version) const {
    if (version.empty()) return newest < 0 ? nullptr : &versions[static_cast<size_t>(newest)];
    for (const ReadyVersion& each : versions) {
      if (each.text == version) return &each;
    }
    return nullptr;
  }
};

struct NameHash {
  using is_transparent = void;
  size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
// Every model of the repository, ready or not.
using Snapshot = std::unordered_map<std::string, ReadyModel, NameHash, std::equal_to<>>;

// Thread-safe.
class SnapshotPlace {
 public:
  std::shared_ptr<const Snapshot> get() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void put(std::shared_ptr<const Snapshot> next) {
    const std::lock_guard lock(mutex_);  // the old one goes after it
    now_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> now_ = std::make_shared<const Snapshot>();
};

}  // namespace oree::serving
