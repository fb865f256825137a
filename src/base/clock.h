// Time as a value that is handed in: `Clock` is what a room asks, SystemClock the real one, and
// base/testing/fake_clock.h the one tests turn by hand.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace oree {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonoTime = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;  // may jump
  virtual MonoTime mono() const = 0;  // never goes back
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

// 2026-11-22T19:40:52.123456Z, always UTC.
std::string iso_text(WallTime time);
// The form above with or without fraction, with Z, an offset (+01:00) or nothing (UTC); a date alone is its
// midnight.
std::optional<WallTime> parse_iso(std::string_view text);
// "500ms", "2s", "5min", "12h", "30d" → microseconds. nullopt when it is no duration.
std::optional<microseconds> parse_duration(std::string_view text);
// 90 s → "1.5 min"
std::string duration_text(microseconds duration);

}  // namespace oree
