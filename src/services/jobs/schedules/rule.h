// When something happens again: cron's five fields, or an interval. Pure; UTC.
//
//   "0 * * * *"            minute hour day-of-month month day-of-week; *, lists, ranges, steps: "*/15 6-18 *
//   * 1-5"
//   "@every 15min"         counted from the time it was made
//   "@hourly" "@daily" "@weekly" "@monthly"
// Day of week 0 and 7 are Sunday; mon-sun and jan-dec are names. As in cron, when both day fields are
// restricted, either one is enough.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace oree::jobs {

class Rule {
 public:
  static Result<Rule> parse(std::string_view text);
  // The first time after `after`; nullopt when there is none within eight years (30 February).
  std::optional<WallTime> next(WallTime after) const;

 private:
  microseconds every_{0};  // above zero: an interval
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = true, any_weekday_ = true;
};

}  // namespace oree::jobs
