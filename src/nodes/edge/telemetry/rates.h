// Messages each second, for the last minutes: counters in, rates out. Pure; guarded by whoever owns it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "platform/json/value.h"

namespace oree::edge {

class Rates {
 public:
  static constexpr size_t kKept = 300;
  struct Counters {
    uint64_t in = 0, out = 0, acked = 0;
  };

  void note(WallTime at, MonoTime mono, const Counters& counters);
  json::Value now_json() const;      // {"in","out","acked"}, per second
  json::Value history_json() const;  // the same as columns, with "time"

 private:
  struct Sample {
    WallTime at;
    std::array<double, 3> rate{};
  };
  std::optional<std::pair<MonoTime, Counters>> last_;
  std::deque<Sample> samples_;
};

}  // namespace oree::edge
