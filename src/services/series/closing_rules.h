// Which hours are closed now. Pure.
//
// An hour is closed when it ended five minutes ago by the clock; when it holds a mebibyte and two later hours
// hold readings (time may run faster than the clock, as when a plant's log is read in); or when it holds much
// whatever the clock says. A few readings from a far future stay where they landed until their hour has come.
#pragma once

#include <span>
#include <vector>

#include "core/readings/bucket.h"

namespace oree::series {

struct LandedHour {
  int64_t hour = 0;
  uint64_t bytes = 0;
};

inline std::vector<LandedHour> hours_to_close(std::span<const LandedHour> landed, readings::Micros now,
                                              bool everything) {
  constexpr uint64_t kWorthIt = uint64_t{1} << 20;
  constexpr uint64_t kMuch = uint64_t{64} << 20;
  constexpr readings::Micros kGrace = 5 * readings::kMinute;
  std::vector<LandedHour> chosen;
  for (size_t i = 0; i < landed.size(); ++i) {
    const LandedHour& hour = landed[i];
    const bool over = (hour.hour + 1) * readings::kHour + kGrace <= now;
    const bool followed = i + 2 < landed.size() && hour.bytes >= kWorthIt;
    if (everything || over || followed || hour.bytes >= kMuch) chosen.push_back(hour);
  }
  return chosen;
}

}  // namespace oree::series
