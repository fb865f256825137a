// How many may come in a minute: a bucket that fills steadily. Thread-safe.
#pragma once

#include <algorithm>
#include <mutex>

#include "base/clock.h"

namespace oree::hub {

class Flood {
 public:
  Flood(const Clock& clock, int per_minute)
      : clock_(clock), per_minute_(per_minute), room_(per_minute), last_(clock.mono()) {}
  bool let_in() {
    const std::lock_guard lock(mutex_);
    const MonoTime now = clock_.mono();
    const double minutes = std::chrono::duration<double, std::ratio<60>>(now - last_).count();
    room_ = std::min<double>(per_minute_, room_ + minutes * per_minute_);
    last_ = now;
    if (room_ < 1) return false;
    room_ -= 1;
    return true;
  }

 private:
  const Clock& clock_;
  const double per_minute_;
  std::mutex mutex_;
  double room_;
  MonoTime last_;
};

}  // namespace oree::hub
