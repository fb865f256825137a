// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace oree::testing {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime(std::chrono::hours(24 * 365 * 50)))
      : wall_(start.time_since_epoch()) {}
  WallTime wall() const override { return WallTime(wall_.load()); }
  MonoTime mono() const override { return MonoTime(mono_.load()); }

  // Both clocks go on together.
  void advance(microseconds by) {
    wall_ = wall_.load() + by;
    mono_ = mono_.load() + by;
  }
  // Somebody sets the wall clock; the monotonic one does not notice.
  void jump(microseconds by) { wall_ = wall_.load() + by; }

 private:
  std::atomic<microseconds> wall_;
  std::atomic<std::chrono::nanoseconds> mono_{std::chrono::nanoseconds(0)};
};

}  // namespace oree::testing
