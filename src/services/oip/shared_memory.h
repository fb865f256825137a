// System shared memory that clients registered: POSIX objects mapped into this process, by the name of a
// region. https://github.com/triton-inference-server/server, docs/protocol/extension_shared_memory.md
//
//   shared_memory.add("camera0", "/frames", 0, 602112);
//   Result<RegionPart> part = shared_memory.part("camera0", 0, 602112);   // hold `keep` while it is used
//
// Thread-safe. A region that is removed stays mapped for whoever holds a part of it. The memory belongs to
// the client, who may write to it at any time, so nothing read from it is read twice and believed. One that
// is made shorter after it was registered is noticed when a part is asked for; a client that does so while a
// network runs on it takes the process down with SIGBUS, as with every server that maps memory of others:
// whoever may register regions is trusted that far.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::oip {

struct RegionInfo {
  std::string name;
  std::string key;  // of shm_open()
  uint64_t offset = 0;
  uint64_t byte_size = 0;
};

struct RegionPart {
  std::span<std::byte> bytes;
  std::shared_ptr<const void> keep;
};

class SharedMemory {
 public:
  SharedMemory();
  ~SharedMemory();

  // `conflict` when there is a region of this name; `invalid` when the object cannot be opened or does not
  // hold so many bytes.
  Status add(std::string_view name, std::string_view key, uint64_t offset, uint64_t byte_size);
  // No error when there is none.
  void remove(std::string_view name);
  void remove_all();
  // By name; "" = of all. `not_found`.
  Result<std::vector<RegionInfo>> status(std::string_view name) const;
  // Allocates nothing. `not_found` when there is no such region, `invalid` when the bytes are outside of it.
  Result<RegionPart> part(std::string_view name, uint64_t offset, uint64_t byte_size) const;

 private:
  class Region;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Region>, std::less<>> regions_;
};

}  // namespace oree::oip
