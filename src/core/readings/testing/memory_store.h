// The contract of SeriesStore in its shortest form: everything in memory, nothing clever. For tests, and as
// the oracle that other stores are compared with.
#pragma once

#include <map>
#include <mutex>

#include "core/readings/store.h"

namespace oree::readings::testing {

class MemoryStore final : public SeriesStore {
 public:
  Result<SeriesId> series(std::string_view machine, std::string_view sensor) override;
  Result<Appended> append(std::span<const Reading> batch, std::string_view source,
                          uint64_t position) override;
  Result<uint64_t> position(std::string_view source) override;
  Result<std::unique_ptr<View>> view() override;

  struct Content {
    std::vector<Series> catalogue;
    std::map<SeriesId, std::vector<Point>> points;  // in time order, stable
  };

 private:
  std::mutex mutex_;
  Content content_;
  std::map<std::string, uint64_t, std::less<>> positions_;
};

}  // namespace oree::readings::testing
